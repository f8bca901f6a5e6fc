import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'

import type { CallOutput } from '#web/client/call.ts'
import { reading } from '#web/client/queries.ts'
import { Chip } from '#web/elements/chip.tsx'
import { CopyId } from '#web/elements/copy-text.tsx'
import { dateOf } from '#web/elements/moments.ts'
import { exactCount } from '#web/elements/numbers.ts'
import { Page, Panel } from '#web/elements/page.tsx'
import { Price } from '#web/elements/price.tsx'
import { Failure, SkeletonRows } from '#web/elements/states.tsx'

import { CostCalculator } from './cost-calculator.tsx'
import { policyWords } from './data-policy.ts'
import { sheetOf } from './price-sheet.ts'

/** One model: what it takes, who serves it at which price and with which data policy, and what it would cost. */
export function ModelPage() {
  const params = useParams({ from: '/framed/models/$author/$slug' })
  const { data, error, refetch } = useQuery(reading('GET /v1/models/{author}/{slug}', { params }))
  if (error) {
    return (
      <Page title={`${params.author}/${params.slug}`}>
        <Failure error={error} retry={() => void refetch()} />
      </Page>
    )
  }
  if (!data) {
    return (
      <Page title={`${params.author}/${params.slug}`}>
        <SkeletonRows />
      </Page>
    )
  }
  return <Model model={data} />
}

function Model({ model }: { model: CallOutput<'GET /v1/models/{author}/{slug}'> }) {
  const facts: readonly [string, string][] = [
    ['Context', `${exactCount(model.context_length)} tokens`],
    ['Longest answer', `${exactCount(model.top_provider.max_completion_tokens)} tokens`],
    ['Takes', model.architecture.input_modalities.join(', ')],
    ['Gives', model.architecture.output_modalities.join(', ')],
    ['Released', dateOf(model.created * 1000, 'utc')],
    ...(model.aliases.length > 0
      ? [['Also called', model.aliases.join(', ')] as [string, string]]
      : []),
  ]
  return (
    <Page
      title={model.name}
      about={
        <>
          <CopyId id={model.id} />
          <p className="mt-2">{model.description}</p>
        </>
      }
    >
      <div className="flex flex-col gap-6">
        <dl className="grid grid-cols-2 gap-px overflow-hidden rounded border border-line bg-line md:grid-cols-3">
          {facts.map(([name, value]) => (
            <div key={name} className="bg-surface px-4 py-3">
              <dt className="text-12 text-muted">{name}</dt>
              <dd className="mt-0.5">{value}</dd>
            </div>
          ))}
        </dl>
        <Panel
          title="Endpoints"
          about="Who serves it, in the order they are asked. Prices for a million tokens."
          isFlush
        >
          <Endpoints model={model} />
        </Panel>
        <CostCalculator
          offers={model.providers.map(({ slug, name, pricing }) => ({
            id: slug,
            name,
            sheet: sheetOf(pricing),
          }))}
        />
      </div>
    </Page>
  )
}

function Endpoints({ model }: { model: CallOutput<'GET /v1/models/{author}/{slug}'> }) {
  return (
    <ul className="divide-y divide-line">
      {model.providers.map(({ slug, name, kind, pricing, data_policy }) => {
        const { base, tiers } = sheetOf(pricing)
        const rates = [
          ['Input', base.prompt],
          ['Cached input', base.cacheRead],
          ['Output', base.completion],
          ['Request', base.request],
        ] as const
        return (
          <li key={slug} className="flex flex-col gap-3 px-4 py-3 md:flex-row md:items-center">
            <div className="min-w-0 grow">
              <div className="flex items-center gap-2 font-medium">
                {name} {kind !== 'model' && <Chip>{kind}</Chip>}
              </div>
              <p className="text-13 text-muted">{policyWords(data_policy)}</p>
              {tiers.map(({ minPromptTokens, rates }) => (
                <p key={minPromptTokens} className="text-13 text-muted">
                  from {exactCount(minPromptTokens)} input tokens: <Price rate={rates.prompt} /> in,{' '}
                  <Price rate={rates.completion} /> out
                </p>
              ))}
            </div>
            <dl className="grid grid-cols-4 gap-6 text-13 md:text-right">
              {rates
                .filter(([title, rate]) => title !== 'Request' || rate !== 0n)
                .map(([title, rate]) => (
                  <div key={title}>
                    <dt className="text-12 text-muted">{title}</dt>
                    <dd>
                      <Price rate={rate} />
                    </dd>
                  </div>
                ))}
            </dl>
          </li>
        )
      })}
    </ul>
  )
}
