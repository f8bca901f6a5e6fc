import { costMembers } from '#contract/usage.ts'
import { isErrorBody } from '#domain/upstream-complaint.ts'
import { invalid, isObject, listOf, numberOf } from '#gateway/canonical/json.ts'
import { readChoice, readCount, readText, type Place } from '#gateway/canonical/members.ts'
import {
  promptBound,
  type DecodedPlain,
  type PlainAnswer,
  type PlainMessage,
  type PlainProtocol,
  type ReadPlain,
} from '#gateway/canonical/plain-protocol.ts'

import { encodeEmbeddings } from './encode-embeddings.ts'
import { toBase64, toNumbers, type Vector } from './vectors.ts'

/** What is to be embedded: texts, or tokens of a tokenizer that only one maker has. */
export interface AskedEmbeddings {
  readonly texts: readonly string[]
  readonly tokens: readonly (readonly number[])[]
  readonly encoding: 'float' | 'base64'
  readonly dimensions: number | null
  readonly user: string | null
  /** What the vectors are for, in the words of Cohere and Voyage. */
  readonly inputType: string | null
}

/** `POST /v1/embeddings`, over every kind of provider that has them. */
export const embeddingsProtocol: PlainProtocol<AskedEmbeddings, readonly Vector[]> = {
  name: 'embeddings',
  path: '/embeddings',
  read,
  bound: ({ texts, tokens }) =>
    promptBound(
      texts.reduce((sum, text) => sum + Buffer.byteLength(text) + textOverheadTokens, 0) +
        tokens.reduce((sum, list) => sum + list.length + textOverheadTokens, 0),
    ),
  promptText: ({ texts }) => texts.join('\n'),
  encode: encodeEmbeddings,
  decode,
  write({ value, asked }, facts, { usage, cost, warnings }) {
    const data = value.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: asked.encoding === 'base64' ? toBase64(vector) : (toNumbers(vector) ?? []),
    }))
    const { model, id, provider } = facts
    const text = JSON.stringify({ object: 'list', data, model, id, provider })
    const counts = `"prompt_tokens":${usage.promptTokens},"total_tokens":${usage.promptTokens}`
    const costs = [...costMembers(cost)].map(([name, json]) => `"${name}":${json}`).join(',')
    const told = warnings.length === 0 ? '' : `,"codelace_metadata":${JSON.stringify({ warnings })}`
    return {
      contentType: 'application/json',
      body: `${text.slice(0, -1)},"usage":{${counts},${costs}}${told}}`,
    }
  },
}

/** Marks that models put around a text. */
const textOverheadTokens = 8
/** The most texts of one request: OpenAI's own limit. */
const textsMax = 2048

function read(message: PlainMessage): ReadPlain<AskedEmbeddings> {
  if (message.kind !== 'json') throw invalid('body', 'expected JSON')
  const place: Place = { object: message.body, path: '' }
  const { texts, tokens } = readInput(message.body['input'])
  return {
    model: readText(place, 'model'),
    provider: message.body['provider'],
    asked: {
      texts,
      tokens,
      encoding: readChoice(place, 'encoding_format', ['float', 'base64']) ?? 'float',
      dimensions: readCount(place, 'dimensions'),
      user: readText(place, 'user'),
      inputType: readText(place, 'input_type'),
    },
  }
}

function readInput(input: unknown): Pick<AskedEmbeddings, 'texts' | 'tokens'> {
  const list = Array.isArray(input) ? (input as readonly unknown[]) : [input]
  if (input === undefined || input === null) throw invalid('input', 'is missing')
  if (list.length === 0) throw invalid('input', 'must hold at least one text')
  if (isTokens(list)) return { texts: [], tokens: [list] }
  if (list.length > textsMax) {
    throw invalid('input', `holds ${list.length} texts; the most is ${textsMax}`)
  }
  const texts: string[] = []
  const tokens: (readonly number[])[] = []
  for (const [index, item] of list.entries()) {
    const path = Array.isArray(input) ? `input[${index}]` : 'input'
    if (typeof item === 'string') {
      if (item === '') throw invalid(path, 'is empty')
      texts.push(item)
    } else if (Array.isArray(item) && item.length > 0 && isTokens(item)) tokens.push(item)
    else throw invalid(path, 'expected text or a list of tokens')
  }
  if (texts.length > 0 && tokens.length > 0) throw invalid('input', 'mixes texts and tokens')
  return { texts, tokens }
}

function isTokens(list: readonly unknown[]): list is readonly number[] {
  return list.every((item) => Number.isSafeInteger(item))
}

function decode(
  answers: readonly PlainAnswer[],
  { texts, tokens }: AskedEmbeddings,
): DecodedPlain<readonly Vector[]> {
  const vectors: Vector[] = []
  let promptTokens: number | null = 0
  for (const answer of answers) {
    if (isErrorBody(answer.body)) return { kind: 'error', body: answer.body }
    const found = vectorsOf(answer.body)
    if (!found) return { kind: 'unreadable', detail: 'it holds no embeddings' }
    vectors.push(...found)
    const counted = tokensOf(answer)
    promptTokens = promptTokens === null || counted === null ? null : promptTokens + counted
  }
  const wanted = texts.length + tokens.length
  if (vectors.length !== wanted) {
    return {
      kind: 'unreadable',
      detail: `it holds ${vectors.length} embeddings for ${wanted} texts`,
    }
  }
  const usage = promptTokens === null ? null : { prompt_tokens: promptTokens, completion_tokens: 0 }
  return { kind: 'answer', value: vectors, usage }
}

/** OpenAI's `data`, Gemini's `embeddings[].values`, Titan's `embedding`, Cohere's `embeddings`. */
function vectorsOf(body: unknown): readonly Vector[] | undefined {
  if (!isObject(body)) return undefined
  if (Array.isArray(body['data'])) {
    const items = (body['data'] as readonly unknown[]).filter(isObject)
    const sorted = items.every((item) => typeof item['index'] === 'number')
      ? items.toSorted((left, right) => Number(left['index']) - Number(right['index']))
      : items
    return allVectors(sorted.map((item) => item['embedding']))
  }
  if (body['embedding'] !== undefined) return allVectors([body['embedding']])
  const embeddings = body['embeddings']
  if (isObject(embeddings)) return allVectors(listOf(embeddings['float']))
  return allVectors(listOf(embeddings).map((item) => (isObject(item) ? item['values'] : item)))
}

function allVectors(values: readonly unknown[]): readonly Vector[] | undefined {
  const vectors: Vector[] = []
  for (const value of values) {
    const numbers = toNumbers(value)
    if (!numbers) return undefined
    vectors.push(typeof value === 'string' ? value : numbers)
  }
  return vectors.length === 0 ? undefined : vectors
}

function tokensOf({ body, headers }: PlainAnswer): number | null {
  if (!isObject(body)) return null
  const usage = body['usage']
  if (isObject(usage)) return numberOf(usage['prompt_tokens']) ?? numberOf(usage['total_tokens'])
  const titan = numberOf(body['inputTextTokenCount'])
  if (titan !== null) return titan
  const counted = headers['x-amzn-bedrock-input-token-count']
  return counted === undefined ? null : numberOf(Number(counted))
}
