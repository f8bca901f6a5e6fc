import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { modelUses } from '#domain/catalogue.ts'
import { startGatewayWorld, type GatewayWorld } from '#test/gateway/gateway-world.ts'
import { faultOf, formOf, post as postTo, soundFile } from '#test/gateway/plain-client.ts'
import {
  answerWith,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '#test/gateway/scripted-upstream.ts'
import { until } from '#test/server/until.ts'

let upstream: ScriptedUpstream
/** Its model serves everything. */
let world: GatewayWorld

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerWith(200, {}))
  const providers = [{ baseUrl: upstream.baseUrl }]
  world = await startGatewayWorld({ providers, model: { serves: modelUses }, balanceUsd: 100 })
})

beforeEach(() => {
  upstream.script = answerWith(500, { error: { message: 'no script' } })
  upstream.received.length = 0
})

afterAll(async () => {
  expect(world.events.filter(({ level }) => level === 'alarm')).toEqual([])
  await world.close()
  await upstream.close()
})

interface Asking {
  readonly at?: GatewayWorld
  readonly headers?: Readonly<Record<string, string>>
}

const post = (path: string, body: unknown, { at = world, headers = {} }: Asking = {}) =>
  postTo(at, { path, body, headers })

const model = 'test/model'
const embed = { model, input: 'Hello' }

describe('bad input', () => {
  test.each<[string, string, unknown, string]>([
    ['no model', '/v1/embeddings', { input: 'x' }, 'model'],
    ['no input', '/v1/embeddings', { model }, 'input'],
    ['an empty text', '/v1/embeddings', { model, input: ['a', ''] }, 'input[1]'],
    ['no documents', '/v1/rerank', { model, query: 'q', documents: [] }, 'documents'],
    ['no prompt', '/v1/images/generations', { model }, 'prompt'],
    ['too many images', '/v1/images/generations', { model, prompt: 'x', n: 11 }, 'n'],
    ['no voice', '/v1/audio/speech', { model, input: 'x' }, 'voice'],
    ['a wrong speed', '/v1/audio/speech', { model, input: 'x', voice: 'y', speed: 9 }, 'speed'],
    ['a wrong part', '/v1/moderations', { model, input: [{ type: 'video' }] }, 'input[0].type'],
    ['no file', '/v1/audio/transcriptions', formOf({ model }), 'file'],
    [
      'an empty file',
      '/v1/audio/transcriptions',
      formOf({ model, file: new File([], 'a.wav') }),
      'file',
    ],
    [
      'a format that is none',
      '/v1/audio/transcriptions',
      formOf({ model, file: new File(['x'], 'a.wav'), response_format: 'pdf' }),
      'response_format',
    ],
    ['no image', '/v1/images/edits', formOf({ model, prompt: 'x' }), 'image'],
  ])('%s is refused where it stands', async (_, path, body, param) => {
    expect(await faultOf(post(path, body))).toMatchObject({
      ...{ status: 400, code: 'invalid_request', param },
    })
    expect(upstream.received).toHaveLength(0)
  })

  test('JSON where a form is wanted, and a form where JSON is', async () => {
    expect(await faultOf(post('/v1/audio/transcriptions', { model }))).toMatchObject({
      ...{ status: 415, message: expect.stringContaining('multipart/form-data') },
    })
    expect(await faultOf(post('/v1/embeddings', formOf({ model })))).toMatchObject({
      ...{ status: 415, message: expect.stringContaining('application/json') },
    })
  })

  test('a form that is none, or breaks off', async () => {
    const send = (type: string, body: string) =>
      faultOf(post('/v1/images/edits', body, { headers: { 'content-type': type } }))
    expect(await send('multipart/form-data', 'x')).toMatchObject({ status: 400 })
    expect(await send('multipart/form-data; boundary=b', 'x')).toMatchObject({ status: 400 })
    const cut = '--b\r\ncontent-disposition: form-data; name="image"; filename="a"\r\n\r\nhalf'
    expect(await send('multipart/form-data; boundary=b', cut)).toMatchObject({
      ...{ status: 400, code: 'invalid_request' },
    })
  })

  test('a form with too many fields, or a field that is too long', async () => {
    const many = new FormData()
    for (let count = 0; count < 100; count += 1) many.append(`field-${count}`, 'x')
    expect(await faultOf(post('/v1/images/edits', many))).toMatchObject({ status: 400 })
    const long = formOf({ model, prompt: 'x'.repeat(1024 * 1024 + 1) })
    expect(await faultOf(post('/v1/images/edits', long))).toMatchObject({
      ...{ status: 400, param: 'prompt' },
    })
  })

  test('a form that is too large is refused before it is read', async () => {
    const small = await startGatewayWorld({
      providers: [{ baseUrl: upstream.baseUrl }],
      model: { serves: modelUses },
      limits: { formBodyBytesMax: 1000 },
    })
    const form = formOf({ model, file: new File(['x'.repeat(2000)], 'a.wav') })
    expect(await faultOf(post('/v1/audio/transcriptions', form, { at: small }))).toMatchObject({
      ...{ status: 413, code: 'payload_too_large' },
    })
    await small.close()
  })

  test('no key, a wrong key, a wrong method', async () => {
    const none = await fetch(`${world.url}/v1/embeddings`, { method: 'POST', body: '{}' })
    expect(none.status).toBe(401)
    const wrong = post('/v1/rerank', embed, { headers: { authorization: 'Bearer sk-cl-wrong' } })
    expect((await wrong).status).toBe(401)
    const got = await fetch(`${world.url}/v1/audio/speech`)
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
  })

  test('a balance that is too small, without advice about max_tokens', async () => {
    const poor = await startGatewayWorld({
      providers: [{ baseUrl: upstream.baseUrl }],
      model: { serves: modelUses },
      balanceUsd: 0.000_001,
    })
    const fault = await faultOf(
      post('/v1/images/generations', { model, prompt: 'x' }, { at: poor }),
    )
    expect(fault).toMatchObject({ status: 402, code: 'insufficient_credits' })
    expect(fault.message).not.toContain('max_tokens')
    expect(upstream.received).toHaveLength(0)
    await poor.close()
  })
})

describe('asking again, and leaving', () => {
  test('a form that is sent again, with another boundary, gets the same sound, once charged', async () => {
    upstream.script = answerWith(200, { text: 'Hi', usage: { input_tokens: 1, output_tokens: 1 } })
    const ask = (file: File) =>
      post('/v1/audio/transcriptions', formOf({ model, file }), {
        headers: { 'idempotency-key': 'form-1' },
      })
    const first = await ask(soundFile())
    const again = await ask(soundFile())
    expect(await again.text()).toBe(await first.text())
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(upstream.received).toHaveLength(1)
    const other = await faultOf(ask(new File(['another'], 'a.wav', { type: 'audio/wav' })))
    expect(other.code).toBe('idempotency_key_reused')
  })

  test('bytes are given again as they were', async () => {
    const bytes = Buffer.from([0, 255, 128, 10, 13])
    upstream.script = answerWith(200, bytes, { 'content-type': 'audio/wav' })
    const ask = () =>
      post(
        '/v1/audio/speech',
        { model, input: 'Hello', voice: 'a' },
        {
          headers: { 'idempotency-key': 'speech-1' },
        },
      )
    const answers = [await ask(), await ask()]
    for (const answer of answers) expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes)
    expect(upstream.received).toHaveLength(1)
  })

  test('when the client leaves, the provider is left too, and nothing is charged', async () => {
    let asked = () => undefined as void
    const isAsked = new Promise<void>((resolve) => (asked = resolve))
    upstream.script = () => asked()
    const before = upstream.abortedCount()
    const leaving = new AbortController()
    const answer = fetch(`${world.url}/v1/embeddings`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${world.customer.secret}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(embed),
      signal: leaving.signal,
    })
    await isAsked
    leaving.abort()
    await expect(answer).rejects.toThrow('aborted')
    await until(() => upstream.abortedCount() > before || undefined, {
      ...{ timeoutMs: 5_000, what: 'the end of the call' },
    })
    await until(() => world.credit.openHolds() === 0 || undefined, {
      ...{ timeoutMs: 5_000, what: 'the end of the hold' },
    })
    expect(world.credit.records.at(-1)).toMatchObject({ outcome: 'client_gone', costNanoUsd: 0n })
  })
})
