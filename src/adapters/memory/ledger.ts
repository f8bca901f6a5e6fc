import type { LedgerStore } from '#ports/ledger-store.ts'

import type { LedgerModel } from './ledger-model.ts'

/** The face of a store over a ledger in memory: each call happens at once and whole, then resolves. */
export function makeMemoryLedgerStore(model: LedgerModel): LedgerStore {
  return {
    raiseEpoch: async (nodeId) => model.raiseEpoch(nodeId),
    lease: async (request) => model.lease(request),
    renew: async (request) => model.renew(request),
    giveBack: async (request) => model.giveBack(request),
    requestRecall: async (accountId) => model.requestRecall(accountId),
    settle: async (charges) => model.settle(charges),
    closeOldLeases: async (nodeId, epoch) => model.closeOldLeases(nodeId, epoch),
    reclaimExpired: async (graceMs) => model.reclaimExpired(graceMs),
    grant: async (grant) => model.grant(grant),
    expireGrants: async () => model.expireGrants(),
    grants: async (accountId) => model.grants(accountId),
    balance: async (accountId) => model.balance(accountId),
    statement: async (accountId, limit) => model.statement(accountId, limit),
    verify: async () => model.verify(),
  }
}
