import { randomBytes } from 'node:crypto'

import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { makeDatabase, type TestDatabase } from '#test/database/database-fixture.ts'
import { type RunningServer, startServer } from '#test/server/running-server.ts'

const thinking = 'This thought is simulated'
const answer = 'This answer is simulated by codelace; no model was asked. You said: Hello there'

/** Where each protocol is simulated, and what its models are taken for. */
const places = [
  { slug: 'chat', protocol: undefined, name: '' },
  { slug: 'responses', protocol: 'openai-responses', name: '' },
  { slug: 'anthropic', protocol: 'anthropic', name: 'claude-sonnet-4-5/' },
  { slug: 'gemini', protocol: 'gemini', name: 'gemini-3-pro/' },
  { slug: 'bedrock', protocol: 'bedrock', name: 'us.anthropic.claude-sonnet-4-5/' },
] as const

const ids = places.map(({ slug }) => (slug === 'chat' ? 'sim/reason' : `try/${slug}`))

const config = {
  providers: places.flatMap(({ slug, protocol }) =>
    protocol === undefined ? [] : [{ slug, protocol, baseUrl: `simulated:${slug}` }],
  ),
  models: places.flatMap(({ slug, name }) =>
    slug === 'chat'
      ? []
      : [
          {
            id: `try/${slug}`,
            contextLength: 100_000,
            maxOutput: 8_000,
            endpoints: [{ provider: slug, upstreamModel: `${name}sim/reason`, free: true }],
          },
        ],
  ),
}

let database: TestDatabase
let server: RunningServer
let openai: OpenAI
let anthropic: Anthropic
let google: GoogleGenAI

beforeAll(async () => {
  database = await makeDatabase('server')
  server = await startServer({
    config,
    environment: {
      DATABASE_URL: database.url ?? '',
      CODELACE_MASTER_KEY: randomBytes(32).toString('base64'),
    },
  })
  const { url, apiKey } = server
  openai = new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 })
  anthropic = new Anthropic({ baseURL: url, apiKey, maxRetries: 0 })
  google = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: url } })
}, 120_000)

afterAll(async () => {
  await server?.stop()
  await database?.drop()
})

describe.each(ids)('%s thinks and answers, read by the official client', (model) => {
  test('of chat completions', async () => {
    const stream = openai.chat.completions.stream({
      model,
      messages: [{ role: 'user', content: 'Hello there' }],
      reasoning_effort: 'high',
    })
    const completion = await stream.finalChatCompletion()
    expect(completion.choices[0]?.message.content).toBe(answer)
    expect(completion.choices[0]?.finish_reason).toBe('stop')
  })

  test('of Responses', async () => {
    const stream = openai.responses.stream({
      model,
      input: 'Hello there',
      reasoning: { effort: 'high', summary: 'auto' },
    })
    const response = await stream.finalResponse()
    expect(response.output_text).toBe(answer)
    expect(JSON.stringify(response.output)).toContain(thinking)
    expect(response.usage?.output_tokens).toBeGreaterThan(20)
  })

  test('of Messages, whose thoughts go back unchanged', async () => {
    const asked = {
      model,
      max_tokens: 4_000,
      thinking: { type: 'enabled' as const, budget_tokens: 2_000 },
    }
    const first: Anthropic.MessageParam = { role: 'user', content: 'Hello there' }
    const stream = anthropic.messages.stream({ ...asked, messages: [first] })
    const { content, stop_reason: reason } = await stream.finalMessage()
    expect(reason).toBe('end_turn')
    expect(content.find((block) => block.type === 'thinking')?.thinking).toContain(thinking)
    expect(content.find((block) => block.type === 'text')?.text).toBe(answer)
    const next = await anthropic.messages.create({
      ...asked,
      messages: [first, { role: 'assistant', content }, { role: 'user', content: 'And then?' }],
    })
    expect(JSON.stringify(next.content)).toContain('You said: And then?')
  })

  test('of Gemini', async () => {
    const stream = await google.models.generateContentStream({
      model,
      contents: 'Hello there',
      config: { thinkingConfig: { includeThoughts: true, thinkingBudget: 2_000 } },
    })
    let text = ''
    let thought = ''
    for await (const chunk of stream) {
      for (const part of chunk.candidates?.[0]?.content?.parts ?? []) {
        if (part.thought) thought += part.text ?? ''
        else text += part.text ?? ''
      }
    }
    expect(text).toBe(answer)
    expect(thought).toContain(thinking)
  })
})
