import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { openDataFolder } from './data-folder.ts'
import { identityOfProcess } from './process-identity.ts'
import { StoreStartError } from './start-error.ts'

let parent: string
let folder: string

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'codelace-data-'))
  folder = join(parent, 'data')
})

afterEach(() => rm(parent, { recursive: true }))

/** A process that takes the folder, says so, and keeps it until it is killed. */
async function startHolder(): Promise<{ pid: number; kill: () => Promise<void> }> {
  const program = `
    import { openDataFolder } from '#adapters/postgres/data-folder.ts'
    openDataFolder(process.argv[1])
    process.stdout.write('held')
    setInterval(() => {}, 1_000)`
  const options = ['--input-type=module', '--eval', program, folder]
  const child = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  const exited = once(child, 'exit')
  return {
    pid: child.pid ?? 0,
    kill: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

const sentenceAbout = (pid: number) =>
  `The data folder ${folder} is in use by process ${pid}. Stop that one first, or set CODELACE_DATA to another folder.`

test('a new folder is made for its owner alone', () => {
  const opened = openDataFolder(folder)
  expect(opened).toMatchObject({
    path: folder,
    databaseFolder: join(folder, 'database'),
    journalFolder: join(folder, 'journal'),
  })
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  opened.release()
})

test('a second process is refused, with the process number and the folder, as long as the first lives', async () => {
  const holder = await startHolder()
  expect(() => openDataFolder(folder)).toThrow(new StoreStartError(sentenceAbout(holder.pid)))
  expect(() => openDataFolder(folder)).toThrow(StoreStartError)
  await holder.kill()
  openDataFolder(folder).release()
})

test('the folder is free the moment its process is killed, however often', async () => {
  for (let round = 0; round < 3; round += 1) {
    const holder = await startHolder()
    await holder.kill()
  }
  openDataFolder(folder).release()
})

test('one process takes a folder once, and again after it released it', () => {
  const first = openDataFolder(folder)
  expect(() => openDataFolder(folder)).toThrow(sentenceAbout(process.pid))
  first.release()
  openDataFolder(folder).release()
})

test('another folder is free', () => {
  const first = openDataFolder(folder)
  openDataFolder(join(parent, 'other')).release()
  first.release()
})

/** As if the file system kept no locks: only the file that names the owner is there. */
function pretendOwner(owner: { pid: number; identity: string | null }): void {
  mkdirSync(folder)
  writeFileSync(join(folder, 'codelace.pid'), JSON.stringify(owner))
}

test('without locks, a living owner is refused by its number and its start', () => {
  const identity = identityOfProcess(process.ppid) ?? ''
  pretendOwner({ pid: process.ppid, identity })
  expect(() => openDataFolder(folder)).toThrow(sentenceAbout(process.ppid))
})

test('without locks, a number that was used again by another process refuses nobody', () => {
  pretendOwner({ pid: process.ppid, identity: 'another boot, another namespace, another start' })
  openDataFolder(folder).release()
})

test.each(['', '{', '{"pid":"x"}', 'null', '[]'])(
  'an owner file that says nothing (%s) refuses nobody',
  (text) => {
    mkdirSync(folder)
    writeFileSync(join(folder, 'codelace.pid'), text)
    const opened = openDataFolder(folder)
    expect(JSON.parse(readFileSync(join(folder, 'codelace.pid'), 'utf8'))).toMatchObject({
      pid: process.pid,
    })
    opened.release()
  },
)

test('a folder that cannot be made or written is named in one sentence', () => {
  writeFileSync(folder, 'a file')
  for (const path of [folder, join(folder, 'below'), '/proc/codelace/data']) {
    expect(() => openDataFolder(path)).toThrow(StoreStartError)
    expect(() => openDataFolder(path)).toThrow(
      /^The data folder \S+ cannot be used \(.+\)\. Make it writable for this user, or set CODELACE_DATA/,
    )
  }
})

test('folders above it are made too', () => {
  const opened = openDataFolder(join(folder, 'deep', 'down'))
  expect(statSync(join(folder, 'deep')).mode & 0o777).toBe(0o700)
  opened.release()
})

test('a lock file that is something else is named instead of overwritten', () => {
  mkdirSync(folder)
  writeFileSync(join(folder, 'codelace.lock'), 'precious notes '.repeat(100))
  expect(() => openDataFolder(folder)).toThrow(/cannot be used \(file is not a database\)/)
})

test('an identity names one life of one process', async () => {
  const holder = await startHolder()
  const identity = identityOfProcess(holder.pid)
  expect(identity).toEqual(expect.any(String))
  expect(identity).not.toBe(identityOfProcess(process.pid))
  expect(identityOfProcess(process.pid)).toBe(identityOfProcess(process.pid))
  await holder.kill()
  expect(identityOfProcess(holder.pid)).toBeUndefined()
})
