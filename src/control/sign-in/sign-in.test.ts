import { beforeEach, describe, expect, test } from 'vitest'

import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'
import { askForCode, freshEmail, lastCode, signIn, signUpFacts } from '#test/control/people.ts'

let harness: ControlHarness
beforeEach(async () => {
  harness = await makeControlHarness()
})

const email = 'ada@example.com'
const verify = (id: string, body: unknown, address?: string) =>
  harness.call(`POST /api/sign-in/challenges/${id}/verify`, {
    ...{ token: null, body },
    ...(address === undefined ? {} : { address }),
  })
const open = async (to = email, address?: string) => {
  const { body } = await askForCode(harness, to, address === undefined ? {} : { address })
  return { id: body.data.challenge_id as string, code: await lastCode(harness, to) }
}

describe('the first sign-in of an address', () => {
  test('asks, after the code was right and not before, for what a sign-up takes', async () => {
    const { id, code } = await open()
    const wrong = code.startsWith('9') ? '000000' : '999999'
    expect((await verify(id, { code: wrong })).body.error.code).toBe('wrong_code')
    const asked = await verify(id, { code })
    expect([asked.status, asked.body.error.code]).toEqual([409, 'sign_up_required'])
    expect(asked.body.error.metadata).toMatchObject({ consent_ages: { usual: 13 } })
    const made = await verify(id, { code, sign_up: { ...signUpFacts, display_name: 'Ada' } })
    expect(made.status).toBe(200)
    expect(made.body.data).toMatchObject({ is_new: true, offer_passkey: true })
    const { me } = made.body.data
    expect(me).toMatchObject({
      email,
      display_name: 'Ada',
      age_statement: 'adult',
      policies_to_accept: [],
      is_operator: false,
      accounts: [{ display_name: 'Ada', role: 'owner', kind: 'customer', status: 'active' }],
    })
    const account = await harness.parts.accounts.find(me.accounts[0].id)
    expect(account).toMatchObject({ region: 'DE', email })
  })

  test('an old policy, or none, or no age, makes nobody; the code is still good afterwards', async () => {
    const { id, code } = await open()
    const old = { ...signUpFacts, accepted_privacy_policy: '2020-01-01' }
    expect((await verify(id, { code, sign_up: old })).body.error.code).toBe('conflict')
    for (const missing of ['age_statement', 'country', 'accepted_privacy_policy']) {
      const facts: Record<string, unknown> = { ...signUpFacts }
      delete facts[missing]
      const answer = await verify(id, { code, sign_up: facts })
      expect([answer.status, answer.body.error.param]).toEqual([400, `sign_up.${missing}`])
    }
    expect((await verify(id, { code, sign_up: signUpFacts })).status).toBe(200)
  })

  test.each([
    { role: 'operator' },
    { balance: '100' },
    { email_verified: true },
    { account_id: 'acct_1' },
    { display_name: 'a\u202eb' },
    { display_name: 'a\u200bb' },
    { display_name: '\u3164' },
    { display_name: `e${'\u0301'.repeat(8)}` },
    { display_name: 'x'.repeat(101) },
    { display_name: 'a\r\nBcc: eve@example.com' },
    { country: 'Germany' },
    { age_statement: 'child' },
  ])('400: a sign-up with %j', async (more) => {
    const { id, code } = await open()
    const answer = await verify(id, { code, sign_up: { ...signUpFacts, ...more } })
    expect([answer.status, answer.body.error.code]).toEqual([400, 'invalid_request'])
    expect(await harness.parts.people.findByEmail(email)).toBeUndefined()
  })

  test('__proto__ and constructor in a body set nothing', async () => {
    const { id, code } = await open()
    for (const name of ['__proto__', 'constructor', 'prototype']) {
      const text = `{"code":"${code}","${name}":{"role":"operator"}}`
      expect((await verify(id, text)).status).toBe(400)
    }
    expect(Object.prototype).not.toHaveProperty('role')
  })
})

describe('a code', () => {
  test('is good once', async () => {
    await signIn(harness, email)
    harness.clock.value += 31_000
    const { id, code } = await open()
    expect((await verify(id, { code })).status).toBe(200)
    const again = await verify(id, { code })
    expect([again.status, again.body.error.code]).toEqual([404, 'challenge_over'])
  })

  test('a hundred right codes at once begin one session', async () => {
    await signIn(harness, email)
    harness.clock.value += 31_000
    const { id, code } = await open()
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => verify(id, { code }, `198.51.100.${index}`)),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(99)
  })

  test('of one browser is no good to another that asked for the same address', async () => {
    await signIn(harness, email)
    harness.clock.value += 31_000
    const mine = await open()
    harness.clock.value += 31_000
    const theirs = await open(email, '203.0.113.9')
    const crossed = await verify(theirs.id, { code: mine.code })
    expect(crossed.body.error.code).toBe('wrong_code')
    expect((await verify(mine.id, { code: mine.code })).status).toBe(200)
  })

  test('is over after five minutes, and after five wrong ones', async () => {
    const first = await open()
    harness.clock.value += 5 * 60_000
    expect((await verify(first.id, { code: first.code })).body.error.code).toBe('challenge_over')
    const second = await open()
    for (const left of [4, 3, 2, 1, 0]) {
      const wrong = await verify(second.id, { code: 'WRONG' })
      expect(wrong.body.error.metadata.tries_left).toBe(left)
    }
    expect((await verify(second.id, { code: second.code })).body.error.code).toBe('challenge_over')
  })

  test('can be typed as people type', async () => {
    const { id, code } = await open()
    const typed = ` ${code.replace(' ', '\u2013')} `
    expect((await verify(id, { code: typed })).body.error.code).toBe('sign_up_required')
  })

  test.each(['chal_none', 'nonsense', '%00', 'chal_%F0%9F%98%80'])(
    'with the id %s was never asked for',
    async (id) => {
      const answer = await verify(id, { code: '123456' })
      expect([answer.status, answer.body.error.code]).toEqual([404, 'challenge_over'])
    },
  )

  test('stands in no subject, no event, no report and no answer', async () => {
    const { id, code } = await open()
    await verify(id, { code: 'WRONG' })
    await verify(id, { code, sign_up: signUpFacts })
    const plain = code.replace(' ', '')
    const [mail] = harness.parts.post.outbox?.() ?? []
    expect(mail?.subject).not.toMatch(/\d/)
    const all = { personId: null, accountId: null, limit: 100, after: null }
    const events = await harness.parts.securityEvents.list(all)
    expect(events.length).toBeGreaterThan(2)
    const written = JSON.stringify([harness.events, events], (_, value: unknown) =>
      typeof value === 'bigint' ? `${value}` : value,
    )
    for (const secret of [plain, code, id]) expect(written).not.toContain(secret)
  })
})

describe('limits of codes', () => {
  test('one in 30 seconds and five in an hour for an address, whoever asks and whether it is known', async () => {
    await signIn(harness, email)
    harness.clock.value += 2 * 3_600_000
    for (const address of [email, freshEmail()]) {
      expect((await askForCode(harness, address)).status).toBe(201)
      const soon = await askForCode(harness, address)
      expect([soon.status, soon.body.error.code]).toEqual([429, 'rate_limit_exceeded'])
      expect(soon.headers.get('retry-after')).toBe('30')
    }
  })

  test('strangers cannot use up the last code of the hour: it is kept for where the owner comes from', async () => {
    await signIn(harness, email)
    harness.clock.value += 2 * 3_600_000
    const statuses: number[] = []
    for (let count = 0; count < 6; count += 1) {
      const address = `203.0.113.${count}`
      statuses.push((await askForCode(harness, email, { address })).status)
      harness.clock.value += 31_000
    }
    expect(statuses).toEqual([201, 201, 201, 201, 429, 429])
    expect((await askForCode(harness, email)).status).toBe(201)
    harness.clock.value += 31_000
    expect((await askForCode(harness, email)).status).toBe(429)
  })

  test('twenty in an hour for a network, over all addresses', async () => {
    const address = '203.0.113.77'
    for (let count = 0; count < 20; count += 1) {
      expect((await askForCode(harness, freshEmail(), { address })).status).toBe(201)
    }
    expect((await askForCode(harness, freshEmail(), { address })).status).toBe(429)
    expect((await askForCode(harness, freshEmail())).status).toBe(201)
  })

  test('burning a code that I did not ask for does not stop mine', async () => {
    await signIn(harness, email)
    harness.clock.value += 31_000
    const mine = await open()
    harness.clock.value += 31_000
    const theirs = await open(email, '203.0.113.9')
    for (let count = 0; count < 6; count += 1) await verify(theirs.id, { code: 'WRONG' })
    expect((await verify(mine.id, { code: mine.code })).status).toBe(200)
  })

  test('where it was guessed at, codes are long instead of the owner being locked out', async () => {
    await signIn(harness, email)
    harness.clock.value += 2 * 3_600_000
    for (const address of ['203.0.113.1', '203.0.113.2']) {
      const { id } = await open(email, address)
      for (let count = 0; count < 5; count += 1) await verify(id, { code: 'WRONG' })
      harness.clock.value += 31_000
    }
    const asked = await askForCode(harness, email)
    expect(asked.body.data.code).toEqual({ length: 10, characters: 'letters_and_digits' })
    const code = await lastCode(harness, email)
    const typed = code.toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l')
    expect((await verify(asked.body.data.challenge_id, { code: typed })).status).toBe(200)
  })
})

describe('whether an address is known', () => {
  test('is not told: status, body and headers are the same', async () => {
    await signIn(harness, email)
    harness.clock.value += 31_000
    const shapeOf = ({ status, headers, body }: Awaited<ReturnType<typeof askForCode>>) => {
      const { challenge_id: _, ...data } = body.data
      const names = [...headers].filter(([name]) => name !== 'x-request-id')
      return { status, data, names }
    }
    const known = await askForCode(harness, email)
    const unknown = await askForCode(harness, freshEmail())
    expect(shapeOf(unknown)).toEqual(shapeOf(known))
  })

  test.each([
    ...['', 'x', 'ada@localhost', 'ada@127.0.0.1', 'ada@example.com,eve@example.com'],
    ...['ada@example.com\r\nBcc: eve@example.com', `${'a'.repeat(400)}@example.com`, 7, null],
  ])('400: %j is no address', async (text) => {
    const body = { email: text }
    const answer = await harness.call('POST /api/sign-in/challenges', { token: null, body })
    expect([answer.status, answer.body.error.param]).toEqual([400, 'email'])
  })

  test('an address is one whatever its case, its spaces or the script of its domain', async () => {
    const { me } = await signIn(harness, 'ada@xn--bcher-kva.example')
    const asked = await askForCode(harness, '  ADA@BÜCHER.example ')
    expect(asked.status).toBe(429)
    harness.clock.value += 31_000
    const { body } = await askForCode(harness, '  ADA@BÜCHER.example ')
    const code = await lastCode(harness, 'ada@xn--bcher-kva.example')
    const answer = await verify(body.data.challenge_id, { code })
    expect(answer.body.data.me.id).toBe(me.id)
  })

  test('without a way to send mail nobody is sent a code, and passkeys are pointed to', async () => {
    Object.assign(harness.parts.post, { isOpen: false })
    const answer = await askForCode(harness, email)
    expect([answer.status, answer.body.error.code]).toEqual([503, 'mail_unavailable'])
  })
})

describe('the outbox', () => {
  const outbox = async (origin: string, address: string) => {
    const { createControl } = await import('#control/serve.ts')
    const control = createControl(harness.parts, '{}')
    const request = new Request(`${origin}/api/sign-in/outbox`)
    return (await control.fetch(request, { address })).status
  }

  test('is there only on a machine of one’s own, called by its own name from itself', async () => {
    await askForCode(harness, email)
    expect(await outbox('http://localhost:8080', '127.0.0.1')).toBe(200)
    expect(await outbox('http://[::1]:8080', '::1')).toBe(200)
    expect(await outbox('http://evil.example:8080', '127.0.0.1')).toBe(404)
    expect(await outbox('http://localhost:8080', '192.0.2.1')).toBe(404)
    Object.assign(harness.parts.house, { isOwnMachine: false })
    expect(await outbox('http://localhost:8080', '127.0.0.1')).toBe(404)
  })
})
