import { costMembers } from '#contract/usage.ts'
import type { ProviderProtocolName } from '#domain/catalogue.ts'
import { isErrorBody } from '#domain/upstream-complaint.ts'
import { invalid, isObject, textOf } from '#gateway/canonical/json.ts'
import { readText, type Place } from '#gateway/canonical/members.ts'
import {
  promptBound,
  type DecodedPlain,
  type PlainAnswer,
  type PlainEncoding,
  type PlainMessage,
  type PlainProtocol,
  type ReadPlain,
} from '#gateway/canonical/plain-protocol.ts'
import type { EncodingTarget } from '#gateway/canonical/provider-protocol.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'
import { endpointUrl } from '#gateway/providers/openai/endpoint-url.ts'

/** What is to be judged: texts, or the parts of one message. */
export interface AskedModerations {
  readonly input: string | readonly string[] | readonly JsonObject[]
}

/** `POST /v1/moderations`, where the provider has it: the judgement is passed on as it came. */
export const moderationsProtocol: PlainProtocol<AskedModerations, JsonObject> = {
  name: 'moderations',
  path: '/moderations',
  read,
  bound: ({ input }) => {
    const images =
      typeof input === 'string' ? 0 : input.filter((item) => typeof item !== 'string').length
    const bound = promptBound(
      Buffer.byteLength(textsOf(input)) + overheadTokens + images * imageTokensMax,
    )
    return { ...bound, imagePrompt: images > 0 }
  },
  promptText: ({ input }) => textsOf(input),
  encode,
  decode,
  write({ value }, { id, provider }, { cost, warnings }) {
    const { id: _id, usage, ...rest } = value
    const text = JSON.stringify({ id, provider, ...rest })
    const counts = isObject(usage) ? JSON.stringify(usage).slice(1, -1) : ''
    const costs = [...costMembers(cost)].map(([name, json]) => `"${name}":${json}`)
    const members = (counts === '' ? costs : [counts, ...costs]).join(',')
    const told = warnings.length === 0 ? '' : `,"codelace_metadata":${JSON.stringify({ warnings })}`
    return {
      contentType: 'application/json',
      body: `${text.slice(0, -1)},"usage":{${members}}${told}}`,
    }
  },
}

const overheadTokens = 64
const imageTokensMax = 16_384

function read(message: PlainMessage): ReadPlain<AskedModerations> {
  if (message.kind !== 'json') throw invalid('body', 'expected JSON')
  const { body } = message
  const place: Place = { object: body, path: '' }
  return {
    // OpenAI's own default.
    model: readText(place, 'model') ?? 'omni-moderation-latest',
    provider: body['provider'],
    asked: { input: readInput(body['input']) },
  }
}

function readInput(input: unknown): AskedModerations['input'] {
  if (typeof input === 'string') return input
  if (!Array.isArray(input) || input.length === 0) {
    throw invalid('input', 'expected text, or a list of texts or parts')
  }
  const list = input as readonly unknown[]
  if (list.every((item) => typeof item === 'string')) return list
  if (list.every((item) => isObject(item))) {
    for (const [index, part] of list.entries()) {
      if (part['type'] !== 'text' && part['type'] !== 'image_url') {
        throw invalid(`input[${index}].type`, 'expected "text" or "image_url"')
      }
    }
    return list
  }
  throw invalid('input', 'mixes texts and parts')
}

function textsOf(input: AskedModerations['input']): string {
  if (typeof input === 'string') return input
  return input
    .map((item) => (typeof item === 'string' ? item : (textOf(item['text']) ?? '')))
    .join('\n')
}

function encode(
  { input }: AskedModerations,
  protocol: ProviderProtocolName,
  target: EncodingTarget,
): PlainEncoding {
  if (protocol !== 'openai' && protocol !== 'azure-openai') {
    return { kind: 'impossible', param: 'model', detail: 'This provider judges no content.' }
  }
  const body = { model: target.upstreamModel, input }
  const url = endpointUrl(target, '/moderations')
  return { kind: 'encoded', calls: [{ url, message: { kind: 'json', body } }], warnings: [] }
}

function decode([answer]: readonly PlainAnswer[]): DecodedPlain<JsonObject> {
  const body = answer?.body
  if (isErrorBody(body)) return { kind: 'error', body }
  if (!isObject(body) || !Array.isArray(body['results'])) {
    return { kind: 'unreadable', detail: 'it holds no results' }
  }
  const usage = body['usage']
  return { kind: 'answer', value: body, usage: isObject(usage) ? usage : null }
}
