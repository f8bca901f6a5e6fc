import type { SpendOwner } from '#domain/budgets.ts'
import type { UsageLimits } from '#domain/usage-limits.ts'
import type { KeyWithAccount } from '#ports/api-keys.ts'

/** Whose limit it is. */
export type LimitHolder = 'key' | 'project' | 'account'

/** Limits that a caller must obey, and whose they are. */
export interface HeldLimits {
  readonly holder: LimitHolder
  readonly id: SpendOwner
  readonly limits: UsageLimits
}

/** How refusals name the holder of a limit. */
export const holderNames: Readonly<Record<LimitHolder, string>> = {
  key: 'This key',
  project: "This key's project",
  account: 'This account',
}

/** True when nothing limits the caller: the usual case, told without making anything. */
export function isUnlimited({ key, project, account }: KeyWithAccount): boolean {
  return (
    key.limits === null && account.limits === null && (project === null || project.limits === null)
  )
}

const nothingHeld: readonly HeldLimits[] = []

/** The limits that a caller must obey, all of them, from the narrowest to the widest. */
export function limitsOf(caller: KeyWithAccount): readonly HeldLimits[] {
  if (isUnlimited(caller)) return nothingHeld
  const { key, project, account } = caller
  const held: HeldLimits[] = []
  if (key.limits !== null) held.push({ holder: 'key', id: key.id, limits: key.limits })
  if (project !== null && project.limits !== null) {
    held.push({ holder: 'project', id: project.id, limits: project.limits })
  }
  if (account.limits !== null) {
    held.push({ holder: 'account', id: account.id, limits: account.limits })
  }
  return held
}

/** Whose limit an owner's is, told by its id. */
export function holderOf(id: SpendOwner): LimitHolder {
  if (id.startsWith('key_')) return 'key'
  return id.startsWith('proj_') ? 'project' : 'account'
}
