import { inflateSync } from 'node:zlib'

import { describe, expect, test } from 'vitest'

import { notice } from '#adapters/simulated/answer.ts'
import { ask } from '#test/simulated/simulated-harness.ts'

type Json = Readonly<Record<string, unknown>>

async function post(path: string, body: Json) {
  const heard = await ask(body, { url: `simulated:${path}` })
  return { ...heard, whole: Buffer.concat(heard.bytes) }
}

async function postJson(path: string, body: Json): Promise<ReturnType<typeof JSON.parse>> {
  return JSON.parse((await post(path, body)).whole.toString())
}

async function postForm(path: string, fields: Readonly<Record<string, string | Buffer>>) {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') form.append(name, value)
    else form.append(name, new Blob([Buffer.from(value)]), 'a file.bin')
  }
  const request = new Request('http://x.example', { method: 'POST', body: form })
  const heard = await ask('', {
    url: `simulated:${path}`,
    headers: { 'content-type': request.headers.get('content-type') ?? '' },
    body: Buffer.from(await request.arrayBuffer()),
  })
  return { status: heard.status, body: JSON.parse(heard.chunks.join('')) }
}

describe('embeddings', () => {
  const embed = (body: Json) => postJson('/embeddings', { model: 'sim/embed', ...body })
  const vectorsOf = (answer: { data: { embedding: number[] }[] }) =>
    answer.data.map(({ embedding }) => embedding)
  const nearness = (left: readonly number[] = [], right: readonly number[] = []) =>
    left.reduce((sum, value, at) => sum + value * (right[at] ?? NaN), 0)

  test('have length one and as many numbers as asked, the same for the same text', async () => {
    for (const dimensions of [undefined, 1, 3, 1536]) {
      const body = { input: ['a cat', 'a dog'], ...(dimensions ? { dimensions } : {}) }
      const vectors = vectorsOf(await embed(body))
      expect(vectors.map(({ length }) => length)).toEqual(Array(2).fill(dimensions ?? 256))
      for (const vector of vectors) expect(nearness(vector, vector)).toBeCloseTo(1, 5)
      expect(vectorsOf(await embed(body))).toEqual(vectors)
    }
  })

  test('are nearer where words are shared', async () => {
    const input = ['The cat sleeps on the mat', 'the cat on a mat', 'Quarterly revenue grew']
    const [first, near, far] = vectorsOf(await embed({ input }))
    expect(nearness(first, near)).toBeGreaterThan(nearness(first, far) + 0.3)
  })

  test('in base64 are the same numbers', async () => {
    const [numbers = []] = vectorsOf(await embed({ input: 'Hello' }))
    const [text] = (await embed({ input: 'Hello', encoding_format: 'base64' })).data
    const bytes = Buffer.from(text.embedding, 'base64')
    expect(numbers).toEqual(numbers.map((_, at) => bytes.readFloatLE(at * 4)))
  })

  test('count tokens, of texts and given as such', async () => {
    expect((await embed({ input: ['a cat', 'Hello, world!'] })).usage).toEqual({
      prompt_tokens: 6,
      total_tokens: 6,
    })
    expect((await embed({ input: [[1, 2, 3], [4]] })).usage.prompt_tokens).toBe(4)
  })

  test.each([
    [{ input: [] }, 'input'],
    [{ input: ['a', 7] }, 'input'],
    [{ input: 'a', dimensions: 0 }, 'dimensions'],
    [{ input: 'a', dimensions: 5000 }, 'dimensions'],
  ])('refuse %j', async (body, param) => {
    expect((await embed(body)).error).toMatchObject({ param, type: 'invalid_request_error' })
  })

  test('of the largest request do not take long', async () => {
    const input = Array.from({ length: 2048 }, (_, at) => `${at} ${'word '.repeat(1000)}`)
    const begun = process.cpuUsage()
    expect((await embed({ input })).data).toHaveLength(2048)
    expect(process.cpuUsage(begun).user).toBeLessThan(4_000_000)
  })
})

test('rerank puts the document first that shares most with the query', async () => {
  const documents = ['Ships sail the sea', { text: 'How to bake bread at home' }, 'Bread is old']
  const asked = { model: 'sim/rerank', query: 'how do I bake bread', documents }
  const { results, usage } = await postJson('/rerank', asked)
  expect(results.map(({ index }: { index: number }) => index)).toEqual([1, 2, 0])
  expect(results[0].relevance_score).toBeGreaterThan(results[2].relevance_score)
  expect(usage.total_tokens).toBe(4 + 6 + 3 + 3 * 5)
  const { results: best } = await postJson('/rerank', { ...asked, top_n: 1 })
  expect(best).toHaveLength(1)
})

test('moderations flag a text that names a category, and no other', async () => {
  const input = ['a quiet walk', 'Graphic violence, everywhere']
  const { results } = await postJson('/moderations', { model: 'sim/moderate', input })
  expect(results.map(({ flagged }: { flagged: boolean }) => flagged)).toEqual([false, true])
  expect(results[1].categories).toMatchObject({
    violence: true,
    'violence/graphic': true,
    hate: false,
  })
})

describe('images', () => {
  const make = (body: Json) => postJson('/images/generations', { model: 'sim/image', ...body })

  test('are PNG files of the asked size, the same for the same prompt', async () => {
    const { data, usage } = await make({ prompt: 'a red boat', size: '100x64', n: 2 })
    const files = data.map(({ b64_json: text }: { b64_json: string }) =>
      Buffer.from(text, 'base64'),
    )
    for (const file of files) {
      expect(file.toString('latin1', 1, 4)).toBe('PNG')
      expect([file.readUInt32BE(16), file.readUInt32BE(20)]).toEqual([100, 64])
      const at = file.indexOf('IDAT')
      const rows = inflateSync(file.subarray(at + 4, at + 4 + file.readUInt32BE(at - 4)))
      // A byte for the filter of each row, and four pixels a byte.
      expect(rows).toHaveLength(64 * (1 + 25))
    }
    expect(files[0].equals(files[1])).toBe(false)
    expect((await make({ prompt: 'a red boat', size: '100x64' })).data[0]).toEqual(data[0])
    expect(usage).toMatchObject({ input_tokens: 3, output_tokens: 2 * 4 * 2, total_tokens: 19 })
  })

  test('cannot be of another kind, too large, or of nothing', async () => {
    expect((await make({ prompt: 'x', output_format: 'webp' })).error.param).toBe('output_format')
    expect((await make({ prompt: 'x', size: '4096x4096' })).error.param).toBe('size')
    expect((await make({ prompt: 'x', n: 11 })).error.param).toBe('n')
    expect((await make({})).error.param).toBe('prompt')
  })

  test('are changed only where a picture is given', async () => {
    const { data } = await make({ prompt: 'x', size: '32x32' })
    const image = Buffer.from(data[0].b64_json, 'base64')
    const fields = { model: 'sim/image', prompt: 'bluer', size: '32x32' }
    const edited = await postForm('/images/edits', { ...fields, image })
    expect(edited.body).toMatchObject({ data: [{}], usage: { input_tokens: 101 } })
    const text = await postForm('/images/edits', { ...fields, image: Buffer.from('no picture') })
    expect(text).toMatchObject({ status: 400, body: { error: { param: 'image' } } })
    expect((await postForm('/images/edits', fields)).body.error.param).toBe('image')
  })
})

describe('speech', () => {
  const speak = (body: Json) => post('/audio/speech', { model: 'sim/speech', ...body })

  test('is a WAV file of a quarter of a second for each word, which can be written down', async () => {
    const { headers, whole } = await speak({ input: 'Hello there, you' })
    expect(headers['content-type']).toBe('audio/wav')
    expect(whole.toString('latin1', 0, 4)).toBe('RIFF')
    expect(whole.readUInt32LE(4)).toBe(whole.length - 8)
    const at = whole.indexOf('data')
    expect(whole.readUInt32LE(at + 4)).toBe(4 * 0.25 * 24_000 * 2)
    const heard = await postForm('/audio/transcriptions', { model: 'sim/transcribe', file: whole })
    expect(heard.body).toMatchObject({
      text: `${notice} It heard: Hello there, you`,
      usage: { type: 'tokens', input_tokens: 10 },
    })
  })

  test('is bare samples or silent MP3 where asked, and nothing else', async () => {
    const pcm = await speak({ input: 'a b', response_format: 'pcm', speed: 2 })
    expect(pcm.whole).toHaveLength(2 * 0.125 * 24_000 * 2)
    expect(pcm.whole.some((byte) => byte !== 0)).toBe(true)
    const mp3 = await speak({ input: 'a b', response_format: 'mp3' })
    expect(mp3.headers['content-type']).toBe('audio/mpeg')
    expect(mp3.whole.length % 417).toBe(0)
    expect(mp3.whole.readUInt16BE(417) & 0xffe0).toBe(0xffe0)
    const flac = await speak({ input: 'a', response_format: 'flac' })
    expect(flac.status).toBe(400)
    expect(flac.whole.toString()).toContain('\\"wav\\", \\"pcm\\"')
  })
})

test('a transcript of what it does not know says how long it is', async () => {
  const fields = { model: 'sim/transcribe', file: Buffer.alloc(32_000, 1) }
  const { body } = await postForm('/audio/transcriptions', fields)
  expect(body).toMatchObject({
    text: `${notice} It heard 32000 bytes of sound.`,
    usage: { input_tokens: 20 },
  })
  const verbose = { ...fields, response_format: 'verbose_json' }
  expect((await postForm('/audio/transcriptions', verbose)).body).toMatchObject({
    duration: 2,
    segments: [{ start: 0, end: 2 }],
  })
})

test('every endpoint misbehaves as asked, and knows its own model only', async () => {
  const busy = await post('/embeddings', {
    model: 'sim/embed',
    input: 'sim: error=429 retryAfterSeconds=3',
  })
  expect(busy).toMatchObject({ status: 429, headers: { 'retry-after': '3' } })
  const lost = await post('/images/generations', {
    model: 'sim/image',
    prompt: 'x',
    sim: { error: 'reset' },
  })
  expect(lost.end).toBe('reset')
  expect((await postJson('/rerank', { model: 'sim/embed' })).error.code).toBe('model_not_found')
  expect((await post('/embeddings', { model: 'sim/embed', sim: 7 })).status).toBe(400)
})
