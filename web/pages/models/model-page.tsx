import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'

import type { CallOutput } from '#web/client/call.ts'
import { reading } from '#web/client/queries.ts'
import { CopyId } from '#web/elements/copy-text.tsx'
import { dateOf } from '#web/elements/moments.ts'
import { exactCount } from '#web/elements/numbers.ts'
import { Page, Panel } from '#web/elements/page.tsx'
import { Failure, SkeletonRows } from '#web/elements/states.tsx'

import { CostCalculator } from './cost-calculator.tsx'
import { EndpointList } from './endpoint-list.tsx'
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
  return <Model model={data} params={params} />
}

function Model({
  model,
  params,
}: {
  model: CallOutput<'GET /v1/models/{author}/{slug}'>
  params: { author: string; slug: string }
}) {
  const facts: readonly [string, string][] = [
    ['Context', `${exactCount(model.context_length)} tokens`],
    ['Longest answer', `${exactCount(model.top_provider.max_completion_tokens)} tokens`],
    ['Takes', model.architecture.input_modalities.join(', ')],
    ['Gives', model.architecture.output_modalities.join(', ')],
    ['Released', dateOf(model.created * 1000, 'utc')],
    // Six facts, always: a grid of two or three columns has no empty place.
    ['Also called', model.aliases.length > 0 ? model.aliases.join(', ') : 'nothing else'],
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
        <dl className="grid grid-cols-2 gap-px overflow-hidden rounded border border-line bg-surface md:grid-cols-3">
          {facts.map(([name, value]) => (
            <div key={name} className="px-4 py-3 shadow-[0_0_0_1px_var(--line)]">
              <dt className="text-12 text-muted">{name}</dt>
              <dd className="mt-0.5">{value}</dd>
            </div>
          ))}
        </dl>
        <Panel
          title="Endpoints"
          about="Who serves it, in the order they are asked. Prices are for a million tokens; how each did is measured on everybody's requests."
          isFlush
        >
          <EndpointList model={model} params={params} />
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
