import { beforeEach, describe, expect, test } from 'vitest'

import { liveStreamsPerAccountMax } from '#domain/account-limits.ts'
import type { GenerationRecord } from '#domain/generation.ts'
import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'
import { signIn, type SignedIn } from '#test/control/people.ts'

let harness: ControlHarness
let ada: SignedIn
beforeEach(async () => {
  harness = await makeControlHarness()
  ada = await signIn(harness)
})

/** A stream that is read event by event. */
async function open(query = '', lastEventId?: string, token = ada.token) {
  const url = `http://codelace.test/api/accounts/${ada.accountId}/requests/stream${query}`
  const headers = new Headers({ authorization: `Bearer ${token}` })
  if (lastEventId !== undefined) headers.set('last-event-id', lastEventId)
  const response = await harness.fetch(new Request(url, { headers }), { address: '192.0.2.1' })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const next = async (): Promise<string | null> => {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end !== -1) {
        const event = text.slice(0, end)
        text = text.slice(end + 2)
        if (!event.startsWith(': you will hear')) return event
        continue
      }
      const read = await reader?.read()
      if (read === undefined || read.done) return null
      text += read.value
    }
  }
  return { response, next, cancel: () => reader?.cancel() }
}

/** Lines that another process wrote, and what it announced of them. */
async function write(...lines: readonly GenerationRecord[]): Promise<void> {
  await harness.generations.insert(lines)
  announce(...lines)
}

function announce(...lines: readonly GenerationRecord[]): void {
  const ids = lines.map(({ id }) => id).join(' ')
  harness.parts.requestFeed.announce(`${ada.accountId} ${ids}`)
}

const line = (more: Partial<GenerationRecord> = {}) => harness.make.generation(ada.accountId, more)
const idIn = (event: string | null) => /^id: (\S+)\nevent: request\n/.exec(event ?? '')?.[1]

describe('a live list', () => {
  test('tells of each request as it ends, in the shape of the list, and of nobody else’s', async () => {
    const stream = await open()
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream')
    expect(stream.response.headers.get('cache-control')).toContain('no-store')
    const other = await harness.make.account()
    const foreign = harness.make.generation(other.id)
    const mine = line()
    await harness.generations.insert([foreign])
    announce(foreign)
    await write(mine)
    harness.clock.pass(250)
    const event = await stream.next()
    expect(idIn(event)).toBe(mine.id)
    const listed = await harness.call(`GET /api/accounts/${ada.accountId}/requests`)
    expect(JSON.parse(event?.split('\ndata: ')[1] ?? '')).toEqual(listed.body.data[0])
  })

  test('is narrowed by the filters of the list', async () => {
    const stream = await open('?status=5xx')
    const failed = line({ status: 503 })
    await write(line(), failed)
    expect(idIn(await stream.next())).toBe(failed.id)
    const wrong = `GET /api/accounts/${ada.accountId}/requests/stream?status=abc`
    expect((await harness.call(wrong)).status).toBe(400)
  })

  test('is read from the store once for all who look', async () => {
    let readCount = 0
    const { findAll } = harness.generations
    Object.assign(harness.generations, {
      findAll: (...wish: Parameters<typeof findAll>) => {
        readCount += 1
        return findAll(...wish)
      },
    })
    const streams = await Promise.all(Array.from({ length: 10 }, () => open()))
    const mine = line()
    await write(mine)
    for (const stream of streams) expect(idIn(await stream.next())).toBe(mine.id)
    expect(readCount).toBe(1)
    harness.clock.pass(250)
    for (const stream of streams) await stream.cancel()
    await write(line())
    expect(readCount).toBe(2)
    harness.clock.pass(250)
    harness.clock.pass(60_000)
    await write(line())
    expect(readCount).toBe(2)
  })

  test('goes on after the last event that was heard; what is not remembered is a gap', async () => {
    const first = await open()
    const lines = [line(), line(), line()]
    await write(...lines)
    expect(idIn(await first.next())).toBe(lines[0]?.id)
    await first.cancel()
    const again = await open('', lines[0]?.id)
    expect(idIn(await again.next())).toBe(lines[1]?.id)
    expect(idIn(await again.next())).toBe(lines[2]?.id)
    const stranger = await open('', line().id)
    expect(await stranger.next()).toBe('event: gap\ndata: {}')
  })

  test('of a flood tells the newest, and that there was more', async () => {
    const stream = await open()
    const lines = Array.from({ length: 60 }, () => line())
    await write(...lines)
    expect(await stream.next()).toContain('event: gap')
    for (const one of lines.slice(10)) expect(idIn(await stream.next())).toBe(one.id)
  })

  test('says that announcements may have been missed', async () => {
    const stream = await open()
    harness.parts.requestFeed.announce(null)
    expect(await stream.next()).toContain('event: gap')
  })

  test('says every fifteen seconds that it lives', async () => {
    const stream = await open()
    const beats = stream.next()
    for (let second = 0; second < 16; second += 4) {
      harness.clock.pass(4_000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await beats).toBe(': still here')
  })
})

describe('a live list ends', () => {
  const pass = async (ms: number) => {
    harness.clock.pass(ms)
    await new Promise((resolve) => setImmediate(resolve))
  }

  test('within five seconds of its session', async () => {
    const stream = await open()
    const { sessions } = harness.parts
    await sessions.endAll({ personId: ada.me.id, except: null, nowMs: harness.clock.value })
    await pass(5_000)
    expect(await stream.next()).toBe('event: end\ndata: {"code":"session_ended"}')
    expect(await stream.next()).toBeNull()
  })

  test('when its person is taken out of the account', async () => {
    await harness.make.member(ada.accountId, 'owner')
    const stream = await open()
    await harness.parts.people.removeMembership(ada.me.id, ada.accountId)
    await pass(5_000)
    expect(await stream.next()).toBe('event: end\ndata: {"code":"account_not_found"}')
  })

  test('when the process leaves; then none begins', async () => {
    const stream = await open()
    harness.parts.requestFeed.close()
    expect(await stream.next()).toBe('event: end\ndata: {"code":"service_unavailable"}')
    expect((await open()).response.status).toBe(429)
  })

  test('and makes room: a node has a bound for each account', async () => {
    const streams = await Promise.all(
      Array.from({ length: liveStreamsPerAccountMax }, () => open()),
    )
    const refused = await open()
    expect([refused.response.status, refused.response.headers.get('retry-after')]).toEqual([
      429,
      '10',
    ])
    await streams[0]?.cancel()
    expect((await open()).response.status).toBe(200)
  })

  test('for a reader that takes nothing, before its bytes fill the memory', async () => {
    const stream = await open()
    for (let round = 0; round < 20; round += 1) {
      const lines = Array.from({ length: 50 }, () => line({ userAgent: 'x'.repeat(500) }))
      await write(...lines)
      await pass(250)
    }
    let bytes = 0
    for (let event = await stream.next(); event !== null; event = await stream.next()) {
      bytes += event.length
    }
    expect(bytes).toBeLessThan(512 * 1024)
  })
})

describe('who may look', () => {
  test('401, 403 and 404: as at the list', async () => {
    const path = `GET /api/accounts/${ada.accountId}/requests/stream`
    expect((await harness.call(path, { token: null })).status).toBe(401)
    const eve = await signIn(harness)
    expect((await harness.call(path, { token: eve.token })).body.error.code).toBe(
      'account_not_found',
    )
    const withToken = `${path}?token=${ada.token}`
    expect((await harness.call(withToken, { token: null })).status).toBe(401)
  })
})
