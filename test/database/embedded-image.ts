import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import { PGlite } from '@electric-sql/pglite'

import { openDatabase } from '#adapters/postgres/database.ts'
import { migrate, migrationsFolder } from '#adapters/postgres/migrate.ts'

const packages = resolve(import.meta.dirname, '../../node_modules')
const cacheFolder = join(packages, '.cache/codelace-test')
const imageAgeMs = 24 * 60 * 60_000

/**
 * The path of an image of a migrated embedded database. Making one takes seconds, so it is kept under a
 * name that is a hash of the migrations and of the engine's version.
 */
export async function prepareImage(): Promise<string> {
  await mkdir(cacheFolder, { recursive: true })
  await dropOldImages()
  const image = join(cacheFolder, `${await fingerprint()}.tar`)
  const known = await stat(image).catch(() => undefined)
  if (known) return image
  const scratch = await mkdtemp(join(cacheFolder, 'scratch-'))
  try {
    await fill(join(scratch, 'data'))
    const engine = await PGlite.create(join(scratch, 'data'))
    const dump = await engine.dumpDataDir('none')
    await engine.close()
    await writeFile(join(scratch, 'image.tar'), dump.stream())
    await rename(join(scratch, 'image.tar'), image)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  return image
}

async function fill(folder: string): Promise<void> {
  const database = await openDatabase({ kind: 'folder', folder })
  try {
    await migrate(database)
  } finally {
    await database.close()
  }
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256')
  hash.update(await readFile(join(packages, '@electric-sql/pglite/package.json')))
  for (const name of (await readdir(migrationsFolder)).sort()) {
    hash.update(name).update(await readFile(join(migrationsFolder, name)))
  }
  return hash.digest('hex').slice(0, 24)
}

async function dropOldImages(): Promise<void> {
  for (const name of await readdir(cacheFolder)) {
    const path = join(cacheFolder, name)
    const found = await stat(path).catch(() => undefined)
    if (found && Date.now() - found.mtimeMs > imageAgeMs) {
      await rm(path, { recursive: true, force: true })
    }
  }
}
