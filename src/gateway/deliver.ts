import { errorChunk } from '#contract/error-envelope.ts'
import { costMembers, usageJson } from '#contract/usage.ts'
import { assert, unreachable, type Fault } from '#domain/faults.ts'
import { findMember, scanJsonObject, type JsonShape } from '#domain/json-members.ts'
import { formatUsd } from '#domain/money.ts'
import { failedKeysHeaders } from '#gateway/own/failed-keys-header.ts'

import type { House } from './house.ts'
import type { JsonAnswer } from './json-answer.ts'
import { asciiJson, asciiName, editJsonText, upstreamJsonLimits } from './json-edit.ts'
import type { Life } from './life.ts'
import { rateHeaders } from './limits/rate-headers.ts'
import type { Metered } from './meter.ts'
import type { PlainProduct } from './plain/plain-product.ts'
import type { Ending } from './record.ts'
import { faultAnswer, headersFor, sendWhole } from './respond.ts'
import { keepResponse } from './responses/in-a-life.ts'
import type { StreamRelay } from './stream/stream-relay.ts'
import { clientProtocols } from './translate/protocols.ts'

/** Sends what is still owed to the client: the whole answer, or the end of its stream. */
export function deliver(house: House, life: Life, ending: Ending, metered: Metered): void {
  if (life.isClientGone) return
  switch (ending.kind) {
    case 'answer':
      return sendAnswer(house, life, ending.answer, metered)
    case 'stream': {
      const { end, relay } = ending
      if (end.kind === 'completed') relay.writer.end(lastEvents(life, relay, metered))
      else if (end.kind === 'broken') breakStream(house, life, relay, end.failure.fault)
      return
    }
    case 'translated':
      return sendTranslated(house, life, ending.answer.write(metered))
    case 'plain':
      return sendPlain(house, life, ending.answer, metered)
    case 'translated_stream': {
      const { end, stream } = ending
      if (end.kind === 'completed') {
        stream.deliverEnd(metered, (text) => keepResponse(house, life, text))
      }
      if (end.kind === 'broken') stream.deliverFault(end.failure.fault)
      return
    }
    case 'failed':
      return sendFault(house, life, ending.failure.fault)
    case 'refused':
    case 'stopped':
      return sendFault(house, life, ending.fault)
    case 'gone':
      return
    default:
      return unreachable(ending)
  }
}

/** Tells the client that it cannot have the end of its answer, in the form that is still possible. */
export function deliverFault(house: House, life: Life, ending: Ending, fault: Fault): void {
  if (life.isClientGone) return
  if (ending.kind === 'stream' && ending.relay.writer.isOpen) {
    breakStream(house, life, ending.relay, fault)
  } else if (ending.kind === 'translated_stream' && ending.stream.writer.isOpen) {
    ending.stream.deliverFault(fault)
  } else sendFault(house, life, fault)
}

function sendFault(house: House, life: Life, fault: Fault): void {
  const answer = faultAnswer(life.request, fault, ownHeaders(house, life))
  const { client } = life.door
  if (client === 'chat') sendWhole(house, life, answer)
  else
    sendWhole(house, life, { ...answer, body: clientProtocols[client].writeFault(fault, life.id) })
}

function sendTranslated(house: House, life: Life, body: string): void {
  keepResponse(house, life, body)
  const own = ['content-type', 'application/json', 'cache-control', 'no-store']
  const headers = headersFor(life.request, [...own, ...ownHeaders(house, life)])
  sendWhole(house, life, { status: 200, headers, body })
}

/** What it cost stands in a header too: sound and bare text have no other place for it. */
function sendPlain(house: House, life: Life, answer: PlainProduct, metered: Metered): void {
  const { contentType, body } = answer.write(metered)
  const own = ['content-type', contentType, 'cache-control', 'no-store']
  own.push('x-codelace-cost', formatUsd(metered.cost.costNanoUsd))
  if (answer.warnings.length > 0) own.push('x-codelace-warnings', asciiJson(answer.warnings))
  const headers = headersFor(life.request, [...own, ...ownHeaders(house, life)])
  if (typeof body === 'string') sendWhole(house, life, { status: 200, headers, body })
  else {
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    const text = bytes.toString('latin1')
    sendWhole(house, life, { status: 200, headers, body: text, encoding: 'latin1' })
  }
}

function ownHeaders(house: House, life: Life): string[] {
  const headers = ['x-generation-id', life.id, 'x-request-id', life.id]
  if (life.clampedMaxTokens !== null) {
    headers.push('x-codelace-max-tokens-clamped', String(life.clampedMaxTokens))
  }
  headers.push(...failedKeysHeaders(life), ...rateHeaders(house, life))
  return headers
}

function sendAnswer(house: House, life: Life, answer: JsonAnswer, metered: Metered): void {
  const { attempt } = life
  assert(attempt, 'an answer belongs to an attempt')
  const { bytes, shape } = answer
  const latin1 = bytes.toString('latin1')
  const set = new Map([
    ['id', `"${life.id}"`],
    ['provider', asciiName(attempt.endpoint.provider.name)],
    ['usage', usageText({ bytes, latin1, shape }, metered)],
  ])
  const body = editJsonText(latin1, shape, { set })
  const own = [
    'content-type',
    'application/json',
    'cache-control',
    'no-store',
    ...ownHeaders(house, life),
  ]
  const headers = headersFor(life.request, own)
  sendWhole(house, life, { status: 200, headers, body, encoding: 'latin1' })
}

/** The upstream's own usage with our members in it, or ours where there is none that we billed by. */
function usageText(
  { bytes, latin1, shape }: { bytes: Buffer; latin1: string; shape: JsonShape },
  metered: Metered,
): string {
  const member = findMember(shape, 'usage')
  if (member && metered.source === 'upstream') {
    const part = { from: member.valueStart, to: member.end }
    const inner = scanJsonObject({ bytes, limits: upstreamJsonLimits, ...part })
    if (inner.kind === 'object') {
      return editJsonText(latin1, inner, { set: costMembers(metered.cost) }, part)
    }
  }
  return usageJson(metered.usage, metered.cost)
}

/** The chunk that carries usage and cost, and the proof that the stream is whole. */
function lastEvents(life: Life, relay: StreamRelay, metered: Metered): string {
  const { held } = relay
  if (!held) return `data: ${usageChunk(life, relay, metered)}${doneEvent}`
  const bytes = Buffer.from(held.json, 'latin1')
  const shape = scanJsonObject({ bytes, limits: upstreamJsonLimits })
  assert(shape.kind === 'object', 'a held chunk was scanned before')
  const usage = usageText({ bytes, latin1: held.json, shape }, metered)
  const set = new Map([['usage', usage]])
  return `${held.others}data: ${editJsonText(held.json, shape, { set })}${doneEvent}`
}

const doneEvent = '\n\ndata: [DONE]\n\n'

function usageChunk(life: Life, relay: StreamRelay, metered: Metered): string {
  const chunk = asciiJson({
    id: life.id,
    provider: life.attempt?.endpoint.provider.name,
    object: 'chat.completion.chunk',
    created: relay.reader.created ?? Math.floor(life.createdAtMs / 1000),
    model: relay.reader.model ?? life.attempt?.model.id,
    choices: [],
  })
  return `${chunk.slice(0, -1)},"usage":${usageJson(metered.usage, metered.cost)}}`
}

function breakStream(house: House, life: Life, relay: StreamRelay, fault: Fault): void {
  const chunk = errorChunk({
    fault,
    id: life.id,
    model: relay.reader.model ?? life.attempt?.model.id ?? '',
    provider: life.attempt?.endpoint.provider.name ?? '',
    createdAtSeconds: relay.reader.created ?? Math.floor(house.clock.nowMs() / 1000),
  })
  relay.writer.end(`data: ${asciiJson(chunk)}\n\n`)
}
