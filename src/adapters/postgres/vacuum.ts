import { escapeIdentifier, type Pool } from 'pg'

import { embeddedVacuumIntervalMs } from '#domain/limits.ts'

/**
 * Does for the embedded database what background processes do for a server: frees the room of old row
 * versions and keeps the planner's statistics. Returns what stops it, after the table it is at. A table
 * that fails is tried again the next time. Never keeps the process alive.
 */
export function vacuumRegularly(pool: Pool): () => Promise<void> {
  let isStopped = false
  let current = Promise.resolve()
  const timer = setInterval(() => {
    current = vacuumAll(pool, () => isStopped).catch(() => undefined)
  }, embeddedVacuumIntervalMs)
  timer.unref()
  return () => {
    isStopped = true
    clearInterval(timer)
    return current
  }
}

/** One table at a time, so that requests come between: the embedded database has one session. */
export async function vacuumAll(pool: Pool, isStopped: () => boolean): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(
    "select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace",
  )
  for (const { name } of rows) {
    if (isStopped()) return
    await pool.query(`vacuum (analyze) ${escapeIdentifier(name)}`)
  }
}
