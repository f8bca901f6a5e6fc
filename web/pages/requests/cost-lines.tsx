import { Link } from '@tanstack/react-router'

import { parseUsd, zeroNanoUsd } from '#domain/money.ts'
import { alignedDecimals } from '#web/elements/aligned-decimals.ts'
import { exactUsd } from '#web/elements/amounts.ts'
import { exactCount } from '#web/elements/numbers.ts'
import { Panel } from '#web/elements/page.tsx'
import { useIsPhone } from '#web/shell/use-is-phone.ts'

import type { RequestDetail } from './request-page.tsx'

type Breakdown = NonNullable<RequestDetail['cost_breakdown']>

const itemWords: Readonly<Record<string, string>> = {
  prompt: 'Input tokens',
  completion: 'Output tokens',
  request: 'Request',
  cacheRead: 'Cached input tokens',
  cacheWrite: 'Tokens written to the cache',
  cacheWrite1h: 'Tokens written to the cache for 1 h',
  reasoning: 'Reasoning tokens',
  audioPrompt: 'Audio input tokens',
  audioCompletion: 'Audio output tokens',
  imagePrompt: 'Image input tokens',
  imageCompletion: 'Image output tokens',
}

/** The arithmetic of the cost: every line, the exact sum, and the one rounding. */
export function CostLines({ request }: { request: RequestDetail }) {
  const { cost_breakdown: breakdown, own_credential: own } = request
  if (!breakdown) {
    return (
      <Panel title="Cost">
        <p className="text-muted">
          {request.cost === '0'
            ? 'Nothing was charged.'
            : `${exactUsd(parseUsd(request.cost) ?? zeroNanoUsd)} was charged for the progress that was known.`}
        </p>
      </Panel>
    )
  }
  return (
    <Panel
      title="Cost"
      about="Each line is a quantity times the rate that held when it was asked. The sum is rounded up once."
      isFlush
    >
      <Arithmetic breakdown={breakdown} own={own} />
      {request.resolved_model !== null && (
        <p className="border-t border-line px-4 py-2 text-12 text-muted">
          By price version <code className="break-all">{breakdown.price_version_id}</code>, which
          never changes.{' '}
          <Link
            to="/models/$author/$slug"
            params={{
              author: request.resolved_model.split('/')[0] ?? '',
              slug: request.resolved_model.split('/')[1] ?? '',
            }}
            className="text-accent underline"
          >
            Prices of today
          </Link>
        </p>
      )}
    </Panel>
  )
}

/** On a phone the quantity and the rate stand below their name: four columns of figures do not fit. */
function Arithmetic({
  breakdown,
  own,
}: {
  breakdown: Breakdown
  own: RequestDetail['own_credential']
}) {
  const isPhone = useIsPhone()
  const amounts = alignedDecimals([...breakdown.lines.map(({ amount }) => amount), breakdown.exact])
  const rates = alignedDecimals(breakdown.lines.map(({ rate }) => rate))
  return (
    <table className="w-full text-13">
      <thead>
        <tr className="border-b border-line text-12 text-muted">
          <th className="px-4 py-2 text-left font-normal">For</th>
          {!isPhone && <th className="px-4 py-2 text-right font-normal">Quantity</th>}
          {!isPhone && <th className="px-4 py-2 text-right font-normal">Rate, $</th>}
          <th className="px-4 py-2 text-right font-normal">Amount, $</th>
        </tr>
      </thead>
      <tbody className="font-mono">
        {breakdown.lines.map(({ item, quantity, rate }, index) => (
          <tr key={item} className="border-b border-line">
            <td className="px-4 py-2 font-sans">
              {itemWords[item] ?? item}
              {isPhone && (
                <span className="block font-mono text-12 text-muted">
                  {exactCount(quantity)} × {rate}
                </span>
              )}
            </td>
            {!isPhone && <td className="px-4 py-2 text-right">{exactCount(quantity)}</td>}
            {!isPhone && <td className="px-4 py-2 text-right text-muted">× {rates[index]}</td>}
            <td className="px-4 py-2 text-right">{amounts[index]}</td>
          </tr>
        ))}
      </tbody>
      <Sums breakdown={breakdown} own={own} exact={amounts.at(-1)} wordColumns={isPhone ? 1 : 3} />
    </table>
  )
}

function Sums({
  breakdown,
  own,
  exact,
  wordColumns,
}: {
  breakdown: Breakdown
  own: RequestDetail['own_credential']
  exact: string | undefined
  wordColumns: number
}) {
  return (
    <tfoot className="font-mono">
      <tr>
        <td className="px-4 pt-2 font-sans text-muted" colSpan={wordColumns}>
          Exact sum
        </td>
        <td className="px-4 pt-2 text-right text-muted">{exact}</td>
      </tr>
      {own !== null && (
        <tr>
          <td className="px-4 pt-1 font-sans text-muted" colSpan={wordColumns}>
            Paid to the provider by your own key, of which {own.fee_percent} % is charged here
          </td>
          <td className="px-4 pt-1 text-right whitespace-nowrap text-muted">
            {exactUsd(parseUsd(own.upstream_cost) ?? zeroNanoUsd)}
          </td>
        </tr>
      )}
      <tr>
        <td className="px-4 pt-1 pb-3 font-sans font-medium" colSpan={wordColumns}>
          Charged, rounded up to a nano-dollar
        </td>
        <td className="px-4 pt-1 pb-3 text-right font-medium whitespace-nowrap">
          {exactUsd(parseUsd(breakdown.charged) ?? zeroNanoUsd)}
        </td>
      </tr>
    </tfoot>
  )
}
