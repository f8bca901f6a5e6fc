import { hash, randomBytes } from 'node:crypto'

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { exchangesPerMinuteMax } from '#domain/account-limits.ts'
import { makePersonId, type PersonId } from '#domain/identifiers.ts'
import { nanoUsd } from '#domain/money.ts'
import { noLimits, noSpendLimits } from '#domain/usage-limits.ts'
import type { ChallengeMethod } from '#ports/auth-codes.ts'
import { newPerson } from '#ports/people.conformance.ts'
import { startGatewayWorld, type GatewayWorld } from '#test/gateway/gateway-world.ts'
import {
  answerWith,
  completion,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '#test/gateway/scripted-upstream.ts'

let upstream: ScriptedUpstream
let world: GatewayWorld
let personId: PersonId

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerWith(200, completion()))
  world = await startGatewayWorld({
    providers: [{ baseUrl: upstream.baseUrl }],
    trustedProxies: ['127.0.0.1'],
  })
})

beforeEach(async () => {
  personId = makePersonId(randomBytes)
  const signUp = {
    person: newPerson({ id: personId }),
    role: 'developer',
    nowMs: Date.now(),
  } as const
  await world.people.signUp({ ...signUp, account: { id: world.customer.accountId } })
})

afterAll(async () => {
  await world.close()
  await upstream.close()
})

let visitCount = 0

/** Each test comes from a network of its own. */
async function exchange(body: unknown, network = `198.51.${visitCount++ % 250}.1`) {
  const response = await fetch(`${world.url}/v1/auth/keys`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': network },
    body: JSON.stringify(body),
  })
  const answer: ReturnType<typeof JSON.parse> = await response.json()
  return { status: response.status, body: answer }
}

const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
/** The example of RFC 7636, appendix B. */
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

/** A code, as a person's consent makes it. */
async function allow(method: ChallengeMethod = 'S256', ageMs = 0): Promise<string> {
  const code = randomBytes(32).toString('hex')
  const nowMs = Date.now() - ageMs
  await world.authCodes.create(
    {
      ...{ accountId: world.customer.accountId, personId, keyName: 'An app', nowMs },
      limits: { ...noLimits, spendNanoUsd: { ...noSpendLimits, month: nanoUsd(5_000_000_000n) } },
      ...{ keyExpiresAt: null, projectId: null, challengeMethod: method },
      appHost: 'app.example',
      challenge: method === 'S256' ? challenge : verifier,
      codeHash: hash('sha256', code, 'buffer'),
      expiresAtMs: nowMs + 600_000,
    },
    20,
  )
  return code
}

describe('a code of an app', () => {
  test('200: the key is known as the one of this app', async () => {
    const { body } = await exchange({ code: await allow(), code_verifier: verifier })
    const secret: string = body.key
    const found = await world.stores.apiKeys.findByHash(hash('sha256', secret, 'buffer'))
    expect(found?.key).toMatchObject({ appHost: 'app.example', createdBy: personId })
  })

  test.each(['S256', 'plain'] as const)(
    '200: is exchanged with its verifier (%s) for a key of the person, which works',
    async (method) => {
      const code = await allow(method)
      const body = { code, code_verifier: verifier, code_challenge_method: method }
      const { status, body: made } = await exchange(body)
      expect([status, made.user_id]).toEqual([200, personId])
      const response = await fetch(`${world.url}/v1/key`, {
        headers: { authorization: `Bearer ${made.key}` },
      })
      const own: ReturnType<typeof JSON.parse> = await response.json()
      expect(own.data).toMatchObject({ name: 'An app', limit: 5, limit_reset: 'monthly' })
      expect((await exchange(body)).body.error.code).toBe('auth_code_refused')
    },
  )

  test('is exchanged once, however many ask at once', async () => {
    const code = await allow()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => exchange({ code, code_verifier: verifier })),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(19)
  })

  test('403: a wrong verifier uses the code up, so that nobody tries another', async () => {
    const code = await allow()
    const wrong = await exchange({ code, code_verifier: 'x'.repeat(43) })
    expect([wrong.status, wrong.body.error.code]).toEqual([403, 'auth_code_refused'])
    expect((await exchange({ code, code_verifier: verifier })).status).toBe(403)
  })

  test('403: unknown, older than ten minutes, or of somebody who may not make keys any more', async () => {
    const unknown = await exchange({ code: 'unknown', code_verifier: verifier })
    const old = await exchange({ code: await allow('S256', 600_001), code_verifier: verifier })
    const code = await allow()
    await world.people.removeMembership(personId, world.customer.accountId)
    const gone = await exchange({ code, code_verifier: verifier })
    for (const { status, body } of [unknown, old, gone]) {
      expect([status, body.error.message]).toEqual([403, unknown.body.error.message])
    }
  })

  test('400: another method than the one that was asked for', async () => {
    const body = { code: await allow(), code_verifier: verifier, code_challenge_method: 'plain' }
    const { status, body: answer } = await exchange(body)
    expect([status, answer.error.param]).toEqual([400, 'code_challenge_method'])
  })

  test.each([
    [{ code_verifier: verifier }, 'code'],
    [{ code: 'x' }, 'code_verifier'],
    [{ code: 'x', code_verifier: 'short' }, 'code_verifier'],
    [{ code: 'x', code_verifier: verifier, code_challenge_method: 'MD5' }, 'code_challenge_method'],
  ])('400: %j', async (body, param) => {
    const { status, body: answer } = await exchange(body)
    expect([status, answer.error.param]).toEqual([400, param])
  })

  test('429: one network does not ask again and again', async () => {
    const network = '203.0.113.7'
    for (let count = 0; count < exchangesPerMinuteMax; count += 1) {
      await exchange({ code: 'x', code_verifier: verifier }, network)
    }
    const { status, body } = await exchange({ code: 'x', code_verifier: verifier }, network)
    // The minute may have ended meanwhile: then the count began anew.
    expect([429, 403]).toContain(status)
    if (status === 429) expect(body.error.code).toBe('rate_limit_exceeded')
  })
})
