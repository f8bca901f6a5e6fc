import { costMembers } from '#contract/usage.ts'
import type { ProviderProtocolName } from '#domain/catalogue.ts'
import { isErrorBody } from '#domain/upstream-complaint.ts'
import { invalid, isObject, listOf, numberOf, objectOf, textOf } from '#gateway/canonical/json.ts'
import { readBoolean, readCount, readText, type Place } from '#gateway/canonical/members.ts'
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

/** Documents to be put in the order in which they answer a query. */
export interface AskedRerank {
  readonly query: string
  readonly documents: readonly string[]
  readonly topCount: number | null
  readonly returnsDocuments: boolean
}

/** A document by its place in the request, and how well it answers. */
export interface RankedDocument {
  readonly index: number
  readonly score: number
}

/**
 * `POST /v1/rerank`, as Cohere, Jina and Voyage speak it. Where a provider counts searches instead of
 * tokens, a search is billed as one token of the prompt.
 */
export const rerankProtocol: PlainProtocol<AskedRerank, readonly RankedDocument[]> = {
  name: 'rerank',
  path: '/rerank',
  read,
  bound: ({ query, documents }, unit) => {
    if (unit === 'searches') return promptBound(searchesOf(query, documents))
    // The query is read with each document.
    const queryBytes = Buffer.byteLength(query) + pairOverheadTokens
    return promptBound(
      documents.reduce((sum, text) => sum + Buffer.byteLength(text) + queryBytes, queryBytes),
    )
  },
  promptText: ({ query, documents }) => documents.map((text) => `${query}\n${text}`).join('\n'),
  encode,
  decode,
  write({ value, asked }, { id, model, provider }, { usage, cost, warnings }) {
    const results = value.slice(0, asked.topCount ?? value.length).map(({ index, score }) => ({
      index,
      relevance_score: score,
      ...(asked.returnsDocuments ? { document: { text: asked.documents[index] ?? '' } } : {}),
    }))
    const text = JSON.stringify({ id, model, provider, results })
    const costs = [...costMembers(cost)].map(([name, json]) => `"${name}":${json}`).join(',')
    const told = warnings.length === 0 ? '' : `,"codelace_metadata":${JSON.stringify({ warnings })}`
    const counts = `"prompt_tokens":${usage.promptTokens},"total_tokens":${usage.promptTokens}`
    return {
      contentType: 'application/json',
      body: `${text.slice(0, -1)},"usage":{${counts},${costs}}${told}}`,
    }
  },
}

const pairOverheadTokens = 16
/** Cohere's: a search is a query with up to so many documents, and a longer document counts as several. */
const documentsPerSearch = 100
const tokensPerDocument = 500

/** No tokenizer makes more tokens than bytes. */
function searchesOf(query: string, documents: readonly string[]): number {
  const queryBytes = Buffer.byteLength(query)
  const pieces = documents.reduce(
    (sum, text) => sum + Math.ceil((Buffer.byteLength(text) + queryBytes) / tokensPerDocument),
    0,
  )
  return Math.ceil(pieces / documentsPerSearch)
}

/** Cohere's limit. */
const documentsMax = 1000

function read(message: PlainMessage): ReadPlain<AskedRerank> {
  if (message.kind !== 'json') throw invalid('body', 'expected JSON')
  const { body } = message
  const place: Place = { object: body, path: '' }
  const query = readText(place, 'query')
  if (query === null || query === '') throw invalid('query', 'is missing')
  const list = body['documents']
  if (!Array.isArray(list) || list.length === 0) {
    throw invalid('documents', 'must hold at least one document')
  }
  if (list.length > documentsMax) {
    throw invalid('documents', `holds ${list.length} documents; the most is ${documentsMax}`)
  }
  return {
    model: readText(place, 'model'),
    provider: body['provider'],
    asked: {
      query,
      documents: list.map((item: unknown, index) => textOfDocument(item, `documents[${index}]`)),
      topCount: readCount(place, 'top_n') ?? readCount(place, 'top_k'),
      returnsDocuments: readBoolean(place, 'return_documents') ?? false,
    },
  }
}

function textOfDocument(item: unknown, path: string): string {
  const text = typeof item === 'string' ? item : isObject(item) ? textOf(item['text']) : null
  if (text === null) throw invalid(path, 'expected text, or an object with text')
  return text
}

function encode(
  { query, documents, topCount }: AskedRerank,
  protocol: ProviderProtocolName,
  target: EncodingTarget,
): PlainEncoding {
  const { baseUrl, upstreamModel: model } = target
  const question = { query, documents }
  const calls = (url: string, body: JsonObject): PlainEncoding => ({
    kind: 'encoded',
    calls: [{ url, message: { kind: 'json', body } }],
    warnings: [],
  })
  if (protocol === 'bedrock') {
    const url = `${baseUrl.replace(/\/+$/, '')}/model/${encodeURIComponent(model)}/invoke`
    const limit = topCount === null ? {} : { top_n: topCount }
    return calls(url, { ...question, ...limit, api_version: 2 })
  }
  if (protocol !== 'openai') {
    return { kind: 'impossible', param: 'model', detail: 'This provider ranks no documents.' }
  }
  const limitName = /voyageai\.com/.test(baseUrl) ? 'top_k' : 'top_n'
  const limit = topCount === null ? {} : { [limitName]: topCount }
  return calls(endpointUrl(target, '/rerank'), { model, ...question, ...limit })
}

function decode(
  [answer]: readonly PlainAnswer[],
  { documents }: AskedRerank,
): DecodedPlain<readonly RankedDocument[]> {
  const body = answer?.body
  if (isErrorBody(body)) return { kind: 'error', body }
  if (!isObject(body)) return { kind: 'unreadable', detail: 'it is not JSON' }
  const ranked: RankedDocument[] = []
  for (const item of listOf(body['results'] ?? body['data'])) {
    const index = isObject(item) ? numberOf(item['index']) : null
    const score = isObject(item) ? numberOf(item['relevance_score'] ?? item['score']) : null
    if (index === null || score === null || documents[index] === undefined) {
      return { kind: 'unreadable', detail: 'it ranks documents that were not asked about' }
    }
    ranked.push({ index, score })
  }
  if (ranked.length === 0) return { kind: 'unreadable', detail: 'it ranks no documents' }
  ranked.sort((left, right) => right.score - left.score)
  return { kind: 'answer', value: ranked, usage: usageOf(body, answer?.headers ?? {}) }
}

/** Tokens where they are counted, searches where only those are. */
function usageOf(body: JsonObject, headers: PlainAnswer['headers']): JsonObject | null {
  const usage = objectOf(body['usage'])
  const meta = objectOf(body['meta'])
  const billed = objectOf(meta['billed_units'])
  const counted =
    numberOf(billed['search_units']) ??
    numberOf(usage['search_units']) ??
    numberOf(usage['prompt_tokens']) ??
    numberOf(usage['total_tokens']) ??
    numberOf(objectOf(meta['tokens'])['input_tokens']) ??
    numberOf(Number(headers['x-amzn-bedrock-input-token-count'] ?? Number.NaN))
  return counted === null ? null : { prompt_tokens: counted, completion_tokens: 0 }
}
