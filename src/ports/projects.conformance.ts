import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { type AccountId, makeProjectId } from '#domain/identifiers.ts'

import { newAccount, someLimits } from './accounts.conformance.ts'
import type { AccountStore } from './accounts.ts'
import { newApiKey } from './api-keys.conformance.ts'
import type { ApiKeyStore } from './api-keys.ts'
import type { NewProject, ProjectStore } from './projects.ts'

/** Projects with the two stores that they share their state with. They may hold rows already. */
export interface ProjectsUnderTest {
  readonly accounts: AccountStore
  readonly apiKeys: ApiKeyStore
  readonly projects: ProjectStore
}

/** A new project with a fresh id. */
export function newProject(accountId: AccountId, more: Partial<NewProject> = {}): NewProject {
  return { id: makeProjectId(randomBytes), accountId, name: 'search', limits: null, ...more }
}

/** What every store of projects promises. */
export function projectStoreConformance(
  name: string,
  makeStores: () => Promise<ProjectsUnderTest>,
): void {
  describe(`${name}: projects`, () => {
    describeProjects(makeStores)
    describeKeysOfProjects(makeStores)
  })
}

function describeProjects(makeStores: () => Promise<ProjectsUnderTest>): void {
  test('a project comes back as it was given, and its changes as they were', async () => {
    const { accounts, projects } = await makeStores()
    const { id: accountId } = await accounts.create(newAccount())
    const given = newProject(accountId, { limits: someLimits })
    const project = await projects.create(given)
    expect(project).toEqual({ ...given, createdAt: expect.any(Date), archivedAt: null })
    expect(await projects.find(given.id)).toEqual(project)
    expect(await projects.update(given.id, { name: 'other' })).toEqual({
      ...project,
      name: 'other',
    })
    const lifted = await projects.update(given.id, { limits: null })
    expect(lifted).toEqual({ ...project, name: 'other', limits: null })
    const another = await projects.create(newProject(accountId))
    expect((await projects.list(accountId)).map(({ id }) => id)).toEqual([another?.id, given.id])
  })

  test('there is none of an unknown account, and none of an unknown id', async () => {
    const { projects } = await makeStores()
    const given = newProject(newAccount().id)
    expect(await projects.create(given)).toBeUndefined()
    expect(await projects.find(given.id)).toBeUndefined()
    expect(await projects.update(given.id, { name: 'x' })).toBeUndefined()
    expect(await projects.archive(given.id)).toEqual({ kind: 'unknown' })
    expect(await projects.list(given.accountId)).toEqual([])
  })
}

function describeKeysOfProjects(makeStores: () => Promise<ProjectsUnderTest>): void {
  async function makeProject() {
    const stores = await makeStores()
    const { id: accountId } = await stores.accounts.create(newAccount())
    const project = newProject(accountId, { limits: someLimits })
    await stores.projects.create(project)
    return { ...stores, accountId, project }
  }

  test('a key is found with its project', async () => {
    const { apiKeys, projects, accountId, project } = await makeProject()
    const key = newApiKey(accountId, { projectId: project.id })
    expect((await apiKeys.create(key))?.projectId).toBe(project.id)
    const found = await apiKeys.findByHash(key.hash)
    expect(found?.project).toEqual(await projects.find(project.id))
  })

  test('a key of another account’s project, or of none that there is, is not made', async () => {
    const { accounts, apiKeys, project } = await makeProject()
    const other = await accounts.create(newAccount())
    for (const projectId of [project.id, makeProjectId(randomBytes)]) {
      expect(await apiKeys.create(newApiKey(other.id, { projectId }))).toBeUndefined()
    }
    expect(await apiKeys.list(other.id)).toEqual([])
  })

  test('a change of a project is a change of its keys', async () => {
    const { apiKeys, projects, accountId, project } = await makeProject()
    const inside = newApiKey(accountId, { projectId: project.id })
    await apiKeys.create(inside)
    const { cursor } = await apiKeys.changedSince(null)
    await projects.update(project.id, { limits: null })
    const { hashes } = await apiKeys.changedSince(cursor)
    const names = hashes.map((hash) => Buffer.from(hash).toString('hex'))
    expect(names).toContain(Buffer.from(inside.hash).toString('hex'))
  })

  test('it is archived once no key of it works, and takes none from then on', async () => {
    const { apiKeys, projects, accountId, project } = await makeProject()
    const key = newApiKey(accountId, { projectId: project.id })
    const over = newApiKey(accountId, { projectId: project.id, expiresAt: new Date(1) })
    await apiKeys.create(key)
    await apiKeys.create(over)
    expect(await projects.archive(project.id)).toEqual({ kind: 'in_use' })
    await apiKeys.revoke(key.id)
    const archived = await projects.archive(project.id)
    expect(archived).toMatchObject({ kind: 'archived', project: { archivedAt: expect.any(Date) } })
    expect(await projects.archive(project.id)).toEqual(archived)
    expect(await apiKeys.create(newApiKey(accountId, { projectId: project.id }))).toBeUndefined()
  })
}
