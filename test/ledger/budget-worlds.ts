import { randomBytes } from 'node:crypto'

import { sql } from 'kysely'

import { makeMemoryBudgetStore } from '#adapters/memory/budgets.ts'
import { makeLedgerModel } from '#adapters/memory/ledger-model.ts'
import { makeMemoryLedgerStore } from '#adapters/memory/ledger.ts'
import { makePostgresAccountStore } from '#adapters/postgres/accounts.ts'
import { makePostgresApiKeyStore } from '#adapters/postgres/api-keys.ts'
import type { Database } from '#adapters/postgres/database.ts'
import { makePostgresBudgetStore } from '#adapters/postgres/ledger/budgets.ts'
import { makePostgresLedgerStore } from '#adapters/postgres/ledger/store.ts'
import { makePostgresProjectStore } from '#adapters/postgres/projects.ts'
import type { SpendOwner } from '#domain/budgets.ts'
import {
  type KeyId,
  makeAccountId,
  makeKeyId,
  makeProjectId,
  type ProjectId,
} from '#domain/identifiers.ts'
import type { SpendLimits } from '#domain/spend-windows.ts'
import { noLimits, noSpendLimits, storableLimits } from '#domain/usage-limits.ts'
import { newAccount } from '#ports/accounts.conformance.ts'
import { newApiKey } from '#ports/api-keys.conformance.ts'
import type { BudgetsUnderTest } from '#ports/budget-store.conformance.ts'
import { newProject } from '#ports/projects.conformance.ts'

/** Spend limits in memory with a clock that stands still. */
export async function makeMemoryBudgetWorld(): Promise<BudgetsUnderTest> {
  let nowMs = Date.now()
  const limits = new Map<SpendOwner, SpendLimits>()
  const recalls: string[] = []
  const projects = new Map<KeyId, ProjectId>()
  const model = makeLedgerModel({
    nowMs: () => nowMs,
    findAccountStatus: () => 'active',
    onRecall: () => undefined,
    findSpendLimits: (id) => limits.get(id),
    findProject: (id) => projects.get(id) ?? null,
    onBudgetRecall: (id) => recalls.push(id),
  })
  return {
    budgets: makeMemoryBudgetStore(model),
    ledger: makeMemoryLedgerStore(model),
    makeKey: async ({ key = noSpendLimits, account = noSpendLimits }) => {
      const made = { accountId: makeAccountId(randomBytes), keyId: makeKeyId(randomBytes) }
      limits.set(made.accountId, account).set(made.keyId, key)
      return made
    },
    makeProject: async (project) => {
      const projectId = makeProjectId(randomBytes)
      const accountId = makeAccountId(randomBytes)
      const key = () => ({ accountId, keyId: makeKeyId(randomBytes) })
      const keys = [key(), key()] as const
      limits.set(projectId, project)
      for (const { keyId } of keys) projects.set(keyId, projectId)
      return { projectId, keys, outside: key() }
    },
    letTimePass: async (ms) => {
      nowMs += ms
    },
    recalls: () => recalls,
  }
}

/** The spend limits of a database. Time passes by moving what is stored into the past. */
export function makePostgresBudgetWorld(opened: () => Database): () => Promise<BudgetsUnderTest> {
  const recalls: string[] = []
  let listening: Promise<void> | undefined
  return async () => {
    const database = opened()
    listening ??= database.listen('codelace_leases', (payload) => {
      if (payload !== null) recalls.push(payload)
    })
    await listening
    const accounts = makePostgresAccountStore(database.db)
    const apiKeys = makePostgresApiKeyStore(database.db)
    const owners: SpendOwner[] = []
    return {
      budgets: makePostgresBudgetStore(database),
      ledger: makePostgresLedgerStore(database),
      makeKey: async ({ key = noSpendLimits, account = noSpendLimits }) => {
        const { id: accountId } = await accounts.create(newAccount())
        await accounts.setLimits(accountId, storableLimits({ ...noLimits, spendNanoUsd: account }))
        const limits = storableLimits({ ...noLimits, spendNanoUsd: key })
        const { id: keyId } = newApiKey(accountId)
        await apiKeys.create(newApiKey(accountId, { id: keyId, limits }))
        owners.push(accountId, keyId)
        return { accountId, keyId }
      },
      makeProject: async (spendNanoUsd) => {
        const { id: accountId } = await accounts.create(newAccount())
        const limits = storableLimits({ ...noLimits, spendNanoUsd })
        const project = newProject(accountId, { limits })
        await makePostgresProjectStore(database.db).create(project)
        owners.push(project.id)
        const key = async (projectId: ProjectId | null) => {
          const made = newApiKey(accountId, { projectId })
          await apiKeys.create(made)
          return { accountId, keyId: made.id }
        }
        const keys = [await key(project.id), await key(project.id)] as const
        return { projectId: project.id, keys, outside: await key(null) }
      },
      letTimePass: async (ms) => {
        const past = sql`${ms}::int8 * interval '1 millisecond'`
        await sql`
          update budget_lease set expires_at = expires_at - ${past}, ended_at = ended_at - ${past}
          where owner_id = any(${owners}::text[])`.execute(database.db)
      },
      recalls: () => recalls,
    }
  }
}
