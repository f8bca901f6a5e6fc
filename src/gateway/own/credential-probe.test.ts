import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import type { NewOwnCredential } from '#ports/own-credentials.ts'
import { startGatewayWorld, type GatewayWorld } from '#test/gateway/gateway-world.ts'
import {
  answerWith,
  completion,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '#test/gateway/scripted-upstream.ts'

const own = 'sk-customer-0123456789abcdef'

let upstream: ScriptedUpstream
let world: GatewayWorld

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerWith(200, completion()))
  world = await startGatewayWorld({ providers: [{ baseUrl: upstream.baseUrl }] })
})

beforeEach(() => {
  upstream.received.length = 0
  upstream.script = answerWith(200, completion())
})

afterAll(async () => {
  await world.close()
  await upstream.close()
})

describe('a trial', () => {
  const probe = async (secretText = own, more: Partial<NewOwnCredential> = {}) => {
    const secret = { kind: 'api_key', apiKey: secretText } as const
    const credential = await world.addCredential(secret, { provider: 'provider-1', ...more })
    return world.gateway.probe({ credential, secret })
  }

  test('asks one model for a few words and says that it answered', async () => {
    const { outcome, detail } = await probe()
    expect(outcome).toBe('works')
    expect(detail).toMatch(/^Provider 1 answered for test\/model \(upstream-model-1\) in \d/)
    const [received] = upstream.received
    expect(received?.headers.authorization).toBe(`Bearer ${own}`)
    expect(JSON.parse(received?.body ?? '')).toMatchObject({ model: 'upstream-model-1' })
    expect(world.credit.records).toEqual([])
  })

  test.each([
    [401, 'refused'],
    [403, 'refused'],
    [402, 'refused'],
    [429, 'limited'],
    [404, 'failed'],
    [500, 'failed'],
  ])('says what %s means, without the key', async (status, outcome) => {
    const body = { error: { message: `no: ${own}` } }
    upstream.script = answerWith(status, body)
    const result = await probe()
    expect(result.outcome).toBe(outcome)
    expect(result.detail).toContain('no: [key]')
    expect(result.detail).not.toContain(own)
  })

  test('a web page is not an answer', async () => {
    upstream.script = answerWith(200, '<html>hello')
    expect(await probe()).toMatchObject({ outcome: 'failed' })
  })

  test('an address inside is unreachable, and nothing was sent there', async () => {
    const models = [{ model: 'test/model', upstreamModel: 'x' }]
    const baseUrl = 'https://169.254.169.254/latest'
    const result = await probe(own, { provider: 'custom', label: 'Mine', baseUrl, models })
    expect(result.outcome).toBe('unreachable')
    expect(result.detail).toContain('may not be reached from here')
  })

  test('of what is not served any more, or whose secret does not open, says that', async () => {
    expect(await probe(own, { provider: 'gone' })).toMatchObject({ outcome: 'failed' })
    const secret = { kind: 'api_key', apiKey: own } as const
    const credential = await world.addCredential(secret, { provider: 'provider-1' })
    const unread = await world.gateway.probe({ credential, secret: null })
    expect(unread).toMatchObject({ outcome: 'failed' })
  })
})
