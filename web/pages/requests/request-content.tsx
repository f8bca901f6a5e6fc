import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Play } from 'lucide-react'

import { CallError } from '#web/client/call-error.ts'
import type { CallInput, CallOutput } from '#web/client/call.ts'
import { reading } from '#web/client/queries.ts'
import { buttonClass } from '#web/elements/button.tsx'
import { Chip } from '#web/elements/chip.tsx'
import { Panel } from '#web/elements/page.tsx'
import { CodeTabs } from '#web/elements/snippet-tabs.tsx'
import { snippet, snippetLanguages } from '#web/elements/snippets.ts'
import { Failure, SkeletonRows } from '#web/elements/states.tsx'

import { messagesIn } from './messages.ts'
import type { RequestDetail } from './request-page.tsx'

type Params = CallInput<'GET /api/accounts/{account_id}/requests/{generation_id}/content'>['params']
type Content = CallOutput<'GET /api/accounts/{account_id}/requests/{generation_id}/content'>['data']

/** What was sent and what came back, as text and nothing else; and the request again, as code. */
export function RequestContent({ params, request }: { params: Params; request: RequestDetail }) {
  const isKept = request.content_mode === 'full'
  const { data, error, refetch } = useQuery({
    ...reading('GET /api/accounts/{account_id}/requests/{generation_id}/content', { params }),
    enabled: isKept,
    gcTime: 0,
  })
  const isAbsent = !isKept || (error instanceof CallError && error.code === 'content_not_kept')
  if (isAbsent) {
    return (
      <Panel title="Messages and answer">
        <p className="text-muted">
          {error?.message ??
            `They were not kept: this request was made with content mode "${request.content_mode}".`}
        </p>
      </Panel>
    )
  }
  return (
    <>
      <Panel title="Messages and answer" isFlush>
        {error && <Failure error={error} retry={() => void refetch()} />}
        {!data && !error && <SkeletonRows count={4} />}
        {data && <Conversation content={data.data} />}
      </Panel>
      {data && <AsCode content={data.data} id={request.id} />}
    </>
  )
}

function Conversation({ content }: { content: Content }) {
  const { output, input } = content
  const isChat = Array.isArray(input.messages)
  return (
    <ul className="divide-y divide-line">
      {!isChat && input.request !== null && (
        <Message speaker="asked" text={JSON.stringify(input.request, null, 2)} />
      )}
      {messagesIn(input.messages).map(({ role, text }, index) => (
        // Messages of a request never change, nor does their order.
        <Message key={`${role}-${index}`} speaker={role} text={text} />
      ))}
      {output.reasoning !== null && <Message speaker="reasoning" text={output.reasoning} />}
      {output.completion !== null && <Message speaker="answer" text={output.completion} isAnswer />}
      {output.tool_calls.length > 0 && (
        <Message speaker="tool calls" text={JSON.stringify(output.tool_calls, null, 2)} isAnswer />
      )}
      {output.raw !== null && <Message speaker="answer as sent" text={output.raw} isAnswer />}
      {content.error !== null && content.error !== undefined && (
        <Message speaker="error" text={JSON.stringify(content.error, null, 2)} />
      )}
    </ul>
  )
}

function Message({
  speaker,
  text,
  isAnswer = false,
}: {
  speaker: string
  text: string
  isAnswer?: boolean
}) {
  return (
    <li className="grid gap-x-4 gap-y-1 px-4 py-3 md:grid-cols-[96px_minmax(0,1fr)]">
      <span>
        <Chip tone={isAnswer ? 'accent' : 'neutral'}>{speaker}</Chip>
      </span>
      <pre
        tabIndex={0}
        aria-label={speaker}
        className="max-h-120 overflow-auto font-sans text-14 break-words whitespace-pre-wrap"
      >
        {text}
      </pre>
    </li>
  )
}

function AsCode({ content, id }: { content: Content; id: string }) {
  const body = content.input.request
  if (typeof body !== 'object' || body === null || !('messages' in body)) return null
  const parts = { origin: location.origin, key: null, body: body as Record<string, unknown> }
  return (
    <Panel
      title="The same request again"
      actions={
        <Link to="/playground" search={{ replay: id }} className={buttonClass('plain', 'small')}>
          <Play size={13} aria-hidden /> Open in the playground
        </Link>
      }
    >
      <CodeTabs
        label="The request as code"
        tabs={[
          ...snippetLanguages.map(({ id: language, title }) => ({
            id: language,
            title,
            code: snippet(language, parts),
          })),
          { id: 'json', title: 'JSON', code: JSON.stringify(body, null, 2) },
        ]}
      />
    </Panel>
  )
}
