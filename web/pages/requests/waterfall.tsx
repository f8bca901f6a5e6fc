import type { ReactNode } from 'react'

import { classNames } from '#web/elements/class-names.ts'
import { readableSpan } from '#web/elements/moments.ts'

import type { RequestDetail } from './request-page.tsx'
import { stretchesOf, type Stretch } from './stretches.ts'

/**
 * The lace: one thread from the model that was asked for, through every attempt, to the answer, with the
 * time each took. Where an attempt failed the thread is broken, and knotted to the next.
 */
export function Waterfall({ request }: { request: RequestDetail }) {
  const stretches = stretchesOf(request)
  const isAnswered = request.outcome === 'completed' || request.outcome === 'client_gone'
  return (
    <ol className="flex flex-col">
      <Row isFirst name={request.requested_model ?? 'no model'} what="asked for" />
      {request.resolved_model !== null && request.resolved_model !== request.requested_model && (
        <Row name={request.resolved_model} what="resolved" />
      )}
      {stretches.map((stretch) => (
        <Row
          key={stretch.key}
          name={stretch.name}
          what={stretch.what}
          isBroken={stretch.isBroken}
          bar={<Bar stretch={stretch} totalMs={Math.max(1, request.latency_ms)} />}
        />
      ))}
      <Row
        isLast
        isBroken={!isAnswered}
        name={isAnswered ? 'answered' : 'not answered'}
        what={`${request.status}${request.finish_reason === null ? '' : ` · ${request.finish_reason}`} · ${readableSpan(request.latency_ms)}`}
      />
    </ol>
  )
}

function Row({
  name,
  what,
  bar,
  isFirst = false,
  isLast = false,
  isBroken = false,
}: {
  name: string
  what: string
  bar?: ReactNode
  isFirst?: boolean
  isLast?: boolean
  isBroken?: boolean
}) {
  return (
    <li className="grid min-h-10 grid-cols-[28px_minmax(0,1fr)] items-stretch gap-x-2 md:grid-cols-[28px_248px_minmax(0,1fr)]">
      <Thread {...{ isFirst, isLast, isBroken }} />
      <div className="flex min-w-0 flex-col justify-center py-1.5">
        <span className="truncate font-medium">{name}</span>
        <span className={classNames('text-12', isBroken ? 'text-negative' : 'text-muted')}>
          {what}
        </span>
      </div>
      {bar !== undefined && (
        <div className="col-start-2 flex items-center pb-2 md:col-start-auto md:pb-0">{bar}</div>
      )}
    </li>
  )
}

/** One row's piece of the thread: it comes from above, is knotted, and goes on below. */
function Thread({
  isFirst,
  isLast,
  isBroken,
}: {
  isFirst: boolean
  isLast: boolean
  isBroken: boolean
}) {
  const stroke = isBroken ? 'stroke-negative' : 'stroke-accent'
  return (
    <span aria-hidden="true" className="relative block w-7 max-md:row-span-2">
      <svg
        viewBox="0 0 28 40"
        preserveAspectRatio="none"
        className="absolute inset-0 h-full w-7"
        fill="none"
        strokeWidth="1.75"
      >
        {!isFirst && (
          <path
            d="M14 0C14 6 9 8 9 13S14 18 14 20"
            className="stroke-accent"
            vectorEffect="non-scaling-stroke"
          />
        )}
        {!isLast && (
          <path
            d="M14 20C14 22 19 22 19 27S14 34 14 40"
            className={stroke}
            vectorEffect="non-scaling-stroke"
            {...(isBroken && { strokeDasharray: '2 4' })}
          />
        )}
      </svg>
      <svg
        viewBox="0 0 12 12"
        className="absolute top-1/2 left-2 size-3 -translate-y-1/2"
        fill="none"
        strokeWidth="1.75"
      >
        {isBroken ? (
          <>
            <rect width="12" height="12" className="fill-surface" />
            <path d="M2 2L10 10M10 2L2 10" className="stroke-negative" strokeLinecap="round" />
          </>
        ) : (
          <circle cx="6" cy="6" r="4.5" className="fill-surface stroke-accent" />
        )}
      </svg>
    </span>
  )
}

/** Waiting is drawn thin, receiving thick, on the time of the whole request. */
function Bar({ stretch, totalMs }: { stretch: Stretch; totalMs: number }) {
  const share = (ms: number) => `${Math.min(100, Math.max(0, (ms / totalMs) * 100))}%`
  const { startMs, waitMs, receiveMs, isBroken } = stretch
  return (
    <div className="relative h-6 w-full" title={stretch.words}>
      <span className="absolute inset-x-0 top-1/2 h-px bg-line" />
      <span
        className={classNames(
          'absolute top-1/2 h-1 -translate-y-1/2 rounded-full',
          isBroken ? 'bg-negative' : 'bg-series-1/50',
        )}
        style={{ left: share(startMs), width: `max(2px, ${share(waitMs)})` }}
      />
      {receiveMs > 0 && (
        <span
          className="absolute top-1/2 h-2.5 -translate-y-1/2 rounded-full bg-accent"
          style={{ left: share(startMs + waitMs), width: `max(2px, ${share(receiveMs)})` }}
        />
      )}
    </div>
  )
}
