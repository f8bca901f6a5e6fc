import { Link } from '@tanstack/react-router'

import { Chip } from '#web/elements/chip.tsx'
import { readableSpan } from '#web/elements/moments.ts'
import { Money } from '#web/elements/money.tsx'
import { exactCount } from '#web/elements/numbers.ts'
import { Failure } from '#web/elements/states.tsx'

import type { Run } from './run.ts'

/** The answer of one model while it comes, and what it took. What a model says is text and nothing else. */
export function RunView({ model, run }: { model: string; run: Run }) {
  const speed = tokensPerSecond(run)
  return (
    <article
      aria-label={`Answer of ${model}`}
      aria-busy={run.state === 'waiting' || run.state === 'answering'}
      className="flex min-w-0 flex-col rounded border border-line bg-surface"
    >
      <header className="flex items-center justify-between gap-2 border-b border-line px-3 py-2 text-13">
        <span className="truncate font-medium">{model}</span>
        {run.state === 'waiting' && <span className="breathing text-muted">waiting…</span>}
        {run.state === 'stopped' && <Chip>stopped</Chip>}
        {run.state === 'failed' && <Chip tone="negative">failed</Chip>}
        {run.finishReason !== null && run.state === 'done' && <Chip>{run.finishReason}</Chip>}
      </header>
      <div className="flex min-h-16 grow flex-col gap-3 px-3 py-3">
        {run.reasoning !== '' && (
          <details className="text-13 text-muted">
            <summary className="cursor-pointer">Reasoning</summary>
            <p className="mt-1 break-words whitespace-pre-wrap">{run.reasoning}</p>
          </details>
        )}
        {run.text !== '' && <p className="break-words whitespace-pre-wrap">{run.text}</p>}
        {run.toolCalls.map((call, index) => (
          // Calls are only ever added at the end.
          <pre key={index} className="overflow-x-auto rounded bg-sunken p-2 font-mono text-12">
            {call.name}({call.arguments})
          </pre>
        ))}
        {run.error !== null && <Failure error={run.error} />}
      </div>
      <footer className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line px-3 py-2 font-mono text-12 text-muted">
        <span>{readableSpan(run.spanMs)}</span>
        {run.firstTokenMs !== null && <span>first {readableSpan(run.firstTokenMs)}</span>}
        {run.completionTokens !== null && (
          <span>
            {exactCount(run.promptTokens ?? 0)} → {exactCount(run.completionTokens)}
          </span>
        )}
        {speed !== null && <span>{speed} tok/s</span>}
        <span className="ml-auto flex items-center gap-3">
          <Money usd={run.cost} className="text-text" />
          {run.generationId !== null && run.state !== 'waiting' && (
            <Link
              to="/requests/$generation"
              params={{ generation: run.generationId }}
              className="text-accent hover:underline"
            >
              details
            </Link>
          )}
        </span>
      </footer>
    </article>
  )
}

function tokensPerSecond({ completionTokens, firstTokenMs, spanMs }: Run): string | null {
  if (completionTokens === null || firstTokenMs === null || spanMs - firstTokenMs < 50) return null
  return (completionTokens / ((spanMs - firstTokenMs) / 1000)).toFixed(0)
}
