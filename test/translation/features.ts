import { expect } from 'vitest'

import { until } from '#test/server/until.ts'

import type { ClientLibrary, Heard, Question } from './heard.ts'
import { refusalBody, streamError } from './provider-words/error-words.ts'
import { speak, type Said, type ScriptedAnswer } from './scripted-answer.ts'
import { asksForStream, type TranslationWorld } from './translation-world.ts'

/** One row of the matrix. `check` fails, or returns everything that was heard on the way. */
export interface Feature {
  readonly name: string
  readonly check: (world: TranslationWorld, library: ClientLibrary) => Promise<readonly Heard[]>
}

const words = ['Grüß ', 'Gott, ', 'wörld 😀', '!']
const text: Said = { kind: 'text', pieces: words }
const weather: Said = {
  kind: 'call',
  id: 'call_w1',
  name: 'weather',
  pieces: ['{"ci', 'ty":"Lin', 'z"}'],
}
const news: Said = { kind: 'call', id: 'call_n2', name: 'news', pieces: ['{"city":', '"Graz"}'] }
/** As long as real ones, so that no field for ids or names could hold it. */
const signature = Buffer.from('the maker signed this thought'.repeat(20)).toString('base64')
const thought: Said = { kind: 'reasoning', pieces: ['I should ', 'look it up.'], signature }

function answerOf(said: readonly Said[], more: Partial<ScriptedAnswer> = {}): ScriptedAnswer {
  const finish = said.some(({ kind }) => kind === 'call') ? 'tool_calls' : 'stop'
  return {
    said,
    finish,
    promptTokens: 100,
    cachedTokens: 0,
    completionTokens: 30,
    reasoningTokens: 0,
    ...more,
  }
}

const ask = (more: Partial<Question> = {}): Question => ({
  prompt: [{ kind: 'text', text: 'How is the weather in Linz?' }],
  stream: false,
  ...more,
})

/** Every row, in the order of the table. */
export const features: readonly Feature[] = [
  { name: 'text', check: (world, library) => tell(world, library, false) },
  { name: 'streaming', check: (world, library) => tell(world, library, true) },
  { name: 'tools', check: (world, library) => call(world, library, [weather]) },
  { name: 'parallel tools', check: (world, library) => call(world, library, [weather, news]) },
  { name: 'tool results', check: giveResults },
  { name: 'structured output', check: structure },
  { name: 'reasoning, signed', check: reason },
  { name: 'cached prompts', check: cache },
  { name: 'images', check: (world, library) => send(world, library, 'image') },
  { name: 'files', check: (world, library) => send(world, library, 'file') },
  { name: 'refusal', check: (world, library) => finish(world, library, 'content_filter') },
  { name: 'length stop', check: (world, library) => finish(world, library, 'length') },
  { name: 'error before', check: refuse },
  { name: 'error in the stream', check: breakOff },
  { name: 'abort', check: abort },
]

async function tell(world: TranslationWorld, library: ClientLibrary, stream: boolean) {
  world.answer(answerOf([text]))
  const heard = await library.ask(ask({ stream }))
  expect(heard).toMatchObject({ text: words.join(''), finish: 'stop', calls: [] })
  expect(heard).toMatchObject({ promptTokens: 100, completionTokens: 30 })
  // $1 and $2 for a million tokens.
  expect(heard.cost).toBe(0.00016)
  return [heard]
}

async function call(world: TranslationWorld, library: ClientLibrary, said: readonly Said[]) {
  const heards: Heard[] = []
  for (const stream of [false, true]) {
    world.answer(answerOf(said))
    const heard = await library.ask(ask({ stream, tools: ['weather', 'news'] }))
    expect(heard.finish).toBe('tool_calls')
    expect(heard.calls.map(({ name, arguments: given }) => [name, given])).toEqual(
      said.map((one) => [one.kind === 'call' && one.name, JSON.parse(one.pieces.join(''))]),
    )
    // Gemini's own words have no ids, and its own clients pair calls and results by their order.
    const ids = heard.calls.map(({ id }) => id)
    if (ids.some((id) => id !== '')) expect(new Set(ids).size).toBe(said.length)
    heards.push(heard)
  }
  expect(world.upstream.received.at(-1)?.body).toContain('About news')
  return heards
}

async function giveResults(world: TranslationWorld, library: ClientLibrary) {
  world.answer(answerOf([{ kind: 'text', pieces: ['Wait.'] }, weather, news]))
  const first = await library.ask(ask({ tools: ['weather', 'news'] }))
  world.answer(answerOf([text]))
  const before = [{ turn: first.turn, results: resultsFor(first) }]
  const second = await library.ask(ask({ stream: true, tools: ['weather', 'news'], before }))
  expect(second.text).toBe(words.join(''))
  const sent = world.upstream.received.at(-1)?.body ?? ''
  for (const piece of ['weather is fine', 'news is fine', 'Wait.', 'Graz']) {
    expect(sent).toContain(piece)
  }
  return [first, second]
}

function resultsFor({ calls }: Heard) {
  return calls.map(({ id, name }) => ({ id, name, text: `${name} is fine` }))
}

async function structure(world: TranslationWorld, library: ClientLibrary) {
  const pieces = ['{"temper', 'ature":21}']
  world.answer(answerOf([{ kind: 'text', pieces }]))
  const schema = {
    type: 'object',
    properties: { temperature: { type: 'number' } },
    required: ['temperature'],
    additionalProperties: false,
  }
  const heard = await library.ask(ask({ schema }))
  expect(JSON.parse(heard.text)).toEqual({ temperature: 21 })
  // Bedrock takes the schema as a text.
  const sent = world.upstream.received.at(-1)?.body.replaceAll('\\', '')
  expect(sent).toContain('"temperature":{"type":"number"}')
  return [heard]
}

/** What was signed goes back byte for byte, after an answer whole and after a stream. */
async function reason(world: TranslationWorld, library: ClientLibrary) {
  const heards: Heard[] = []
  for (const stream of [false, true]) {
    world.answer(answerOf([thought, weather], { reasoningTokens: 12 }))
    const first = await library.ask(ask({ stream, tools: ['weather'], reasons: true }))
    expect(first.reasoning).toBe(thought.pieces.join(''))
    world.answer(answerOf([text]))
    const before = [{ turn: first.turn, results: resultsFor(first) }]
    const second = await library.ask(ask({ stream, tools: ['weather'], reasons: true, before }))
    expect(second.text).toBe(words.join(''))
    const sent = world.upstream.received.at(-1)?.body ?? ''
    if (signs(world)) expect(sent).toContain(signature)
    heards.push(first, second)
  }
  return heards
}

function signs({ protocol }: TranslationWorld): boolean {
  return protocol !== 'openai' && protocol !== 'azure-openai'
}

async function cache(world: TranslationWorld, library: ClientLibrary) {
  const heards: Heard[] = []
  for (const stream of [false, true]) {
    world.answer(answerOf([text], { cachedTokens: 40 }))
    const prompt = [{ kind: 'text', text: 'A long prompt.', isCached: true }] as const
    const heard = await library.ask(ask({ stream, prompt }))
    expect(heard).toMatchObject({ promptTokens: 100, cachedTokens: 40 })
    // 60 at $1, 40 at $0.10 and 30 at $2 for a million.
    expect(heard.cost).toBe(0.000124)
    heards.push(heard)
  }
  return heards
}

/** The smallest PNG: one transparent pixel. */
const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='
const paper = Buffer.from('%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n').toString('base64')

async function send(world: TranslationWorld, library: ClientLibrary, kind: 'image' | 'file') {
  world.answer(answerOf([text]))
  const base64 = kind === 'image' ? pixel : paper
  const heard = await library.ask(
    ask({
      prompt: [
        { kind: 'text', text: 'What is this?' },
        { kind, base64 },
      ],
    }),
  )
  expect(heard.text).toBe(words.join(''))
  expect(world.upstream.received.at(-1)?.body).toContain(base64)
  return [heard]
}

async function finish(
  world: TranslationWorld,
  library: ClientLibrary,
  how: 'length' | 'content_filter',
) {
  const heards: Heard[] = []
  for (const stream of [false, true]) {
    world.answer(answerOf([text], { finish: how }))
    const heard = await library.ask(ask({ stream, maxTokens: 30 }))
    expect(heard.finish).toBe(how)
    heards.push(heard)
  }
  return heards
}

async function refuse(world: TranslationWorld, library: ClientLibrary) {
  const balance = world.gateway.credit.balance(world.gateway.customer.accountId)
  for (const stream of [false, true]) {
    world.upstream.script = ({ response }) => {
      response.writeHead(400, { 'content-type': 'application/json' })
      response.end(JSON.stringify(refusalBody(world.protocol, 'The sky is too high.')))
    }
    const error = await library.ask(ask({ stream })).catch((thrown: unknown) => thrown)
    expect(String(error)).toContain('The sky is too high.')
    expect((error as { status?: number }).status).toBe(400)
  }
  expect(world.gateway.credit.balance(world.gateway.customer.accountId)).toBe(balance)
  return []
}

/** Nobody takes half an answer for a whole one. */
async function breakOff(world: TranslationWorld, library: ClientLibrary) {
  world.upstream.script = async ({ response }) => {
    const { contentType, chunks } = speak(world.protocol, answerOf([text]), true)
    response.writeHead(200, { 'content-type': contentType })
    for (const chunk of chunks.slice(0, Math.ceil(chunks.length / 2))) response.write(chunk)
    await new Promise((resolve) => setImmediate(resolve))
    response.end(streamError(world.protocol, 'The line is cut.'))
  }
  const outcome = await library.ask(ask({ stream: true })).then(
    (heard) => heard.finish,
    (thrown: unknown) => String(thrown),
  )
  expect(['stop', 'length', 'tool_calls', 'content_filter']).not.toContain(outcome)
  const { records } = world.gateway.credit
  expect(records.at(-1)).toMatchObject({ outcome: 'upstream_failed' })
  return []
}

async function abort(world: TranslationWorld, library: ClientLibrary) {
  const abortedBefore = world.upstream.abortedCount()
  const controller = new AbortController()
  world.upstream.script = ({ received, response }) => {
    const { contentType, chunks } = speak(world.protocol, answerOf([text]), asksForStream(received))
    response.writeHead(200, { 'content-type': contentType })
    for (const chunk of chunks.slice(0, 4)) response.write(chunk)
    setImmediate(() => controller.abort())
  }
  const outcome = await library.ask(ask({ stream: true }), controller.signal).then(
    () => 'answered',
    () => 'thrown',
  )
  expect(outcome).toBe('thrown')
  await until(() => world.upstream.abortedCount() > abortedBefore || undefined, {
    timeoutMs: 5_000,
    what: 'the end of the upstream call',
  })
  return []
}
