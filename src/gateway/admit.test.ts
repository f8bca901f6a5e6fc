import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { nanoUsd } from '#domain/money.ts'
import { startGatewayWorld, type GatewayWorld } from '#test/gateway/gateway-world.ts'
import {
  answerWith,
  completion,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '#test/gateway/scripted-upstream.ts'

let upstream: ScriptedUpstream
let world: GatewayWorld

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerWith(200, completion()))
  world = await startGatewayWorld({ providers: [{ baseUrl: upstream.baseUrl }] })
})

beforeEach(() => {
  upstream.received.length = 0
  world.credit.records.length = 0
})

afterAll(async () => {
  await world.close()
  await upstream.close()
})

const hello = { model: 'test/model', messages: [{ role: 'user', content: 'Hi' }] }

function expectNothingDone(): void {
  expect(upstream.received).toHaveLength(0)
  expect(world.credit.openHolds()).toBe(0)
  expect(world.credit.records).toMatchObject([{ outcome: 'refused', costNanoUsd: 0n }])
}

describe('credit', () => {
  test('too little for the limit that was asked for: balance, bound and what can be afforded', async () => {
    const customer = await world.addCustomer()
    world.credit.setBalance(customer.accountId, nanoUsd(2_000_000n))
    const ask = (max_tokens: number) =>
      world.chat(
        { ...hello, max_tokens },
        { headers: { authorization: `Bearer ${customer.secret}` } },
      )
    const response = await ask(4_000)
    expect(response.status).toBe(402)
    const { error } = await response.json()
    expect(error).toMatchObject({ code: 'insufficient_credits', type: 'insufficient_quota' })
    expect(error.message).toMatch(/could cost up to \$0\.009425 and \$0\.002 is available/)
    const affordable = Number(/max_tokens to at most (\d+)/.exec(error.message)?.[1])
    expect(error.metadata.affordable_max_tokens).toBe(affordable)
    expectNothingDone()
    // A digit less in the body is worth half a token.
    expect((await ask(affordable + 2)).status).toBe(402)
    expect((await ask(affordable)).status).toBe(200)
  })

  test('too little for an answer of any length, without a limit: as much as can be afforded', async () => {
    const customer = await world.addCustomer()
    world.credit.setBalance(customer.accountId, nanoUsd(2_000_000n))
    const response = await world.chat(hello, {
      headers: { authorization: `Bearer ${customer.secret}` },
    })
    expect(response.status).toBe(200)
    const clamped = Number(response.headers.get('x-codelace-max-tokens-clamped'))
    expect(clamped).toBeGreaterThan(16)
    expect(JSON.parse(upstream.received[0]?.body ?? '').max_tokens).toBe(clamped)
  })

  test('too little for anything', async () => {
    const customer = await world.addCustomer()
    world.credit.setBalance(customer.accountId, nanoUsd(1_000n))
    const headers = { authorization: `Bearer ${customer.secret}` }
    const response = await world.chat(hello, { headers })
    expect(response.status).toBe(402)
    expect((await response.json()).error).toMatchObject({
      ...{ code: 'insufficient_credits', message: expect.stringContaining('Add credit') },
    })
    expectNothingDone()
  })

  test('the store is down and this node holds too little', async () => {
    world.credit.unavailable = true
    const response = await world.chat(hello)
    expect(response.status).toBe(503)
    expect((await response.json()).error.code).toBe('service_unavailable')
    expectNothingDone()
    world.credit.unavailable = false
    expect(response.headers.get('retry-after')).toBe('2')
  })
})
