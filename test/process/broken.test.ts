import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { sql } from 'kysely'
import { expect, test } from 'vitest'

import { makeDatabase } from '#test/database/database-fixture.ts'
import { freePort } from '#test/server/free-port.ts'

import { firstRunIn, start, untilReady } from './product.ts'

test('a process whose node id another one took over says so, takes no new work, and ends with 1', async () => {
  const made = await makeDatabase('server')
  const dataFolder = mkdtempSync(join(tmpdir(), 'codelace-broken-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const server = start('main', {
    environment: {
      PORT: String(port),
      CODELACE_DATA: dataFolder,
      DATABASE_URL: made.url ?? '',
      CODELACE_MASTER_KEY: randomBytes(32).toString('base64'),
    },
  })
  try {
    await untilReady(url, server)
    // What the start of a second process with a copy of the data folder does.
    await sql`update node set epoch = epoch + 1`.execute(made.database.db)
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${firstRunIn(dataFolder).api_key}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ model: 'sim/echo', messages: [{ role: 'user', content: 'Hi' }] }),
    })
    expect(answer.status).toBe(503)
    const { exitCode, err } = await server.ended
    expect(exitCode).toBe(1)
    const line = err.split('\n').find((one) => one.includes('"event":"broken"')) ?? '{}'
    expect(JSON.parse(line)).toMatchObject({
      level: 'alarm',
      reason: 'another process uses the id of this node',
    })
  } finally {
    server.child.kill('SIGKILL')
    await server.ended
    await made.drop()
    rmSync(dataFolder, { recursive: true, force: true })
  }
}, 120_000)
