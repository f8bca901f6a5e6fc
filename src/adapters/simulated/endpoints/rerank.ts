import { isObject, listOrEmpty } from '#adapters/simulated/json-values.ts'
import { refuse } from '#adapters/simulated/refusal.ts'
import { countTokens } from '#adapters/simulated/words.ts'

import { type Asked, type EndpointAnswer, jsonAnswer } from './asked.ts'
import { dimensionsUsual, nearness, vectorOf } from './vectors.ts'

/** Cohere's limit. */
const documentsMax = 1000

/** `POST /rerank`: the documents that share most words with the query come first. */
export function rerank({ body }: Asked): EndpointAnswer {
  const { query, top_n: most } = body
  const documents = listOrEmpty(body['documents']).map((item) =>
    isObject(item) ? item['text'] : item,
  )
  if (typeof query !== 'string') return { refusal: refuse('"query" must be a text.', 'query') }
  const texts = documents.filter((text) => typeof text === 'string')
  if (texts.length === 0 || texts.length !== documents.length || texts.length > documentsMax) {
    const message = `"documents" must be a list of 1 to ${documentsMax} texts.`
    return { refusal: refuse(message, 'documents') }
  }
  const asked = vectorOf(query, dimensionsUsual)
  const ranked = texts
    .map((text, index) => {
      const score = Math.max(0, nearness(asked, vectorOf(text, dimensionsUsual)))
      return { index, relevance_score: Math.round(score * 1e6) / 1e6 }
    })
    .toSorted((left, right) => right.relevance_score - left.relevance_score)
  const tokens = texts.reduce((sum, text) => sum + countTokens(text) + countTokens(query), 0)
  return jsonAnswer({
    id: 'rerank-simulated',
    model: body['model'],
    results: typeof most === 'number' ? ranked.slice(0, most) : ranked,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  })
}
