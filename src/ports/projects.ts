import type { AccountId, ProjectId } from '#domain/identifiers.ts'
import type { Project } from '#domain/projects.ts'
import type { UsageLimits } from '#domain/usage-limits.ts'

/** A new project. */
export interface NewProject {
  readonly id: ProjectId
  readonly accountId: AccountId
  readonly name: string
  /** They make sense: `findLimitMistakes` found none. */
  readonly limits: UsageLimits | null
}

/** What can change of a project. What is left out stays; limits of null are lifted. */
export interface ProjectChange {
  readonly name?: string
  readonly limits?: UsageLimits | null
}

/** Where projects live. A change of one is a change of its keys: see `ApiKeyStore.changedSince`. */
export interface ProjectStore {
  /** Undefined when the account does not exist. */
  readonly create: (project: NewProject) => Promise<Project | undefined>
  readonly find: (id: ProjectId) => Promise<Project | undefined>
  /** Newest first, archived ones included. */
  readonly list: (accountId: AccountId) => Promise<readonly Project[]>
  /** Undefined when there is no such project. */
  readonly update: (id: ProjectId, change: ProjectChange) => Promise<Project | undefined>
  /**
   * Takes no new keys from now on. `in_use` while a key of it could still work; archiving again changes
   * nothing.
   */
  readonly archive: (
    id: ProjectId,
  ) => Promise<{ kind: 'archived'; project: Project } | { kind: 'in_use' } | { kind: 'unknown' }>
}
