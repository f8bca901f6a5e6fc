import { expect } from 'vitest'

import type { ProviderProtocolName } from '#domain/catalogue.ts'
import { Fault } from '#domain/faults.ts'
import { zeroUsage } from '#domain/usage.ts'
import type { AnswerFacts, ClientProtocol } from '#gateway/canonical/client-protocol.ts'
import type { Delta } from '#gateway/canonical/delta.ts'
import type { ModelRequest } from '#gateway/canonical/request.ts'
import type { WireEvent } from '#gateway/canonical/wire-event.ts'
import { nothingMetered } from '#gateway/meter.ts'
import { EventTooLarge } from '#gateway/stream/event-splitter.ts'
import { framers } from '#gateway/translate/framers.ts'
import { clientProtocols, providerProtocol } from '#gateway/translate/protocols.ts'
import { FramingError } from '#gateway/translate/sse-events.ts'
import { asked } from '#test/gateway/asked.ts'
import { makeChance, type Chance } from '#test/simulation/chance.ts'

import { speak, type Said, type ScriptedAnswer } from './scripted-answer.ts'
import { providerNames } from './translation-world.ts'

/** The most bytes of one event here: small, so that the limit is met. */
const eventBytesMax = 4_096

/**
 * One damaged stream of one protocol, read and written for every client. Throws when anything does: a
 * decoder that throws, an output that is no stream of events with JSON in them, a broken stream that ends
 * like a whole one. The same seed gives the same stream.
 */
export function fuzzOneStream(seed: number): void {
  const chance = makeChance(seed)
  const protocol = chance.pick(providerNames)
  const bytes = damaged(wireBytes(protocol, chance), chance)
  const { deltas, isBroken } = decode(protocol, bytes, chance)
  for (const client of Object.values(clientProtocols)) {
    write(client, deltas, isBroken)
  }
}

function wireBytes(protocol: ProviderProtocolName, chance: Chance): Buffer {
  return Buffer.concat(speak(protocol, anyAnswer(chance), true).chunks)
}

function anyAnswer(chance: Chance): ScriptedAnswer {
  const said: Said[] = []
  for (let count = chance.between(0, 3); count >= 0; count -= 1) {
    const pieces = Array.from({ length: 1 + chance.between(0, 3) }, () => anyText(chance))
    const kind = chance.between(0, 2)
    if (kind === 0) said.push({ kind: 'text', pieces })
    else if (kind === 1) said.push({ kind: 'reasoning', pieces, signature: 'c2lnbmF0dXJl' })
    else {
      const text = JSON.stringify({ said: pieces })
      const cut = chance.between(0, text.length - 1)
      const call = { id: `call_${count}`, name: 'f', pieces: [text.slice(0, cut), text.slice(cut)] }
      said.push({ kind: 'call', ...call })
    }
  }
  return {
    said,
    finish: chance.pick(['stop', 'length', 'tool_calls', 'content_filter'] as const),
    promptTokens: chance.between(0, 999),
    cachedTokens: 0,
    completionTokens: chance.between(0, 999),
    reasoningTokens: 0,
  }
}

const alphabet = ['a', ' ', '\n', '"', '\\', 'ü', '😀', '\u2028', 'data: ', '{', '}', '\u0000']

function anyText(chance: Chance): string {
  return Array.from({ length: chance.between(0, 11) }, () => chance.pick(alphabet)).join('')
}

/** Flips, cuts, doubles, inserts and drops, none to several times. */
function damaged(bytes: Buffer, chance: Chance): Buffer {
  let damaged = bytes
  for (let count = chance.between(0, 4); count > 0; count -= 1) {
    const at = chance.between(0, damaged.length)
    const length = chance.between(0, 39)
    const [before, piece, after] = [
      damaged.subarray(0, at),
      damaged.subarray(at, at + length),
      damaged.subarray(at + length),
    ]
    switch (chance.between(0, 5)) {
      case 0:
        damaged = Buffer.concat([before, after])
        break
      case 1:
        damaged = Buffer.concat([before, piece, piece, after])
        break
      case 2:
        damaged = Buffer.concat([before, Buffer.from(anyText(chance)), piece, after])
        break
      case 3:
        damaged = Buffer.concat([
          before,
          piece.map((byte) => byte ^ (1 << chance.between(0, 7))),
          after,
        ])
        break
      case 4:
        damaged = Buffer.concat([damaged, before])
        break
      default:
        damaged = before
    }
  }
  return damaged
}

const request: ModelRequest = asked({
  messages: [{ role: 'user', parts: [{ kind: 'text', text: 'Hi', cache: null }], name: null }],
  stream: true,
})

/** Feeds it in random pieces. The bytes of an event that is too large, or of no event, end the stream. */
function decode(
  protocol: ProviderProtocolName,
  bytes: Buffer,
  chance: Chance,
): { deltas: readonly Delta[]; isBroken: boolean } {
  const { framing, openDecoder } = providerProtocol(protocol)
  const decoder = openDecoder({ request, callIdPrefix: 'fuzz' })
  const deltas: Delta[] = []
  const sink = (event: WireEvent) => void deltas.push(...decoder.take(event))
  const framer = framers[framing](sink, eventBytesMax)
  try {
    for (let at = 0; at < bytes.length;) {
      const next = at + 1 + chance.between(0, chance.happens(0.25) ? 3 : 400)
      framer.push(bytes.subarray(at, next))
      at = next
    }
    framer.end()
  } catch (error) {
    if (!(error instanceof EventTooLarge) && !(error instanceof FramingError)) throw error
    return { deltas, isBroken: true }
  }
  deltas.push(...decoder.end())
  const failed = deltas.findIndex(({ kind }) => kind === 'error')
  if (failed !== -1) return { deltas: deltas.slice(0, failed), isBroken: true }
  return { deltas, isBroken: !deltas.some(({ kind }) => kind === 'finish') }
}

function write(client: ClientProtocol, deltas: readonly Delta[], isBroken: boolean): void {
  const facts: AnswerFacts = {
    id: 'gen-fuzz',
    model: 'test/model',
    provider: 'The provider',
    createdAtSeconds: 1_700_000_000,
    request,
    body: {},
  }
  const stream = client.openStream(facts)
  let text = ''
  for (const delta of deltas) text += stream.push(delta)
  if (isBroken)
    text += stream.fail(
      new Fault('provider_error', { details: { provider: 'P', detail: 'it broke' } }),
    )
  else text += stream.end({ usage: zeroUsage, cost: nothingMetered.cost, warnings: [] })
  expectEvents(client.name, text, isBroken)
}

/** Every event has one line of JSON, and only a whole stream ends like one. */
function expectEvents(name: string, text: string, isBroken: boolean): void {
  const lines = text.replaceAll('\r\n', '\n')
  expect({ name, end: lines.slice(-2) }).toEqual({ name, end: '\n\n' })
  const events = lines.split('\n\n').slice(0, -1)
  for (const line of events.flatMap((event) => event.split('\n'))) {
    if (line.startsWith(':') || line.startsWith('event: ')) continue
    expect(line.startsWith('data: ')).toBe(true)
    if (line !== 'data: [DONE]') JSON.parse(line.slice('data: '.length))
  }
  const last = events.at(-1) ?? ''
  const endsWhole = /\[DONE\]|message_stop|"response\.(?:completed|incomplete)"/.test(last)
  if (name !== 'gemini')
    expect({ name, last, endsWhole }).toEqual({ name, last, endsWhole: !isBroken })
}
