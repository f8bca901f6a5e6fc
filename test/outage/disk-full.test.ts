import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { makePostgresLedgerStore } from '#adapters/postgres/ledger/store.ts'
import { assert } from '#domain/faults.ts'
import { makeDatabase } from '#test/database/database-fixture.ts'
import { readBooks } from '#test/killloop/books.ts'
import { startClients } from '#test/killloop/clients.ts'
import { firstRunIn } from '#test/process/product.ts'
import { freePort } from '#test/server/free-port.ts'
import { until } from '#test/server/until.ts'

const projectFolder = join(import.meta.dirname, '..', '..')
const megabyte = 1024 * 1024
/** Room for the journal's reserve and a little more. */
const diskMegabytes = 40

describe('a data folder on a disk that fills up under load', () => {
  it('refuses new requests within a second, loses no charge, and resumes by itself', async () => {
    const made = await makeDatabase('server')
    const product = await startOnSmallDisk(made.url ?? '')
    const clients = startClients(16, () => product.target)
    try {
      await until(() => clients.acknowledged.length > 50 || undefined, {
        timeoutMs: 20_000,
        what: 'the load is served',
      })
      const fullMs = product.fill()
      await until(() => clients.refusals.get(503) ?? undefined, {
        timeoutMs: 5_000,
        what: 'a request is refused with 503',
      })
      const refusedAfterMs = performance.now() - fullMs
      expect((await fetch(`${product.target.url}/readyz`)).status).toBe(503)
      const acknowledgedWhileFull = clients.acknowledged.length

      product.free()
      const freedMs = performance.now()
      await until(() => clients.acknowledged.length > acknowledgedWhileFull + 20 || undefined, {
        timeoutMs: 20_000,
        what: 'the load is served again',
      })
      const resumedAfterMs = performance.now() - freedMs
      process.stdout.write(
        `disk full: refused after ${Math.round(refusedAfterMs)} ms, resumed after ${Math.round(resumedAfterMs)} ms, statuses ${JSON.stringify([...clients.refusals])}\n`,
      )
      expect(refusedAfterMs).toBeLessThan(1_000)
      expect(resumedAfterMs).toBeLessThan(5_000)
      await clients.stop()
      expect(await product.stop()).toBe(0)
      expect(await readBooks(made.database, clients.acknowledged)).toMatchObject({
        lost: [],
        wrong: [],
        doubled: [],
        revenueDifference: 0n,
        openLeaseCount: 0,
      })
      expect(await makePostgresLedgerStore(made.database).verify()).toEqual([])
      // What is refused for want of disk is the house's fault, never the customer's.
      expect([...clients.refusals.keys()]).toEqual([503])
    } finally {
      await clients.stop()
      await product.stop()
      await made.drop()
    }
  }, 120_000)
})

/**
 * Starts the server with its data folder on a small file system of its own, in a mount namespace that
 * needs no rights; the folder is reached from here through the process's root.
 */
async function startOnSmallDisk(databaseUrl: string) {
  const scratch = mkdtempSync(join(tmpdir(), 'codelace-disk-'))
  const port = await freePort()
  const mountAndRun = `mount -t tmpfs -o size=${diskMegabytes}m tmpfs "$0" && exec "$1" src/app/main.ts`
  const child = spawn(
    'unshare',
    ['--user', '--map-root-user', '--mount', 'sh', '-c', mountAndRun, scratch, process.execPath],
    {
      cwd: projectFolder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'] ?? '',
        PORT: String(port),
        DATABASE_URL: databaseUrl,
        CODELACE_DATA: join(scratch, 'data'),
        CODELACE_MASTER_KEY: randomBytes(32).toString('base64'),
      },
    },
  )
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const url = `http://127.0.0.1:${port}`
  await until(
    async () => {
      assert(child.exitCode === null, `the server ended: ${output}`)
      return (await fetch(`${url}/readyz`).catch(() => undefined))?.ok || undefined
    },
    { timeoutMs: 60_000, what: 'the server is ready' },
  )
  const inside = join(`/proc/${child.pid}/root`, scratch)
  const { api_key, operator_token, account_id } = firstRunIn(join(inside, 'data'))
  await fund({ url, operatorToken: operator_token, accountId: account_id })
  const filler = join(inside, 'filler')
  return {
    target: { url, apiKey: api_key },
    /** Fills the disk to the last byte; returns when that was. */
    fill: () => fill(filler),
    free: () => rmSync(filler),
    async stop() {
      child.kill('SIGTERM')
      const exitCode = await ended
      rmSync(scratch, { recursive: true, force: true })
      return exitCode
    },
  }
}

function fill(filler: string): number {
  writeFileSync(filler, '')
  for (const size of [megabyte, 4096, 1]) {
    const piece = Buffer.alloc(size)
    for (let written = 0; written < diskMegabytes * megabyte; written += size) {
      try {
        appendFileSync(filler, piece)
      } catch {
        break
      }
    }
  }
  return performance.now()
}

async function fund(server: {
  url: string
  operatorToken: string
  accountId: string
}): Promise<void> {
  const response = await fetch(`${server.url}/api/accounts/${server.accountId}/grants`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${server.operatorToken}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ amount: '1000', kind: 'paid', effect_key: 'disk-full' }),
  })
  assert(response.ok, `the grant was answered ${response.status}`)
}
