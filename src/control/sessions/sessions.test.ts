import { beforeEach, describe, expect, test } from 'vitest'

import { hashKey } from '#control/keys/hash-key.ts'
import { parseApiKey } from '#domain/keys.ts'
import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'
import { freshEmail, join, lastCode, signIn, stepUp } from '#test/control/people.ts'

const dayMs = 24 * 60 * 60_000

let harness: ControlHarness
beforeEach(async () => {
  harness = await makeControlHarness()
})

const codeOf = async (token: string, target = 'GET /api/me') =>
  (await harness.call(target, { token })).body.error?.code ?? 'ok'

describe('a session token', () => {
  test('has 256 random bits, is no API key, and is kept as a hash only', async () => {
    const { token, session } = await signIn(harness)
    expect(token).toMatch(/^cl_s[0-9A-Za-z]{49}$/)
    expect(parseApiKey(token)).toBeUndefined()
    const found = await harness.parts.sessions.findByToken(await hashKey(token))
    expect(found?.session.id).toBe(session.id)
    expect(JSON.stringify(found)).not.toContain(token.slice(4))
  })

  test('that is mistyped, or that nobody made, opens nothing', async () => {
    const { token } = await signIn(harness)
    expect(await codeOf(`${token.slice(0, -1)}x`)).toBe('invalid_api_key')
    expect(await codeOf(token.slice(0, -1))).toBe('invalid_api_key')
    expect(await codeOf(token)).toBe('ok')
  })

  test('what the store keeps of it cannot be used in its place', async () => {
    const { token } = await signIn(harness)
    const hash = Buffer.from(await hashKey(token))
    for (const text of [
      hash.toString('hex'),
      hash.toString('base64'),
      hash.toString('base64url'),
    ]) {
      expect(await codeOf(text)).toBe('invalid_api_key')
      expect(await codeOf(`cl_s${text}`)).toBe('invalid_api_key')
    }
  })

  test('is replaced by every proof: the one before opens nothing from then on', async () => {
    const person = await signIn(harness)
    const newer = await stepUp(harness, person, 'change_email')
    expect(newer).not.toBe(person.token)
    expect(await codeOf(person.token)).toBe('session_ended')
    expect(await codeOf(newer)).toBe('ok')
    const again = await signIn(harness, person.email)
    expect([again.token, newer]).not.toContain(person.token)
  })
})

describe('the life of a session', () => {
  test('ends after seven days without use', async () => {
    const { token } = await signIn(harness)
    harness.clock.value += 7 * dayMs - 1
    expect(await codeOf(token)).toBe('ok')
    harness.clock.value += 7 * dayMs - 1
    expect(await codeOf(token)).toBe('ok')
    harness.clock.value += 7 * dayMs
    expect(await codeOf(token)).toBe('session_ended')
  })

  test('ends after thirty days, however much it is used', async () => {
    const { token, session } = await signIn(harness)
    const begunMs = new Date(session.created_at).getTime()
    expect(new Date(session.expires_at).getTime()).toBe(begunMs + 30 * dayMs)
    for (let day = 1; day < 30; day += 1) {
      harness.clock.value = begunMs + day * dayMs
      expect(await codeOf(token)).toBe('ok')
    }
    harness.clock.value = begunMs + 30 * dayMs
    expect(await codeOf(token)).toBe('session_ended')
  })

  test('of someone who runs the installation: thirty minutes, and twelve hours', async () => {
    const email = await join(harness, harness.operator.id, 'owner')
    const idle = await signIn(harness, email)
    harness.clock.value += 30 * 60_000 - 1
    expect(await codeOf(idle.token)).toBe('ok')
    harness.clock.value += 30 * 60_000
    expect(await codeOf(idle.token)).toBe('session_ended')
    const { token, session } = await signIn(harness, email)
    const begunMs = new Date(session.created_at).getTime()
    for (let minutes = 20; minutes < 12 * 60; minutes += 20) {
      harness.clock.value = begunMs + minutes * 60_000
      expect(await codeOf(token)).toBe('ok')
    }
    harness.clock.value = begunMs + 12 * 60 * 60_000
    expect(await codeOf(token)).toBe('session_ended')
  })
})

describe('the list of sessions', () => {
  test('tells device, place, begin and use of each, and never a token', async () => {
    const email = freshEmail()
    const headers = {
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko Firefox/130.0',
    }
    const one = await signIn(harness, email, { headers, address: '203.0.113.77' })
    const two = await signIn(harness, email)
    const { status, body } = await harness.call('GET /api/me/sessions', { token: two.token })
    expect(status).toBe(200)
    expect(body.data).toMatchObject([
      { id: two.session.id, is_current: true, device: 'an unknown device' },
      {
        id: one.session.id,
        is_current: false,
        device: 'Firefox on Linux',
        place: '203.0.113.0/24',
        authenticated_by: 'code',
      },
    ])
    const text = JSON.stringify(body)
    for (const token of [one.token, two.token]) expect(text).not.toContain(token)
    expect(text).not.toContain('cl_s')
  })

  test('holds at most twenty: the one unused for longest makes room', async () => {
    const email = freshEmail()
    const first = await signIn(harness, email)
    let last = first
    for (let count = 0; count < 20; count += 1) {
      harness.clock.value += 2 * 3_600_000
      last = await signIn(harness, email)
    }
    const { body } = await harness.call('GET /api/me/sessions', { token: last.token })
    expect(body.data).toHaveLength(20)
    expect(await codeOf(first.token)).toBe('session_ended')
  })
})

describe('ending sessions', () => {
  test('takes a fresh proof for just that; then one, all others, or all end at once', async () => {
    const email = freshEmail()
    const [one, two, three] = [
      await signIn(harness, email),
      await signIn(harness, email),
      await signIn(harness, email),
    ]
    const path = `DELETE /api/me/sessions/${one.session.id}`
    const refused = await harness.call(path, { token: three.token })
    expect([refused.status, refused.body.error.code]).toEqual([403, 'step_up_required'])
    expect(refused.body.error.metadata.action).toBe('end_sessions')
    const wrong = await stepUp(harness, three, 'create_key')
    expect(await codeOf(wrong, path)).toBe('step_up_required')
    harness.clock.value += 3_600_000
    const token = await stepUp(harness, { token: wrong, email }, 'end_sessions')
    expect((await harness.call(path, { token })).body).toEqual({ data: { ended: 1 } })
    expect(await codeOf(one.token)).toBe('session_ended')
    expect(await codeOf(path.replace('DELETE ', 'x'), path)).toBe('invalid_api_key')
    const others = await harness.call('DELETE /api/me/sessions', { token })
    expect(others.body).toEqual({ data: { ended: 1 } })
    expect(await codeOf(two.token)).toBe('session_ended')
    expect(await codeOf(token)).toBe('ok')
    await harness.call('DELETE /api/me/sessions?keep=none', { token })
    expect(await codeOf(token)).toBe('session_ended')
  })

  test('of someone else is not there', async () => {
    const mine = await signIn(harness)
    const other = await signIn(harness)
    const token = await stepUp(harness, mine, 'end_sessions')
    const path = `DELETE /api/me/sessions/${other.session.id}`
    const answer = await harness.call(path, { token })
    expect([answer.status, answer.body.error.code]).toEqual([404, 'session_not_found'])
    expect(await codeOf(other.token)).toBe('ok')
  })

  test('signing out takes no proof', async () => {
    const { token } = await signIn(harness)
    const { status } = await harness.call('POST /api/me/sign-out', { token })
    expect(status).toBe(200)
    expect(await codeOf(token)).toBe('session_ended')
  })
})

describe('a fresh proof', () => {
  test('counts for five minutes', async () => {
    const person = await signIn(harness)
    const token = await stepUp(harness, person, 'end_sessions')
    harness.clock.value += 5 * 60_000
    expect(await codeOf(token, 'DELETE /api/me/sessions')).toBe('ok')
    harness.clock.value += 1
    expect(await codeOf(token, 'DELETE /api/me/sessions')).toBe('step_up_required')
  })

  test('a session of a day ago is asked for one everywhere it takes one', async () => {
    const { token } = await signIn(harness)
    harness.clock.value += dayMs
    const body = { email: freshEmail() }
    const targets = [
      ['POST /api/me/email-change', body],
      ['POST /api/me/email-change/chal_x/confirm', { code: '1' }],
      ['DELETE /api/me/sessions', undefined],
      ['DELETE /api/me/sessions/ses_x', undefined],
      ['DELETE /api/me/passkeys/pk_x', undefined],
      ['POST /api/me/passkeys/options', {}],
    ] as const
    for (const [target, sent] of targets) {
      const answer = await harness.call(target, { token, body: sent })
      const { status, body: said } = answer
      expect([target, status, said.error.code]).toEqual([target, 403, 'step_up_required'])
    }
  })

  test('of another person, or for signing in, is no proof', async () => {
    const mine = await signIn(harness)
    const other = await signIn(harness)
    harness.clock.value += 31_000
    const asked = await harness.call('POST /api/me/step-up', {
      token: other.token,
      body: { action: 'end_sessions' },
    })
    const id = asked.body.data.challenge_id
    const code = await lastCode(harness, other.email)
    const verify = { token: mine.token, body: { code } }
    const foreign = await harness.call(`POST /api/me/step-up/${id}/verify`, verify)
    expect(foreign.body.error.code).toBe('challenge_over')
    const path = `POST /api/sign-in/challenges/${id}/verify`
    const crossed = await harness.call(path, { token: null, body: { code } })
    expect(crossed.body.error.code).toBe('challenge_over')
  })
})

describe('mail notices', () => {
  test('a sign-in from a new device or network is told, the first one and a known one are not', async () => {
    const email = freshEmail()
    const subjects = async () => {
      await harness.parts.post.deliver()
      const mails = harness.parts.post.outbox?.() ?? []
      return mails.filter(({ to, subject }) => to === email && !subject.includes('sign-in code'))
    }
    await signIn(harness, email)
    await signIn(harness, email)
    expect(await subjects()).toHaveLength(0)
    await signIn(harness, email, { address: '203.0.113.5' })
    const [notice, ...more] = await subjects()
    expect(more).toEqual([])
    expect(notice?.subject).toBe('New sign-in to codelace')
    expect(notice?.text).toContain('203.0.113.0/24')
  })
})
