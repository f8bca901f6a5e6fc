import { parseUsd } from '#domain/money.ts'

import { exactUsd, readableUsd } from './amounts.ts'
import { classNames } from './class-names.ts'
import { Hint } from './hint.tsx'

/**
 * US dollars as the server wrote them, with the digits that matter; unfolds to the exact nano-dollar.
 * What is no amount is shown as a dash.
 */
export function Money({ usd, className }: { usd: string | null; className?: string }) {
  const amount = usd === null ? undefined : parseUsd(usd)
  if (amount === undefined) return <span className="text-muted">–</span>
  return (
    <Hint
      className={classNames('font-mono', className)}
      content={() => (
        <span className="font-mono">
          {exactUsd(amount)}
          <span className="block text-12 text-muted">to the nano-dollar</span>
        </span>
      )}
    >
      {readableUsd(amount)}
    </Hint>
  )
}
