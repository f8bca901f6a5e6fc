import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { buildCatalogue, type Model, type ProviderProtocolName } from '#domain/catalogue.ts'
import { assert } from '#domain/faults.ts'

import type { ClientLibrary, EarlierTurn, Heard, Question } from './heard.ts'
import type { Said, ScriptedAnswer } from './scripted-answer.ts'
import { providerNames, startTranslationWorld, type TranslationWorld } from './translation-world.ts'

/**
 * A conversation that begins at one provider with signed thoughts and calls, goes on at another, and comes
 * back: each gets its own signatures byte for byte, none gets another's, and every call has its result.
 */
const worlds = new Map<ProviderProtocolName, TranslationWorld>()
let libraries: readonly ClientLibrary[] = []

beforeAll(async () => {
  for (const protocol of providerNames) worlds.set(protocol, await startTranslationWorld(protocol))
  const [first] = worlds.values()
  assert(first, 'there are protocols')
  const models = [...worlds].map(([protocol, world]): Model => {
    const [model] = world.gateway.parts.catalogue.models
    assert(model, 'a world has a model')
    return { ...model, id: `test/${protocol}`, aliases: [] }
  })
  const providers = models.flatMap(({ endpoints }) => endpoints.map(({ provider }) => provider))
  first.gateway.gateway.replaceCatalogue(buildCatalogue({ models, providers }))
  libraries = first.libraries
})

afterAll(async () => {
  for (const world of worlds.values()) await world.close()
})

const pairs = providerNames.flatMap((from) =>
  providerNames.filter((to) => to !== from).map((to) => [from, to] as const),
)
const clients = ['chat', 'responses', 'messages', 'gemini'] as const

describe.each(clients)('a conversation of a client of %s', (client) => {
  test.each(pairs)('goes from %s to %s and back', async (from, to) => {
    const library = libraries.find(({ name }) => name === client)
    assert(library, 'every client has a library')
    const before: EarlierTurn[] = []
    for (const [turn, protocol] of [from, to, from].entries()) {
      const heard = await ask(library, protocol, { turn, before })
      before.push({ turn: heard.turn, results: resultsFor(heard, turn) })
    }
    const sent = worlds.get(from)?.upstream.received.at(-1)?.body ?? ''
    expect(sent).toContain('result 0')
    expect(sent).toContain('result 1')
    if (isSigned(from)) expect(sent).toContain(signatureOf(from, 0))
    if (maker(from) !== maker(to)) expect(sent).not.toContain(signatureOf(to, 1))
    const other = worlds.get(to)?.upstream.received.at(-1)?.body ?? ''
    expect(other).toContain('result 0')
    if (maker(from) !== maker(to)) expect(other).not.toContain(signatureOf(from, 0))
  })
})

function ask(
  library: ClientLibrary,
  protocol: ProviderProtocolName,
  { turn, before }: { turn: number; before: readonly EarlierTurn[] },
): Promise<Heard> {
  worlds.get(protocol)?.answer(answerOf(protocol, turn))
  const question: Question = {
    prompt: [{ kind: 'text', text: 'How is the weather?' }],
    model: `test/${protocol}`,
    stream: turn % 2 === 0,
    tools: ['weather'],
    reasons: true,
    before: [...before],
  }
  return library.ask(question)
}

function answerOf(protocol: ProviderProtocolName, turn: number): ScriptedAnswer {
  const said: Said[] = [
    { kind: 'reasoning', pieces: [`Thought ${turn}.`], signature: signatureOf(protocol, turn) },
    { kind: 'text', pieces: [`Text ${turn}.`] },
    {
      kind: 'call',
      id: `call_${protocol.replaceAll('-', '_')}_${turn}`,
      name: 'weather',
      pieces: [`{"city":"City ${turn}"}`],
    },
  ]
  return {
    said: protocol === 'gemini' ? said.filter(({ kind }) => kind !== 'text') : said,
    finish: 'tool_calls',
    promptTokens: 50,
    cachedTokens: 0,
    completionTokens: 20,
    reasoningTokens: 5,
  }
}

function signatureOf(protocol: ProviderProtocolName, turn: number): string {
  return Buffer.from(`signed by ${protocol} in turn ${turn} `.repeat(9)).toString('base64')
}

function isSigned(protocol: ProviderProtocolName): boolean {
  return protocol !== 'openai' && protocol !== 'azure-openai'
}

/** Claude's signatures are good at Anthropic and at Bedrock. */
function maker(protocol: ProviderProtocolName): string {
  return protocol === 'bedrock' ? 'anthropic' : protocol
}

function resultsFor({ calls }: Heard, turn: number) {
  return calls.map(({ id, name }) => ({ id, name, text: `result ${turn}` }))
}
