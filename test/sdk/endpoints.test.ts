import OpenAI, { toFile } from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { type RunningServer, startServer } from '#test/server/running-server.ts'
import { until } from '#test/server/until.ts'

/** OpenAI's own client at every endpoint beside chat, against the running product and its simulated models. */

let server: RunningServer
let client: OpenAI

beforeAll(async () => {
  server = await startServer()
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: server.apiKey, maxRetries: 0 })
}, 90_000)

afterAll(() => server.stop())

interface LogLine {
  readonly outcome: string
  readonly model: { readonly requested: string } | string
  readonly cost: string
}

/** The log line of an answer, once it is written. */
function logLine(id: string | null): Promise<LogLine> {
  return until(
    async () => {
      try {
        const found: { data: LogLine } = Object(
          await server.operate('GET', `/api/generations/${id}`),
        )
        return found.data
      } catch {
        return undefined
      }
    },
    { timeoutMs: 10_000, what: `the log line of ${id}` },
  )
}

/** What the log says it cost is what the answer said. */
async function expectCharged(response: Response): Promise<void> {
  const cost = response.headers.get('x-codelace-cost')
  const line = await logLine(response.headers.get('x-generation-id'))
  expect(line.outcome).toBe('completed')
  expect(Number(line.cost)).toBe(Number(cost))
  expect(Number(cost)).toBeGreaterThan(0)
}

describe('embeddings', () => {
  test('come back as numbers, whether they were asked for as numbers or as base64', async () => {
    const input = ['a red boat', 'a blue boat']
    // This client asks for base64 unless it is told otherwise, and decodes it.
    const usual = client.embeddings.create({ model: 'sim/embed', input })
    const { data, response } = await usual.withResponse()
    const floats = await client.embeddings.create({
      ...{ model: 'sim/embed', input, encoding_format: 'float' },
    })
    expect(data.data).toHaveLength(2)
    expect(data.data[0]?.embedding.length).toBeGreaterThan(1)
    const rounded = (vector: readonly number[] = []) => vector.map((value) => value.toFixed(5))
    expect(rounded(data.data[1]?.embedding)).toEqual(rounded(floats.data[1]?.embedding))
    expect(data.usage.total_tokens).toBeGreaterThan(0)
    await expectCharged(response)
  })

  test('have as many dimensions as were asked for', async () => {
    const asked = { model: 'sim/embed', input: 'a boat', dimensions: 16 }
    const { data } = await client.embeddings.create(asked)
    expect(data[0]?.embedding).toHaveLength(16)
  })
})

describe('completions', () => {
  const asked = { model: 'sim/echo', prompt: 'Once upon a time' }

  test('whole', async () => {
    const { data, response } = await client.completions.create(asked).withResponse()
    expect(data.object).toBe('text_completion')
    expect(data.choices[0]?.text).toMatch(/simulated/i)
    expect(data.choices[0]?.finish_reason).toBe('stop')
    expect((await logLine(response.headers.get('x-generation-id'))).outcome).toBe('completed')
  })

  test('streamed: the same text, and the usage once', async () => {
    const whole = await client.completions.create(asked)
    let text = ''
    let usages = 0
    for await (const chunk of await client.completions.create({ ...asked, stream: true })) {
      text += chunk.choices[0]?.text ?? ''
      if (chunk.usage) usages += 1
    }
    expect(text).toBe(whole.choices[0]?.text)
    expect(usages).toBe(1)
  })
})

describe('images', () => {
  test('are made', async () => {
    const asked = { model: 'sim/image', prompt: 'a red boat', n: 2, size: '256x256' as const }
    const { data, response } = await client.images.generate(asked).withResponse()
    expect(data.data).toHaveLength(2)
    expect(pngHead(data.data?.[0]?.b64_json)).toBe('PNG')
    expect(data.usage?.output_tokens).toBeGreaterThan(0)
    await expectCharged(response)
  })

  test('are changed', async () => {
    const made = await client.images.generate({ model: 'sim/image', prompt: 'a boat' })
    const bytes = Buffer.from(made.data?.[0]?.b64_json ?? '', 'base64')
    const image = await toFile(bytes, 'boat.png', { type: 'image/png' })
    const asked = { model: 'sim/image', prompt: 'now blue', image }
    const { data, response } = await client.images.edit(asked).withResponse()
    expect(pngHead(data.data?.[0]?.b64_json)).toBe('PNG')
    await expectCharged(response)
  })
})

function pngHead(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString('latin1', 1, 4)
}

describe('audio', () => {
  const words = 'seven green bottles'

  async function speak(): Promise<Response> {
    return client.audio.speech.create({
      ...{ model: 'sim/speech', input: words, voice: 'alloy', response_format: 'wav' },
    })
  }

  test('is spoken, byte by byte', async () => {
    const response = await speak()
    expect(response.headers.get('content-type')).toBe('audio/wav')
    const bytes = Buffer.from(await response.arrayBuffer())
    expect(bytes.toString('latin1', 0, 4)).toBe('RIFF')
    expect(bytes.readUInt32LE(4) + 8).toBe(bytes.length)
    await expectCharged(response)
  })

  test('is written down again, in every format', async () => {
    const bytes = Buffer.from(await (await speak()).arrayBuffer())
    const transcribe = async (format: 'json' | 'text' | 'verbose_json' | 'srt' | 'vtt') => {
      const file = await toFile(bytes, 'words.wav', { type: 'audio/wav' })
      return client.audio.transcriptions
        .create({ model: 'sim/transcribe', file, response_format: format })
        .withResponse()
    }
    const { data, response } = await transcribe('json')
    expect(data).toMatchObject({ text: expect.stringContaining(words) })
    await expectCharged(response)
    const verbose = await transcribe('verbose_json')
    expect(verbose.data).toMatchObject({
      ...{ text: expect.stringContaining(words), duration: expect.any(Number) },
      segments: [{ start: 0 }],
    })
    const texts = await Promise.all((['text', 'srt', 'vtt'] as const).map(transcribe))
    for (const { data: text } of texts) expect(text).toContain(words)
    expect(texts[1]?.data).toMatch(/^1\n00:00:00,000 --> /)
    expect(texts[2]?.data).toMatch(/^WEBVTT/)
  })
})

test('texts are judged', async () => {
  const asked = { model: 'sim/moderate', input: ['a boat', 'another'] }
  const { data, response } = await client.moderations.create(asked).withResponse()
  expect(data.results).toHaveLength(2)
  expect(data.results[0]?.flagged).toBe(false)
  await expectCharged(response)
})

test('documents are put in order, which this client asks for by hand', async () => {
  const documents = ['a tree', 'a red boat on the sea']
  const body = { model: 'sim/rerank', query: 'red boat', documents }
  const answer = await client.post<{ results: { index: number }[] }>('/rerank', { body })
  expect(answer.results.map(({ index }) => index)).toEqual([1, 0])
})

describe('errors are those that this client knows', () => {
  test('a model for something else: 400, with the names of those that can', async () => {
    const asked = client.embeddings.create({ model: 'sim/echo', input: 'x' })
    await expect(asked).rejects.toThrow(
      /"sim\/echo" cannot be asked at \/v1\/embeddings.*"sim\/embed"/,
    )
    await expect(asked).rejects.toBeInstanceOf(OpenAI.BadRequestError)
  })

  test('a wrong key: 401', async () => {
    const stranger = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'sk-wrong', maxRetries: 0 })
    const asked = stranger.audio.speech.create({ model: 'sim/speech', input: 'x', voice: 'alloy' })
    await expect(asked).rejects.toBeInstanceOf(OpenAI.AuthenticationError)
  })

  test('what the provider refuses: 400, in its words', async () => {
    const asked = client.audio.speech.create({
      ...{ model: 'sim/speech', input: 'x', voice: 'alloy', response_format: 'flac' },
    })
    await expect(asked).rejects.toThrow(/wav/)
  })
})
