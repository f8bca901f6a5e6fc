import OpenAI from 'openai'
import { zodResponseFormat } from 'openai/helpers/zod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'

import { type RunningServer, startServer } from '#test/server/running-server.ts'
import { until } from '#test/server/until.ts'

let server: RunningServer
let client: OpenAI

beforeAll(async () => {
  server = await startServer()
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: server.apiKey, maxRetries: 0 })
}, 90_000)

afterAll(() => server.stop())

const hello = [{ role: 'user' as const, content: 'Hello, world!' }]

const weather = functionTool('weather', {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
})
const clock = functionTool('clock', {
  type: 'object',
  properties: { zone: { type: 'string' } },
  required: ['zone'],
})

function functionTool(name: string, parameters: Record<string, unknown>) {
  return {
    type: 'function' as const,
    function: { name, description: `Asks the ${name}.`, parameters },
  }
}

/** Members that this gateway adds to OpenAI's shapes. */
interface Added {
  readonly provider?: string
  readonly usage?: { readonly cost?: number } | null
}

/** The same object as plain JSON, where the client's types do not know of additions. */
function addedTo(answer: object | undefined): Added {
  const plain: Added = JSON.parse(JSON.stringify(answer ?? {}))
  return plain
}

interface LogLine {
  readonly outcome: string
  readonly tokens: { readonly completion: number }
  readonly cost: string
}

async function logLine(id: string): Promise<LogLine> {
  const found: { data: LogLine } = Object(await server.operate('GET', `/api/generations/${id}`))
  return found.data
}

describe('create', () => {
  test('gives a completion in OpenAI’s shape, with the provider and the cost beside it', async () => {
    const completion = await client.chat.completions.create({ model: 'sim/echo', messages: hello })
    const added = addedTo(completion)
    expect(completion.object).toBe('chat.completion')
    expect(completion.id).toMatch(/^gen-\d{10}-[0-9A-Za-z]{20}$/)
    expect(completion.choices[0]?.message.content).toMatch(/simulated/i)
    expect(completion.choices[0]?.finish_reason).toBe('stop')
    expect(added.provider).toEqual(expect.any(String))
    expect(added.usage?.cost).toBeGreaterThan(0)
    const line = await logLine(completion.id)
    expect(line.outcome).toBe('completed')
    expect(Number(line.cost)).toBe(added.usage?.cost)
  })

  test('is the same answer for the same question', async () => {
    const answers = await Promise.all(
      [1, 2].map(() => client.chat.completions.create({ model: 'sim/echo', messages: hello })),
    )
    const [first, second] = answers.map(({ choices }) => choices)
    expect(first).toEqual(second)
  })

  test('gives the generation id in a header too', async () => {
    const { data, response } = await client.chat.completions
      .create({ model: 'sim/echo', messages: hello })
      .withResponse()
    expect(response.headers.get('x-generation-id')).toBe(data.id)
  })
})

describe('stream', () => {
  test('gives the text in pieces, and the usage with its cost in the last chunk', async () => {
    const stream = await client.chat.completions.create({
      model: 'sim/stream',
      messages: hello,
      stream: true,
    })
    const chunks: OpenAI.ChatCompletionChunk[] = []
    for await (const chunk of stream) chunks.push(chunk)
    const pieces = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta.content ?? ''))
    expect(pieces.filter((piece) => piece !== '').length).toBeGreaterThan(2)
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1)
    const last = addedTo(chunks.at(-1))
    expect(chunks.at(-1)?.choices).toEqual([])
    expect(last.usage?.cost).toBeGreaterThan(0)
  })

  test('through the helper gives whole tool calls', async () => {
    const stream = client.chat.completions.stream({
      model: 'sim/stream',
      messages: hello,
      tools: [weather],
      tool_choice: 'required',
    })
    const argumentsDone: string[] = []
    stream.on('tool_calls.function.arguments.done', ({ name }) => argumentsDone.push(name))
    const completion = await stream.finalChatCompletion()
    const calls = completion.choices[0]?.message.tool_calls ?? []
    expect(completion.choices[0]?.finish_reason).toBe('tool_calls')
    expect(argumentsDone).toEqual(['weather'])
    expect(calls.map(readCall)).toEqual([{ name: 'weather', input: { city: expect.any(String) } }])
  })

  test('gives parallel tool calls apart from each other', async () => {
    const completion = await client.chat.completions
      .stream({
        model: 'sim/stream',
        messages: [{ role: 'user', content: 'Both, please.\nsim: toolCalls=2' }],
        tools: [weather, clock],
        parallel_tool_calls: true,
      })
      .finalChatCompletion()
    const calls = completion.choices[0]?.message.tool_calls ?? []
    expect(calls.map(readCall).map(({ name }) => name)).toEqual(['weather', 'clock'])
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2)
  })

  test('that is aborted stops the provider, and only what was delivered is charged', async () => {
    const stream = await client.chat.completions.create({
      model: 'sim/stream',
      messages: [{ role: 'user', content: 'Slowly.\nsim: chunks=500 chunkDelayMs=20' }],
      stream: true,
    })
    let id = ''
    let seen = 0
    for await (const chunk of stream) {
      id = chunk.id
      seen += 1
      if (seen === 5) break
    }
    const line = await until(() => logLine(id).catch(() => undefined), {
      timeoutMs: 10_000,
      what: 'the aborted request is in the log',
    })
    expect(line.outcome).toBe('client_gone')
    expect(line.tokens.completion).toBeGreaterThan(0)
    expect(line.tokens.completion).toBeLessThan(250)
    expect(Number(line.cost)).toBeGreaterThan(0)
  })
})

describe('tools and structure without a stream', () => {
  test('a tool call arrives whole', async () => {
    const completion = await client.chat.completions.create({
      model: 'sim/echo',
      messages: hello,
      tools: [weather],
      tool_choice: { type: 'function', function: { name: 'weather' } },
    })
    const calls = completion.choices[0]?.message.tool_calls ?? []
    expect(calls.map(readCall)).toEqual([{ name: 'weather', input: { city: expect.any(String) } }])
  })

  test('json_schema output parses as the schema says', async () => {
    const shape = z.object({ city: z.string(), degrees: z.number(), windy: z.boolean() })
    const completion = await client.chat.completions.parse({
      model: 'sim/echo',
      messages: hello,
      response_format: zodResponseFormat(shape, 'weather'),
    })
    expect(shape.parse(completion.choices[0]?.message.parsed)).toBeTruthy()
  })
})

describe('models', () => {
  test('list gives every model once', async () => {
    const ids: string[] = []
    for await (const model of client.models.list()) ids.push(model.id)
    expect(ids).toEqual(expect.arrayContaining(['sim/echo', 'sim/stream']))
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('retrieve gives one, although its name has a slash', async () => {
    const model = await client.models.retrieve('sim/echo')
    expect(model).toMatchObject({ id: 'sim/echo', object: 'model' })
  })
})

function readCall(call: OpenAI.ChatCompletionMessageToolCall): { name: string; input: unknown } {
  if (call.type !== 'function') return { name: call.type, input: undefined }
  return { name: call.function.name, input: JSON.parse(call.function.arguments) }
}
