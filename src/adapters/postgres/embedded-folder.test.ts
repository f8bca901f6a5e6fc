import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { prepareFolder } from './embedded-folder.ts'

let parent: string
let folder: string

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'codelace-folder-'))
  folder = join(parent, 'database')
})

afterEach(() => rm(parent, { recursive: true }))

/** Fills a folder with what a whole database has, for the purposes of these tests. */
async function create(path: string): Promise<void> {
  await mkdir(join(path, 'global'), { recursive: true })
  await writeFile(join(path, 'global/pg_control'), 'control')
  await writeFile(join(path, 'PG_VERSION'), '18')
}

test('a folder that is missing or empty is filled, and nothing else stands beside it', async () => {
  expect(await prepareFolder(folder, create)).toBeNull()
  await rm(folder, { recursive: true })
  await mkdir(folder)
  expect(await prepareFolder(folder, create)).toBeNull()
  expect(await readFile(join(folder, 'PG_VERSION'), 'utf8')).toBe('18')
  expect(await readdir(parent)).toEqual(['database'])
})

test('a whole database is never touched', async () => {
  await create(folder)
  await writeFile(join(folder, 'money'), 'all of it')
  const filling = vi.fn<typeof create>(create)
  expect(await prepareFolder(folder, filling)).toBeNull()
  expect(filling).not.toHaveBeenCalled()
  expect(await readFile(join(folder, 'money'), 'utf8')).toBe('all of it')
})

test('a first start that was interrupted is begun again', async () => {
  const interrupted = prepareFolder(folder, async (path) => {
    await mkdir(path, { recursive: true })
    await writeFile(join(path, 'PG_VERSION'), 'half')
    return Promise.reject(new RangeError('killed'))
  })
  await expect(interrupted).rejects.toThrow('killed')
  expect(existsSync(folder)).toBe(false)
  expect(await prepareFolder(folder, create)).toBeNull()
  expect(await readFile(join(folder, 'PG_VERSION'), 'utf8')).toBe('18')
})

test.each(['PG_VERSION', 'global/pg_control'])(
  'a folder without %s is set aside whole, never deleted, and the person in charge is told',
  async (vital) => {
    await create(folder)
    await writeFile(join(folder, 'money'), 'some of it')
    await rm(join(folder, vital))
    const notice = await prepareFolder(folder, create)
    expect(notice).toContain(`without ${vital}`)
    const aside = (await readdir(parent)).find((name) => name.startsWith('database.incomplete-'))
    expect(notice).toContain(aside)
    expect(await readFile(join(parent, aside ?? '', 'money'), 'utf8')).toBe('some of it')
    expect(existsSync(join(folder, vital))).toBe(true)
    expect(existsSync(join(folder, 'money'))).toBe(false)
  },
)
