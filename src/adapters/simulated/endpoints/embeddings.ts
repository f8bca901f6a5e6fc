import { listOrEmpty } from '#adapters/simulated/json-values.ts'
import { refuse } from '#adapters/simulated/refusal.ts'
import { countTokens } from '#adapters/simulated/words.ts'

import { type Asked, type EndpointAnswer, jsonAnswer } from './asked.ts'
import { dimensionsMax, dimensionsUsual, vectorOf, vectorOfTokens } from './vectors.ts'

/** What is embedded at once, at most: OpenAI's limit, and the words that are all there is to do. */
const inputsMax = 2048
const numbersMax = 2_000_000

/** `POST /embeddings`. */
export function embeddings({ body }: Asked): EndpointAnswer {
  const inputs = inputsOf(body['input'])
  if (inputs === undefined || inputs.length === 0 || inputs.length > inputsMax) {
    const message = `"input" must be a text, tokens, or a list of 1 to ${inputsMax} of them.`
    return { refusal: refuse(message, 'input') }
  }
  const dimensions = body['dimensions'] ?? dimensionsUsual
  if (
    !Number.isInteger(dimensions) ||
    Number(dimensions) < 1 ||
    Number(dimensions) > dimensionsMax
  ) {
    const message = `"dimensions" must be a whole number from 1 to ${dimensionsMax}.`
    return { refusal: refuse(message, 'dimensions') }
  }
  if (inputs.length * Number(dimensions) > numbersMax) {
    const message = `That is over ${numbersMax} numbers at once: ask for fewer texts or dimensions.`
    return { refusal: refuse(message, 'input') }
  }
  const isBase64 = body['encoding_format'] === 'base64'
  const vectors = inputs.map((input) =>
    typeof input === 'string'
      ? vectorOf(input, Number(dimensions))
      : vectorOfTokens(input, Number(dimensions)),
  )
  const tokens = inputs.reduce(
    (sum, input) => sum + (typeof input === 'string' ? countTokens(input) : input.length),
    0,
  )
  return jsonAnswer({
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: isBase64 ? Buffer.from(vector.buffer).toString('base64') : [...vector],
    })),
    model: body['model'],
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  })
}

function inputsOf(input: unknown): readonly (string | readonly number[])[] | undefined {
  if (typeof input === 'string') return [input]
  const list = listOrEmpty(input)
  if (isTokens(list)) return [list]
  return list.every((item) => typeof item === 'string' || isTokens(item))
    ? (list as readonly (string | readonly number[])[])
    : undefined
}

function isTokens(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => Number.isInteger(item))
}
