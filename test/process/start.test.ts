import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { freePort } from '#test/server/free-port.ts'

import { command, firstRunIn, start, untilReady, type Ended } from './product.ts'

let scratch: string
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'codelace-start-'))
})
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true })
})

const masterKey = () => randomBytes(32).toString('base64')
const dataFolder = (name: string) => join(scratch, name)

/** What a person sees when a start fails: exactly what they need, nothing of our insides. */
function expectRefusal({ exitCode, out, err }: Ended, sentence: RegExp): void {
  expect(err).toMatch(sentence)
  expect(exitCode).toBe(1)
  expect(out).toBe('')
  expect(err).not.toMatch(/\n\s+at /)
  expect(err).not.toContain('node:internal')
  expect(err.startsWith('Error: ')).toBe(true)
}

describe('a start that cannot succeed says one clear sentence and exits with 1', () => {
  test('the port is taken', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    const environment = { PORT: String(port), CODELACE_DATA: dataFolder('port') }
    const ended = await start('main', { environment }).ended
    expectRefusal(ended, new RegExp(`Port ${port} on 127.0.0.1 is taken .* set PORT`))
    expect(existsSync(join(dataFolder('port'), 'first-run.json'))).toBe(false)
    // Everything was let go of: the same folder can be used at once.
    const again = start('main', { environment: { ...environment, PORT: '0' } })
    await expect.poll(() => again.out(), { timeout: 60_000 }).toContain('is listening on')
    again.child.kill('SIGTERM')
    expect((await again.ended).exitCode).toBe(0)
    other.close()
  }, 120_000)

  test.each([
    ['a file', () => join(scratch, 'a-file')],
    ['inside a file', () => join(scratch, 'a-file', 'inside')],
    ['where nothing can be made', () => '/proc/codelace-data'],
    ['inside a device', () => '/dev/null/data'],
  ])('the data folder is %s', async (_, path) => {
    writeFileSync(join(scratch, 'a-file'), 'x')
    const environment = { PORT: '0', CODELACE_DATA: path() }
    const ended = await start('main', { environment }).ended
    expectRefusal(ended, /^Error: The data folder .* cannot be (made|used) .* CODELACE_DATA /)
    expect(ended.err.trim().split('\n')).toHaveLength(1)
  })

  test('the database is down; its password is not shown', async () => {
    const environment = {
      PORT: '0',
      CODELACE_DATA: dataFolder('down'),
      DATABASE_URL: 'postgres://me:password-canary@127.0.0.1:1/books',
      CODELACE_MASTER_KEY: masterKey(),
    }
    const ended = await start('main', { environment }).ended
    expectRefusal(ended, /The database "books" at 127.0.0.1:1 .* Check DATABASE_URL/)
    expect(ended.err).not.toContain('canary')
  })

  test('settings and file are wrong: every mistake at once', async () => {
    const config = join(scratch, 'wrong.json')
    writeFileSync(config, '{"models": [{"id": 5}], "unknown": true}')
    const environment = {
      PORT: 'http',
      CODELACE_DRAIN_SECONDS: 'long',
      CODELACE_CONFIG: config,
      CODELACE_DATA: dataFolder('wrong'),
    }
    const ended = await start('main', { environment }).ended
    expectRefusal(ended, /^Error: There are \d+ mistakes in the configuration:/)
    for (const part of ['PORT', 'CODELACE_DRAIN_SECONDS', 'wrong.json:1', 'unknown']) {
      expect(ended.err).toContain(part)
    }
    expect(existsSync(dataFolder('wrong'))).toBe(false)
  })

  test.each([
    ['in production', { NODE_ENV: 'production' }],
    ['in production, and it is not one', { NODE_ENV: 'production', CODELACE_MASTER_KEY: 'x' }],
    ['and its file is not there', { CODELACE_MASTER_KEY_FILE: '/nowhere/key' }],
  ])('the master key is missing: %s', async (_, more) => {
    const environment = { PORT: '0', CODELACE_DATA: dataFolder('keyless'), ...more }
    const ended = await start('main', { environment }).ended
    expectRefusal(ended, /CODELACE_MASTER_KEY|master key/)
    expect(ended.err.trim().split('\n')).toHaveLength(1)
  })

  test('the journal belongs to another node', async () => {
    const folder = dataFolder('foreign')
    const environment = { PORT: '0', CODELACE_DATA: folder }
    const server = start('main', { environment })
    await expect.poll(() => server.out(), { timeout: 60_000 }).toContain('is listening on')
    server.child.kill('SIGTERM')
    await server.ended
    writeFileSync(join(folder, 'node-id'), 'node_ABCDEFGHIJKLMNOPQRST\n')
    expectRefusal(
      await start('main', { environment }).ended,
      /^Error: The journal cannot be used: /,
    )
    writeFileSync(join(folder, 'node-id'), 'nonsense')
    expectRefusal(await start('main', { environment }).ended, /node-id does not hold the name/)
  }, 120_000)
})

describe('the first start and the next', () => {
  test('the keys are shown once, everything is kept, and a second process is refused', async () => {
    const folder = dataFolder('twice')
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const environment = { PORT: String(port), CODELACE_DATA: folder }

    const first = start('main', { environment })
    await untilReady(url, first)
    const firstRun = firstRunIn(folder)
    expect(firstRun.url).toBe(url)
    expect(first.out()).toContain(firstRun.api_key)
    expect(first.out()).toContain('OPENAI_API_KEY')
    expect(statSync(join(folder, 'first-run.json')).mode & 0o777).toBe(0o600)

    const second = await start('main', { environment: { ...environment, PORT: '0' } }).ended
    expectRefusal(second, /The data folder .* is in use by process \d+/)

    first.child.kill('SIGTERM')
    expect((await first.ended).exitCode).toBe(0)
    const otherPort = await freePort()
    const otherUrl = `http://127.0.0.1:${otherPort}`
    const again = start('main', { environment: { ...environment, PORT: String(otherPort) } })
    await untilReady(otherUrl, again)
    expect(firstRunIn(folder)).toEqual({ ...firstRun, url: otherUrl })
    const credits = await fetch(`${otherUrl}/v1/credits`, {
      headers: { authorization: `Bearer ${firstRun.api_key}` },
    })
    expect(await credits.json()).toMatchObject({ data: { total_credits: 5 } })
    again.child.kill('SIGTERM')
    const { out, err } = await again.ended
    for (const secret of [firstRun.api_key, firstRun.operator_token]) {
      expect(out + err + first.err()).not.toContain(secret)
    }
    expect(out.split('\n').length).toBeLessThan(5)
  }, 120_000)
})

describe('production', () => {
  test('nothing is made or shown by itself; setup does it, once', async () => {
    const folder = dataFolder('production')
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const environment = {
      NODE_ENV: 'production',
      PORT: String(port),
      CODELACE_DATA: folder,
      CODELACE_MASTER_KEY: masterKey(),
      CODELACE_STOP_DELAY_SECONDS: '0',
    }
    const bare = start('main', { environment })
    await untilReady(url, bare)
    expect(readdirSync(folder)).not.toContain('first-run.json')
    expect(readdirSync(folder)).not.toContain('master.key')
    expect(bare.out()).not.toContain('cl_')
    const busy = await command(['setup'], environment)
    expectRefusal(busy, /is in use by process/)
    bare.child.kill('SIGTERM')
    await bare.ended

    const made = await command(['setup', '--json'], environment)
    expect(made).toMatchObject({ exitCode: 0, err: '' })
    expect(JSON.parse(made.out)).toEqual({ created: true, ...firstRunIn(folder) })
    const repeated = await command(['setup'], environment)
    expect(repeated.exitCode).toBe(0)
    expect(repeated.out).toContain('set up before; nothing changed')
    const lost = await command(['setup', '--new-token', '--json'], environment)
    const { operator_token: token } = JSON.parse(lost.out)

    const server = start('main', { environment })
    await untilReady(url, server)
    for (const known of [token, firstRunIn(folder).operator_token]) {
      const accounts = await fetch(`${url}/api/accounts`, {
        headers: { authorization: `Bearer ${known}` },
      })
      expect(await accounts.json()).toMatchObject({
        data: [{ role: 'customer' }, { role: 'operator' }],
      })
    }
    server.child.kill('SIGTERM')
    expect((await server.ended).exitCode).toBe(0)
  }, 180_000)
})
