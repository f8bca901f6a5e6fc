import type { CallOutput } from '#web/client/call.ts'
import { Chip, type ChipTone } from '#web/elements/chip.tsx'

/** One line of the request log. */
export type RequestRow = CallOutput<'GET /api/accounts/{account_id}/requests'>['data'][number]

/** How a request can end, in words. */
export const outcomeWords: Readonly<Record<RequestRow['outcome'], readonly [string, ChipTone]>> = {
  completed: ['completed', 'positive'],
  refused: ['refused', 'caution'],
  upstream_failed: ['failed', 'negative'],
  client_gone: ['client left', 'neutral'],
}

/** How a request ended, with its status. */
export function OutcomeChip({ outcome, status }: Pick<RequestRow, 'outcome' | 'status'>) {
  const [words, tone] = outcomeWords[outcome]
  return (
    <Chip tone={tone}>
      {outcome !== 'completed' && <span className="font-mono">{status}</span>}
      {words}
    </Chip>
  )
}
