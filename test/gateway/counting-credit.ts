import { assert } from '#domain/faults.ts'
import type { GenerationRecord } from '#domain/generation.ts'
import { type AccountId, dayOfGeneration, type GenerationId } from '#domain/identifiers.ts'
import { nanoUsd, type NanoUsd } from '#domain/money.ts'
import { sumByWindow, type UtcDay } from '#domain/spend-windows.ts'
import type { AdmissionRequest, Credit, Hold } from '#gateway/credit/credit.ts'

/** Credit of one process, in memory: the same promises as the real one, without a disk. */
export interface CountingCredit extends Credit {
  readonly setBalance: (accountId: AccountId, amount: NanoUsd) => void
  readonly balance: (accountId: AccountId) => NanoUsd
  /** Everything that was settled or logged, in order. */
  readonly records: GenerationRecord[]
  readonly progress: Map<GenerationId, NanoUsd[]>
  readonly openHolds: () => number
  /** When set, settling rejects with it. */
  settleError: Error | null
  /** When set, settling waits for it. */
  settleGate: Promise<void> | null
  /** When set, nothing can be admitted. */
  unavailable: boolean
}

/** Credit in which every account begins with `startBalance`. */
export function makeCountingCredit(startBalance: NanoUsd): CountingCredit {
  const balances = new Map<AccountId, NanoUsd>()
  const holds = new Map<GenerationId, AdmissionRequest>()
  const balanceOf = (accountId: AccountId) => balances.get(accountId) ?? startBalance

  function open(request: AdmissionRequest): Hold {
    assert(!holds.has(request.chargeId), 'a charge is held once')
    holds.set(request.chargeId, request)
    balances.set(request.accountId, nanoUsd(balanceOf(request.accountId) - request.boundNanoUsd))
    return {
      chargeId: request.chargeId,
      written: Promise.resolve(),
      progress: (cost) => {
        credit.progress.set(request.chargeId, [
          ...(credit.progress.get(request.chargeId) ?? []),
          cost,
        ])
      },
      settle: async (record) => {
        assert(holds.delete(request.chargeId), 'a hold is settled once')
        const { accountId, boundNanoUsd } = request
        balances.set(accountId, nanoUsd(balanceOf(accountId) + boundNanoUsd - record.costNanoUsd))
        await credit.settleGate
        if (credit.settleError) throw credit.settleError
        credit.records.push(record)
      },
    }
  }

  const credit: CountingCredit = {
    admit(request) {
      if (credit.unavailable) return { kind: 'unavailable', retryAfterSeconds: 2 }
      const availableNanoUsd = balanceOf(request.accountId)
      if (availableNanoUsd < request.boundNanoUsd) return { kind: 'insufficient', availableNanoUsd }
      return { kind: 'held', hold: open(request) }
    },
    log: (record) => void credit.records.push(record),
    findPending: (id) => credit.records.find((record) => record.id === id),
    pendingSpent: (ownerId, day) =>
      sumByWindow(
        day,
        credit.records
          .filter(({ keyId, accountId }) => keyId === ownerId || accountId === ownerId)
          .map(({ id, costNanoUsd }) => ({
            day: dayOfGeneration(id) as UtcDay,
            amountNanoUsd: costNanoUsd,
          })),
      ),
    forgetBudgets: () => undefined,
    setBalance: (accountId, amount) => void balances.set(accountId, amount),
    balance: balanceOf,
    records: [],
    progress: new Map(),
    openHolds: () => holds.size,
    settleError: null,
    settleGate: null,
    unavailable: false,
  }
  return credit
}
