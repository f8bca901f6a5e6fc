import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { Send, Square, Trash2 } from 'lucide-react'
import { type SubmitEvent, useState } from 'react'

import { useDraft } from '#web/client/drafts.ts'
import { type MyAccount, useAccount } from '#web/client/me.ts'
import { reading } from '#web/client/queries.ts'
import { Button } from '#web/elements/button.tsx'
import { TextArea } from '#web/elements/field.tsx'
import { Page, Panel } from '#web/elements/page.tsx'
import { CodeTabs } from '#web/elements/snippet-tabs.tsx'
import { snippet, snippetLanguages } from '#web/elements/snippets.ts'
import { SkeletonRows } from '#web/elements/states.tsx'

import { KeyChoice } from './key-choice.tsx'
import { ModelChoice } from './model-choice.tsx'
import { Parameters } from './parameters.tsx'
import { blankDraft, type PlaygroundDraft, readDraft } from './playground-draft.ts'
import { RunView } from './run-view.tsx'
import { type Exchange, turnsOf, useExchanges } from './use-exchanges.ts'
import { useReplay } from './use-replay.ts'

/** One message to several models at once: their answers stream side by side, each with its cost and time. */
export function PlaygroundPage() {
  const account = useAccount()
  return account ? (
    <Playground key={account.id} account={account} />
  ) : (
    <Page title="Playground" isWide>
      <SkeletonRows />
    </Page>
  )
}

function Playground({ account }: { account: MyAccount }) {
  const { replay } = useSearch({ from: '/framed/signed-in/playground' })
  const [draft, setDraft] = useDraft<PlaygroundDraft>('playground', blankDraft)
  const [key, setKey] = useState('')
  const exchanges = useExchanges()
  const { data: models } = useQuery(reading('GET /v1/models', {}))
  const known = (models?.data ?? [])
    .filter((model) => model.supported_endpoints.includes('/v1/chat/completions'))
    .map(({ id, name }) => ({ id, name }))
  const chosen = draft.models.length > 0 ? draft.models : known.slice(0, 1).map(({ id }) => id)
  useReplay(account, replay, setDraft)
  const change = (part: Partial<PlaygroundDraft>) => setDraft((before) => ({ ...before, ...part }))
  const canAsk = key !== '' && draft.message.trim() !== '' && chosen.length > 0
  const ask = () => {
    if (!canAsk || exchanges.isRunning) return
    if (exchanges.ask({ draft, models: chosen, key })) change({ message: '' })
  }
  return (
    <Page
      title="Playground"
      about="The same API that your programs call, with the same charges. Every answer is in the request log."
      isWide
      actions={
        exchanges.list.length > 0 && (
          <Button
            icon={<Trash2 size={14} aria-hidden />}
            disabled={exchanges.isRunning}
            onClick={exchanges.clear}
          >
            Start over
          </Button>
        )
      }
    >
      <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_320px]">
        <div className="flex min-w-0 flex-col gap-4">
          <ModelChoice
            chosen={chosen}
            known={known}
            onChange={(next) => change({ models: next })}
          />
          {exchanges.list.map((exchange, index) => (
            // Exchanges are only ever added at the end.
            <ExchangeView key={index} exchange={exchange} label={`Exchange ${index + 1}`} />
          ))}
          <Composer
            draft={draft}
            change={change}
            ask={ask}
            {...{ canAsk, chosen, hasKey: key !== '' }}
            {...(exchanges.isRunning && { stop: exchanges.stop })}
          />
          <AsCode draft={draft} model={chosen[0] ?? ''} exchanges={exchanges.list} />
        </div>
        <aside className="flex flex-col gap-4" aria-label="Key and parameters">
          <KeyChoice account={account} value={key} onChange={setKey} />
          <Parameters draft={draft} change={change} problem={exchanges.problem} />
        </aside>
      </div>
    </Page>
  )
}

function ExchangeView({ exchange, label }: { exchange: Exchange; label: string }) {
  const runs = Object.entries(exchange.runs)
  return (
    <section aria-label={label} className="flex flex-col gap-3">
      <p className="ml-auto max-w-160 rounded border border-line bg-accent-wash px-4 py-2 break-words whitespace-pre-wrap">
        {exchange.message}
      </p>
      <div
        className="grid gap-3 md:grid-cols-[repeat(var(--columns),minmax(0,1fr))]"
        style={{ '--columns': Math.max(1, runs.length) } as object}
      >
        {runs.map(([model, run]) => (
          <RunView key={model} model={model} run={run} />
        ))}
      </div>
    </section>
  )
}

function Composer({
  draft,
  change,
  ask,
  canAsk,
  hasKey,
  chosen,
  stop,
}: {
  draft: PlaygroundDraft
  change: (part: Partial<PlaygroundDraft>) => void
  ask: () => void
  canAsk: boolean
  hasKey: boolean
  chosen: readonly string[]
  stop?: () => void
}) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    ask()
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-2">
      <TextArea
        label="Message"
        rows={4}
        value={draft.message}
        onChange={({ target }) => change({ message: target.value })}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
          event.preventDefault()
          ask()
        }}
      />
      <div className="flex items-center justify-between gap-3">
        <span className="text-12 text-muted">
          {hasKey ? 'Ctrl Enter sends.' : 'It takes a key: paste one, or make one for this page.'}
        </span>
        {stop ? (
          <Button icon={<Square size={13} aria-hidden />} onClick={stop}>
            Stop
          </Button>
        ) : (
          <Button
            type="submit"
            kind="primary"
            icon={<Send size={14} aria-hidden />}
            disabled={!canAsk}
          >
            {chosen.length > 1 ? `Ask ${chosen.length} models` : 'Ask'}
          </Button>
        )}
      </div>
    </form>
  )
}

function AsCode({
  draft,
  model,
  exchanges,
}: {
  draft: PlaygroundDraft
  model: string
  exchanges: readonly Exchange[]
}) {
  const read = readDraft(draft, { model, before: turnsOf(exchanges, model) })
  if (read.kind !== 'body') return null
  const parts = { origin: location.origin, key: null, body: { ...read.body, stream: true } }
  return (
    <Panel title="As code">
      <CodeTabs
        label="The request as code"
        tabs={snippetLanguages.map(({ id, title }) => ({ id, title, code: snippet(id, parts) }))}
      />
    </Panel>
  )
}
