import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'

import type { CallOutput } from '#web/client/call.ts'
import { type MyAccount, useAccount } from '#web/client/me.ts'
import { reading } from '#web/client/queries.ts'
import { CopyId } from '#web/elements/copy-text.tsx'
import { Moment } from '#web/elements/moment.tsx'
import { readableSpan } from '#web/elements/moments.ts'
import { Money } from '#web/elements/money.tsx'
import { exactCount } from '#web/elements/numbers.ts'
import { Page, Panel } from '#web/elements/page.tsx'
import { Failure, SkeletonRows } from '#web/elements/states.tsx'

import { CostLines } from './cost-lines.tsx'
import { OutcomeChip } from './outcome-chip.tsx'
import { RequestContent } from './request-content.tsx'
import { Waterfall } from './waterfall.tsx'

/** One request with its working shown. */
export type RequestDetail =
  CallOutput<'GET /api/accounts/{account_id}/requests/{generation_id}'>['data']

const pendingMs = 1_000

/** One request: the way it took, what it cost line by line, and what was said. */
export function RequestPage() {
  const { generation } = useParams({ from: '/framed/signed-in/requests/$generation' })
  const account = useAccount()
  return account ? (
    <AccountRequest account={account} id={generation} />
  ) : (
    <Page title="Request">
      <SkeletonRows />
    </Page>
  )
}

function AccountRequest({ account, id }: { account: MyAccount; id: string }) {
  const params = { account_id: account.id, generation_id: id as `gen-${string}` }
  const { data, error, refetch } = useQuery({
    ...reading('GET /api/accounts/{account_id}/requests/{generation_id}', { params }),
    // A request that has just ended may take a moment to be in the store.
    retry: (failures) => failures < 2,
    retryDelay: pendingMs,
  })
  if (!data) {
    return (
      <Page title="Request" about={<CopyId id={id} />}>
        {error ? <Failure error={error} retry={() => void refetch()} /> : <SkeletonRows />}
      </Page>
    )
  }
  const request = data.data
  return (
    <Page
      title={request.resolved_model ?? request.requested_model ?? 'Request'}
      about={<CopyId id={request.id} />}
      actions={<OutcomeChip {...request} />}
    >
      <div className="flex flex-col gap-6">
        <Facts request={request} />
        <Panel title="The way it took" about="From the model that was asked for to the answer.">
          <Waterfall request={request} />
        </Panel>
        <CostLines request={request} />
        <RequestContent params={params} request={request} />
        <Circumstances request={request} />
      </div>
    </Page>
  )
}

function Facts({ request }: { request: RequestDetail }) {
  const { tokens } = request
  const facts = [
    ['Cost', <Money key="cost" usd={request.cost} />],
    ['When', <Moment key="when" at={request.created_at} />],
    [
      'Time',
      <span key="time" className="font-mono">
        {readableSpan(request.latency_ms)}
      </span>,
    ],
    [
      'First token',
      <span key="first" className="font-mono">
        {request.time_to_first_token_ms === null
          ? '–'
          : readableSpan(request.time_to_first_token_ms)}
      </span>,
    ],
    [
      'Tokens in',
      <span key="in" className="font-mono">
        {exactCount(tokens.prompt)}
        {tokens.cached > 0 && (
          <span className="text-12 text-muted"> {exactCount(tokens.cached)} cached</span>
        )}
      </span>,
    ],
    [
      'Tokens out',
      <span key="out" className="font-mono">
        {exactCount(tokens.completion)}
        {tokens.reasoning > 0 && (
          <span className="text-12 text-muted"> {exactCount(tokens.reasoning)} reasoning</span>
        )}
      </span>,
    ],
  ] as const
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded border border-line bg-surface md:grid-cols-6">
      {facts.map(([name, value]) => (
        <div key={name} className="px-4 py-3 shadow-[0_0_0_1px_var(--line)]">
          <dt className="text-12 text-muted">{name}</dt>
          <dd className="mt-0.5">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function Circumstances({ request }: { request: RequestDetail }) {
  const facts: readonly (readonly [string, string | null])[] = [
    ['Key', request.key_name ?? request.key_id],
    ['Client', request.user_agent],
    ['Address', request.client_ip],
    ['Finish reason', request.finish_reason],
    ['Fault', request.fault_code],
    ['Tokens counted by', sourceWords[request.usage_source]],
    ['Id at the provider', request.upstream_id],
    ['Price version', request.price_version_id],
    ['Streamed', request.streamed ? 'yes' : 'no'],
    ['Kept', request.content_mode],
  ]
  return (
    <Panel title="Circumstances">
      <dl className="grid grid-cols-1 gap-x-8 gap-y-2 text-13 md:grid-cols-2">
        {facts.map(([name, value]) => (
          <div key={name} className="flex items-baseline justify-between gap-4">
            <dt className="shrink-0 text-muted">{name}</dt>
            <dd className="min-w-0 truncate text-right font-mono text-12">
              {value === null ? (
                // As far from the edge as the values, which keep room for the sign of copying.
                <span className="pr-4.5 text-muted">–</span>
              ) : (
                <CopyId id={value} />
              )}
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  )
}

const sourceWords: Readonly<Record<RequestDetail['usage_source'], string>> = {
  upstream: 'the provider',
  estimated: 'codelace, because the provider did not',
  orphan: 'the last progress before a crash',
  none: 'nobody: nothing was delivered',
}
