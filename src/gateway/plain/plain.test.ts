import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { modelUses } from '#domain/catalogue.ts'
import { startGatewayWorld, type GatewayWorld } from '#test/gateway/gateway-world.ts'
import { faultOf, formOf, jsonOf, post as postTo, soundFile } from '#test/gateway/plain-client.ts'
import {
  answerWith,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '#test/gateway/scripted-upstream.ts'
import { until } from '#test/server/until.ts'

let upstream: ScriptedUpstream
let second: ScriptedUpstream
/** Its model serves everything. */
let world: GatewayWorld
/** Its model is chatted with, and nothing else. */
let chatWorld: GatewayWorld

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerWith(200, {}))
  second = await startScriptedUpstream(answerWith(200, {}))
  const providers = [{ baseUrl: upstream.baseUrl }, { baseUrl: second.baseUrl }]
  const model = { serves: modelUses }
  world = await startGatewayWorld({ providers, model, balanceUsd: 100, contentMode: 'full' })
  chatWorld = await startGatewayWorld({ providers, balanceUsd: 0.000_001 })
})

beforeEach(() => {
  upstream.script = answerWith(500, { error: { message: 'no script' } })
  second.script = answerWith(500, { error: { message: 'no script' } })
  upstream.received.length = 0
  second.received.length = 0
})

afterAll(async () => {
  expect(world.events.filter(({ level }) => level === 'alarm')).toEqual([])
  await world.close()
  await chatWorld.close()
  await upstream.close()
  await second.close()
})

interface Asking {
  readonly at?: GatewayWorld
  readonly headers?: Readonly<Record<string, string>>
}

const post = (path: string, body: unknown, { at = world, headers = {} }: Asking = {}) =>
  postTo(at, { path, body, headers })

const recordOf = (response: Response) => world.recordOf(response.headers.get('x-generation-id'))

const model = 'test/model'
const vectors = {
  data: [{ index: 0, embedding: [0.5, -1] }],
  usage: { prompt_tokens: 4, total_tokens: 4 },
}
const embed = { model, input: 'Hello' }

describe('every endpoint is asked like a chat: charged exactly, logged once', () => {
  test('embeddings', async () => {
    upstream.script = answerWith(200, vectors)
    const { response, body } = await jsonOf(post('/v1/embeddings', embed))
    expect(response.status).toBe(200)
    expect(body).toMatchObject({
      ...{ object: 'list', model, provider: 'Provider 1' },
      data: [{ index: 0, embedding: [0.5, -1] }],
      usage: { prompt_tokens: 4, total_tokens: 4, cost: 0.000_004, is_byok: false },
    })
    expect(response.headers.get('x-codelace-cost')).toBe('0.000004')
    expect(JSON.parse(upstream.received[0]?.body ?? '')).toEqual({
      ...{ model: 'upstream-model-1', input: 'Hello' },
    })
    expect(upstream.received[0]).toMatchObject({
      path: '/v1/embeddings',
      headers: { authorization: 'Bearer sk-upstream-secret-1', 'user-agent': 'codelace/test' },
    })
    expect(await recordOf(response)).toMatchObject({
      ...{ requestedModel: model, outcome: 'completed', status: 200, streamed: false },
      ...{ usageSource: 'upstream', costNanoUsd: 4_000n },
      usage: { promptTokens: 4, completionTokens: 0 },
    })
    expect(world.credit.openHolds()).toBe(0)
  })

  test.each(['/api/v1/embeddings', '/embeddings'])('also at %s', async (path) => {
    upstream.script = answerWith(200, vectors)
    expect((await post(path, embed)).status).toBe(200)
  })

  test('what the provider does not count is counted here', async () => {
    upstream.script = answerWith(200, { data: vectors.data })
    const { response, body } = await jsonOf(
      post('/v1/embeddings', { model, input: 'a'.repeat(40) }),
    )
    expect(body.usage.prompt_tokens).toBe(10)
    expect(await recordOf(response)).toMatchObject({ usageSource: 'estimated' })
  })

  test('rerank', async () => {
    upstream.script = answerWith(200, {
      results: [
        { index: 0, relevance_score: 0.1 },
        { index: 1, relevance_score: 0.9 },
      ],
      usage: { total_tokens: 7 },
    })
    const asked = { model, query: 'q', documents: ['a', 'b'], top_n: 1, return_documents: true }
    const { body } = await jsonOf(post('/v1/rerank', asked))
    expect(body).toMatchObject({
      results: [{ index: 1, relevance_score: 0.9, document: { text: 'b' } }],
      usage: { prompt_tokens: 7, cost: 0.000_007 },
    })
  })

  test('moderations', async () => {
    upstream.script = answerWith(200, { id: 'modr-1', results: [{ flagged: false }] })
    const { response, body } = await jsonOf(post('/v1/moderations', { model, input: 'x' }))
    expect(body).toMatchObject({ results: [{ flagged: false }], provider: 'Provider 1' })
    expect(await recordOf(response)).toMatchObject({ upstreamId: 'modr-1' })
  })

  test('images, of which the log keeps no bytes', async () => {
    upstream.script = answerWith(200, {
      data: [{ b64_json: 'aW1hZ2U=' }],
      usage: { input_tokens: 5, output_tokens: 100 },
    })
    const asked = { model, prompt: 'a boat', quality: 'low' }
    const { response, body } = await jsonOf(post('/v1/images/generations', asked))
    expect(body).toMatchObject({
      data: [{ b64_json: 'aW1hZ2U=' }],
      usage: { input_tokens: 5, output_tokens: 100, cost: 0.000_205 },
    })
    const kept = JSON.stringify(await contentOf(response))
    expect(kept).toContain('a boat')
    expect(kept).toContain('8 characters that are not kept')
    expect(kept).not.toContain('aW1hZ2U=')
  })

  test('changed images: the files go on as they came, and none is kept', async () => {
    upstream.script = answerWith(200, { data: [{ b64_json: 'aW1hZ2U=' }] })
    const image = new File([Buffer.from('PNG-pixels')], 'boat.png', { type: 'image/png' })
    const form = formOf({ model, prompt: 'now blue', image })
    const { response } = await jsonOf(post('/v1/images/edits', form))
    expect(response.status).toBe(200)
    const [received] = upstream.received
    expect(received?.path).toBe('/v1/images/edits')
    expect(received?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/)
    expect(received?.body).toContain(
      'filename="boat.png"\r\ncontent-type: image/png\r\n\r\nPNG-pixels',
    )
    expect(received?.body).toContain('upstream-model-1')
    const kept = JSON.stringify(await contentOf(response))
    expect(kept).toContain('boat.png')
    expect(kept).not.toContain('PNG-pixels')
  })

  test('speech: the bytes of the sound, with the cost in a header', async () => {
    const bytes = Buffer.from([0xff, 0xfb, 0x00, 0x80, 0xc3])
    upstream.script = answerWith(200, bytes, { 'content-type': 'audio/mpeg' })
    const response = await post('/v1/audio/speech', { model, input: 'Hello', voice: 'alloy' })
    expect(response.headers.get('content-type')).toBe('audio/mpeg')
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes)
    expect(response.headers.get('x-codelace-cost')).toBe('0.000005')
    expect(await contentOf(response)).toMatchObject({
      output: { raw: '{"media_type":"audio/mpeg","bytes":5}' },
    })
  })

  test.each([
    ['json', 'application/json', '{"text":"Hi there"'],
    ['text', 'text/plain; charset=utf-8', 'Hi there\n'],
  ])('transcriptions as %s', async (format, type, beginning) => {
    upstream.script = answerWith(200, {
      text: 'Hi there',
      usage: { type: 'tokens', input_tokens: 9, output_tokens: 2 },
    })
    const form = formOf({ model, response_format: format, file: soundFile(), language: 'en' })
    const response = await post('/v1/audio/transcriptions', form)
    expect(response.headers.get('content-type')).toBe(type)
    expect((await response.text()).startsWith(beginning)).toBe(true)
    expect(response.headers.get('x-codelace-cost')).toBe('0.000013')
    expect(upstream.received[0]?.body).toContain('RIFF-sound-of-a-voice')
    const kept = JSON.stringify(await contentOf(response))
    expect(kept).toContain('Hi there')
    expect(kept).not.toContain('RIFF-sound')
  })
})

function contentOf(response: Response) {
  const id = response.headers.get('x-generation-id')
  return until(
    async () => {
      const found = await fetch(`${world.url}/v1/generation/content?id=${id}`, {
        headers: { authorization: `Bearer ${world.customer.secret}` },
      })
      const body: ReturnType<typeof JSON.parse> = await found.json()
      return found.status === 200 ? body.data : undefined
    },
    { timeoutMs: 5_000, what: `the content of ${id}` },
  )
}

describe('who may answer', () => {
  test('a model that is for something else is refused, and those that can are named', async () => {
    const fault = await faultOf(post('/v1/embeddings', embed, { at: chatWorld }))
    expect(fault).toMatchObject({ status: 400, code: 'model_not_for_endpoint', param: 'model' })
    expect(fault.message).toContain('"test/model" cannot be asked at /v1/embeddings')
    upstream.script = answerWith(200, vectors)
    const embedWorld = await startGatewayWorld({
      providers: [{ baseUrl: upstream.baseUrl }],
      model: { serves: ['embeddings'] },
    })
    const messages = [{ role: 'user', content: 'Hi' }]
    const chat = await faultOf(
      post('/v1/chat/completions', { model, messages }, { at: embedWorld }),
    )
    expect(chat).toMatchObject({ status: 400, code: 'model_not_for_endpoint', param: 'model' })
    const speak = { model, input: 'x', voice: 'y' }
    const speech = await faultOf(post('/v1/audio/speech', speak, { at: embedWorld }))
    expect(speech.message).toContain('No model that you may use can')
    await embedWorld.close()
  })

  test('another endpoint is asked when the first fails, unless the client wishes otherwise', async () => {
    second.script = answerWith(200, vectors)
    const { response, body } = await jsonOf(post('/v1/embeddings', embed))
    expect(body.provider).toBe('Provider 2')
    expect((await recordOf(response)).routingPath.map(({ status }) => status)).toEqual([500, 200])
    const only = { ...embed, provider: { only: ['provider-1'] } }
    expect(await faultOf(post('/v1/embeddings', only))).toMatchObject({ status: 502 })
    const unknown = { ...embed, provider: { colour: 'blue' } }
    expect(await faultOf(post('/v1/embeddings', unknown))).toMatchObject({
      ...{ status: 400, param: 'provider.colour' },
    })
  })

  test('a refusal of the provider is passed on, and costs nothing', async () => {
    upstream.script = answerWith(400, { error: { message: 'too many dimensions', param: 'x' } })
    const { response, body } = await jsonOf(post('/v1/embeddings', embed))
    expect(response.status).toBe(400)
    expect(body.error).toMatchObject({ code: 'provider_rejected', param: 'x' })
    expect(await recordOf(response)).toMatchObject({ outcome: 'upstream_failed', costNanoUsd: 0n })
  })

  test('an answer that cannot be read asks the next, and is never passed on', async () => {
    upstream.script = answerWith(200, '<html>', { 'content-type': 'text/html' })
    second.script = answerWith(200, { data: [] })
    expect(await faultOf(post('/v1/embeddings', embed))).toMatchObject({
      ...{ status: 502, code: 'provider_invalid_response' },
    })
    expect([upstream.received.length, second.received.length]).toEqual([1, 1])
  })

  test('what a wish forbids to change is not changed', async () => {
    const gemini = await startGatewayWorld({
      providers: [{ baseUrl: upstream.baseUrl, protocol: 'gemini' }],
      model: { serves: ['images', 'speech'] },
    })
    const asked = { model, prompt: 'x', quality: 'high', provider: { require_parameters: true } }
    expect(await faultOf(post('/v1/images/generations', asked, { at: gemini }))).toMatchObject({
      ...{ status: 400, param: 'quality' },
    })
    const mp3 = { model, input: 'x', voice: 'Kore', response_format: 'mp3' }
    expect(await faultOf(post('/v1/audio/speech', mp3, { at: gemini }))).toMatchObject({
      ...{ status: 400, param: 'response_format' },
    })
    await gemini.close()
  })
})

describe('several calls for one question', () => {
  const made = (data: string) => ({
    candidates: [{ content: { parts: [{ inlineData: { mimeType: 'image/png', data } }] } }],
    usageMetadata: { promptTokenCount: 2, candidatesTokenCount: 10 },
  })

  test('are answered together, in order, and billed together', async () => {
    const gemini = await startGatewayWorld({
      providers: [{ baseUrl: upstream.baseUrl, protocol: 'gemini' }],
      model: { serves: ['images'] },
    })
    upstream.script = (exchange) => answerWith(200, made('cGlj'))(exchange)
    const asked = { model, prompt: 'x', n: 3 }
    const { body } = await jsonOf(post('/v1/images/generations', asked, { at: gemini }))
    expect(body.data).toHaveLength(3)
    expect(body.usage).toMatchObject({ input_tokens: 6, output_tokens: 30 })
    expect(upstream.received).toHaveLength(3)
    let count = 0
    upstream.script = (exchange) => {
      count += 1
      const fails = count === 2
      return answerWith(
        fails ? 400 : 200,
        fails ? { error: { message: 'no' } } : made('cGlj'),
      )(exchange)
    }
    expect(await faultOf(post('/v1/images/generations', asked, { at: gemini }))).toMatchObject({
      ...{ status: 400, code: 'provider_rejected' },
    })
    expect(gemini.credit.openHolds()).toBe(0)
    await gemini.close()
  })
})
