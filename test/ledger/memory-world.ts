import { randomBytes } from 'node:crypto'

import { type LedgerModel, makeLedgerModel } from '#adapters/memory/ledger-model.ts'
import { makeMemoryLedgerStore } from '#adapters/memory/ledger.ts'
import type { AccountStatus } from '#domain/accounts.ts'
import { type AccountId, makeAccountId } from '#domain/identifiers.ts'
import type { LedgerUnderTest } from '#ports/ledger/fixture.conformance.ts'

/** A ledger in memory with a clock that stands still, and the world that its suite needs. */
export interface MemoryLedgerWorld extends LedgerUnderTest {
  readonly model: LedgerModel
  /** Makes an account of this id, which is active. */
  readonly adopt: (id: AccountId) => void
}

/** An empty one. */
export function makeMemoryLedgerWorld(): MemoryLedgerWorld {
  let nowMs = Date.now()
  const statuses = new Map<AccountId, AccountStatus>()
  const recalls: AccountId[] = []
  const model = makeLedgerModel({
    nowMs: () => nowMs,
    findAccountStatus: (id) => statuses.get(id),
    onRecall: (id) => recalls.push(id),
  })
  return {
    model,
    ledger: makeMemoryLedgerStore(model),
    makeAccount: async (status = 'active') => {
      const id = makeAccountId(randomBytes)
      statuses.set(id, status)
      return id
    },
    adopt: (id) => statuses.set(id, 'active'),
    nowMs: () => nowMs,
    letTimePass: async (ms) => {
      nowMs += ms
    },
    recalls: () => recalls,
  }
}
