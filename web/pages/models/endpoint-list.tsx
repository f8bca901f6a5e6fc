import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'

import type { CallOutput } from '#web/client/call.ts'
import { reading } from '#web/client/queries.ts'
import { Chip } from '#web/elements/chip.tsx'
import { Hint } from '#web/elements/hint.tsx'
import { readableSpan } from '#web/elements/moments.ts'
import { exactCount } from '#web/elements/numbers.ts'
import { Price } from '#web/elements/price.tsx'

import { policyWords } from './data-policy.ts'
import { sheetOf } from './price-sheet.ts'

type Model = CallOutput<'GET /v1/models/{author}/{slug}'>
type Provider = Model['providers'][number]
type Health = CallOutput<'GET /v1/models/{author}/{slug}/endpoints'>['data']['endpoints'][number]

const refreshMs = 15_000

/** Who serves a model, at which price, and how each did lately. Prices do not wait for the measurements. */
export function EndpointList({
  model,
  params,
}: {
  model: Model
  params: { author: string; slug: string }
}) {
  const { data } = useQuery({
    ...reading('GET /v1/models/{author}/{slug}/endpoints', { params }),
    refetchInterval: refreshMs,
  })
  return (
    <ul className="divide-y divide-line">
      {model.providers.map((provider) => (
        <Endpoint
          key={provider.slug}
          provider={provider}
          health={data?.data.endpoints.find(({ tag }) => tag === provider.slug)}
        />
      ))}
    </ul>
  )
}

function Endpoint({ provider, health }: { provider: Provider; health: Health | undefined }) {
  const { name, kind, pricing, data_policy } = provider
  const { base, tiers } = sheetOf(pricing)
  return (
    <li className="flex flex-col gap-3 px-4 py-4">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <span className="flex items-center gap-2 font-medium">
          {name} {kind !== 'model' && <Chip>{kind}</Chip>}
          {health?.status === -2 && <Chip tone="negative">fails now</Chip>}
        </span>
        <span className="text-13 text-muted">{policyWords(data_policy)}</span>
      </div>
      <dl className="grid grid-cols-3 gap-x-6 gap-y-3 text-13 md:grid-cols-6">
        <Figure title="Input">
          <Price rate={base.prompt} />
        </Figure>
        <Figure title="Cached input">
          <Price rate={base.cacheRead} />
        </Figure>
        <Figure title="Output">
          <Price rate={base.completion} />
        </Figure>
        {base.request !== null && base.request !== 0n && (
          <Figure title="Each request">
            <Price rate={base.request} />
          </Figure>
        )}
        <Figure title="Uptime, 1 day">
          <Uptime health={health} />
        </Figure>
        <Figure title="First token">
          <Percentiles
            measured={health?.latency_last_30m}
            write={readableSpan}
            about="To the first token, last 30 minutes"
          />
        </Figure>
        <Figure title="Tokens a second">
          <Percentiles
            measured={health?.throughput_last_30m}
            write={(value) => String(Math.round(value))}
            about="Tokens of output in a second, last 30 minutes"
          />
        </Figure>
      </dl>
      {tiers.map(({ minPromptTokens, rates }) => (
        <p key={minPromptTokens} className="text-13 text-muted">
          From {exactCount(minPromptTokens)} input tokens on: <Price rate={rates.prompt} /> in,{' '}
          <Price rate={rates.completion} /> out.
        </p>
      ))}
    </li>
  )
}

function Figure({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="truncate text-12 text-muted">{title}</dt>
      <dd className="mt-0.5">{children}</dd>
    </div>
  )
}

const goodPercent = 99.9
const poorPercent = 99

function Uptime({ health }: { health: Health | undefined }) {
  const day = health?.uptime_last_1d ?? null
  if (health === undefined || day === null) return <span className="text-muted">not tried</span>
  const tone = day >= goodPercent ? 'text-positive' : day >= poorPercent ? '' : 'text-negative'
  return (
    <Hint
      className={`font-mono ${tone}`}
      content={() => (
        <dl className="grid grid-cols-[auto_auto] gap-x-4 text-12">
          <dt className="text-muted">5 minutes</dt>
          <dd className="text-right font-mono">{percent(health.uptime_last_5m)}</dd>
          <dt className="text-muted">30 minutes</dt>
          <dd className="text-right font-mono">{percent(health.uptime_last_30m)}</dd>
          <dt className="text-muted">1 day</dt>
          <dd className="text-right font-mono">{percent(day)}</dd>
          <dt className="text-muted">tries in 30 minutes</dt>
          <dd className="text-right font-mono">{exactCount(health.attempts_last_30m)}</dd>
        </dl>
      )}
    >
      {percent(day)}
    </Hint>
  )
}

function percent(value: number | null): string {
  return value === null ? '–' : `${value} %`
}

/** Half of them in sight with the slowest hundredth beside; the others unfold. */
function Percentiles({
  measured,
  write,
  about,
}: {
  measured: Health['latency_last_30m'] | undefined
  write: (value: number) => string
  about: string
}) {
  if (!measured) return <span className="text-muted">–</span>
  return (
    <Hint
      className="font-mono"
      content={() => (
        <>
          <p className="mb-1 text-12 text-muted">{about}</p>
          <dl className="grid grid-cols-[auto_auto] gap-x-4 text-12">
            {(['p50', 'p75', 'p90', 'p99'] as const).map((name) => (
              <div key={name} className="contents">
                <dt className="text-muted">{name}</dt>
                <dd className="text-right font-mono">{write(measured[name])}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
    >
      {write(measured.p50)}{' '}
      <span className="whitespace-nowrap text-muted">p99 {write(measured.p99)}</span>
    </Hint>
  )
}
