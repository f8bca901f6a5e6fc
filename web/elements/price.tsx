import { formatDecimal, nanoUsd, type PicoUsd } from '#domain/money.ts'

import { readableUsd } from './amounts.ts'
import { Hint } from './hint.tsx'

/** A price for a million tokens; unfolds to the price of one. */
export function Price({ rate }: { rate: PicoUsd | null }) {
  if (rate === null) return <span className="text-muted">–</span>
  if (rate === 0n) return <span className="font-mono text-muted">free</span>
  return (
    <Hint
      className="font-mono"
      content={() => (
        <span className="font-mono">
          ${formatDecimal(rate, 12)}
          <span className="block text-12 text-muted">for one token</span>
        </span>
      )}
    >
      {readableUsd(nanoUsd(rate * 1_000n))}
    </Hint>
  )
}
