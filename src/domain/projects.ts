import type { AccountId, ProjectId } from './identifiers.ts'
import type { UsageLimits } from './usage-limits.ts'

/**
 * A part of an account with keys and limits of its own. A key belongs to a project, or to none, for its whole
 * life, so what a project used is what its keys used.
 */
export interface Project {
  readonly id: ProjectId
  readonly accountId: AccountId
  readonly name: string
  /** What all its keys together may use, within what the account may; null: no limit of its own. */
  readonly limits: UsageLimits | null
  readonly createdAt: Date
  /** From then on it takes no new keys. */
  readonly archivedAt: Date | null
}
