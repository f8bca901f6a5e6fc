import { existsSync, readdirSync } from 'node:fs'
import { rename, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Without these two files PostgreSQL cannot open a folder, and PGlite takes it for a new one. */
const vitalFiles = ['PG_VERSION', 'global/pg_control']

/**
 * Sees to it that `folder` holds a whole database. A new one is filled by `create` beside its final place
 * and moved there when it is whole, so an interrupted first start is simply begun again.
 *
 * A folder without the vital files is no database (a first start of another program was interrupted, or a
 * copy was): it is set aside, never deleted, and a new one is made. The text returned then says so, for the
 * person who runs the installation. A folder with the vital files is never touched.
 */
export async function prepareFolder(
  folder: string,
  create: (folder: string) => Promise<void>,
): Promise<string | null> {
  const missing = vitalFiles.filter((file) => !existsSync(join(folder, file)))
  if (missing.length === 0) return null
  const notice = existsSync(folder) ? await setAside(folder, missing) : null
  const unfinished = `${folder}.new`
  await rm(unfinished, { recursive: true, force: true })
  await create(unfinished)
  await rename(unfinished, folder)
  return notice
}

async function setAside(folder: string, missing: readonly string[]): Promise<string | null> {
  if (readdirSync(folder).length === 0) {
    await rmdir(folder)
    return null
  }
  const aside = `${folder}.incomplete-${new Date().toISOString().replaceAll(':', '-')}`
  await rename(folder, aside)
  return `The embedded database in ${folder} was incomplete (without ${missing.join(' and ')}). It was set aside as ${aside}, and an empty one was made.`
}
