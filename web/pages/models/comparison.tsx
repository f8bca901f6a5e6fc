import { X } from 'lucide-react'
import type { ReactNode } from 'react'

import { IconButton } from '#web/elements/button.tsx'
import { exactCount } from '#web/elements/numbers.ts'
import { Panel } from '#web/elements/page.tsx'
import { Price } from '#web/elements/price.tsx'

import { CostCalculator } from './cost-calculator.tsx'
import { policyWords } from './data-policy.ts'
import { type ListedModel, sheetOf } from './price-sheet.ts'

/** Two to four models side by side, line by line, and what one's own usage would cost on each. */
export function Comparison({
  models,
  close,
}: {
  models: readonly ListedModel[]
  close: () => void
}) {
  return (
    <div className="mb-6 flex flex-col gap-6">
      <Panel
        title="Side by side"
        isFlush
        actions={
          <IconButton label="Close the comparison" onClick={close}>
            <X size={16} aria-hidden />
          </IconButton>
        }
      >
        <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Comparison">
          <table className="w-full text-13 md:min-w-160">
            <thead>
              <tr className="border-b border-line">
                <th scope="col" className="w-26 md:w-40">
                  <span className="sr-only">What is compared</span>
                </th>
                {models.map(({ id, name }) => (
                  <th
                    key={id}
                    scope="col"
                    className="min-w-28 px-2 py-3 text-left align-top font-medium md:px-4"
                  >
                    {name}
                    <span className="block font-mono text-12 font-normal text-muted">
                      <BrokenAtSlash id={id} />
                    </span>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {lines.map(({ title, of }) => (
                <tr key={title} className="border-b border-line last:border-0">
                  <th
                    scope="row"
                    className="py-2 pr-2 pl-4 text-left font-normal text-muted md:px-4"
                  >
                    {title}
                  </th>
                  {models.map((model) => (
                    <td key={model.id} className="px-2 py-2 md:px-4">
                      {of(model)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Panel>
      <CostCalculator
        offers={models.flatMap(({ id, name, pricing }) =>
          pricing ? [{ id, name, sheet: sheetOf(pricing) }] : [],
        )}
      />
    </div>
  )
}

/** Where an id does not fit on one line, its author stands on the first and its name on the second. */
function BrokenAtSlash({ id }: { id: string }) {
  const slash = id.indexOf('/') + 1
  return (
    <>
      {id.slice(0, slash)}
      <wbr />
      <span className="inline-block">{id.slice(slash)}</span>
    </>
  )
}

const lines: readonly { title: string; of: (model: ListedModel) => ReactNode }[] = [
  {
    title: 'Input / 1M',
    of: ({ pricing }) => <Price rate={pricing && sheetOf(pricing).base.prompt} />,
  },
  {
    title: 'Cached input',
    of: ({ pricing }) => <Price rate={pricing && sheetOf(pricing).base.cacheRead} />,
  },
  {
    title: 'Output / 1M',
    of: ({ pricing }) => <Price rate={pricing && sheetOf(pricing).base.completion} />,
  },
  { title: 'Context', of: ({ context_length }) => `${exactCount(context_length)} tokens` },
  {
    title: 'Longest answer',
    of: ({ top_provider }) => `${exactCount(top_provider.max_completion_tokens)} tokens`,
  },
  { title: 'Takes', of: ({ architecture }) => architecture.input_modalities.join(', ') },
  { title: 'Gives', of: ({ architecture }) => architecture.output_modalities.join(', ') },
  {
    title: 'Providers',
    of: ({ providers }) => (
      <ul>
        {providers.map(({ slug, name, data_policy }) => (
          <li key={slug}>
            {name} <span className="text-muted">· {policyWords(data_policy)}</span>
          </li>
        ))}
      </ul>
    ),
  },
]
