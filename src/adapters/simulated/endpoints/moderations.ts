import { isObject, listOrEmpty } from '#adapters/simulated/json-values.ts'
import { refuse } from '#adapters/simulated/refusal.ts'

import { type Asked, type EndpointAnswer, jsonAnswer } from './asked.ts'

/** OpenAI's categories. A text is flagged for one when the first word of its name stands in it. */
const categories = [
  'harassment',
  'harassment/threatening',
  'hate',
  'hate/threatening',
  'illicit',
  'illicit/violent',
  'self-harm',
  'self-harm/intent',
  'self-harm/instructions',
  'sexual',
  'sexual/minors',
  'violence',
  'violence/graphic',
] as const

/** `POST /moderations`: flags a text that names a category ("violence"), and nothing else. */
export function moderations({ body }: Asked): EndpointAnswer {
  const { input } = body
  const list = typeof input === 'string' ? [input] : listOrEmpty(input)
  const isOneMessage = list.some((item) => isObject(item))
  const texts = list.map((item) => (isObject(item) ? (item['text'] ?? '') : item))
  if (texts.length === 0 || !texts.every((text) => typeof text === 'string')) {
    return { refusal: refuse('"input" must be a text, or a list of texts or parts.', 'input') }
  }
  const judged = isOneMessage ? [texts.join('\n')] : texts
  return jsonAnswer({
    id: 'modr-simulated',
    model: body['model'],
    results: judged.map((text) => judge(text)),
  })
}

function judge(text: string) {
  const words = text.toLowerCase()
  const isNamed = (category: string) => {
    const [name = '', kind] = category.split('/')
    return words.includes(name) && (kind === undefined || words.includes(kind))
  }
  const found = categories.map((category) => [category, isNamed(category)] as const)
  return {
    flagged: found.some(([, isFlagged]) => isFlagged),
    categories: Object.fromEntries(found),
    category_scores: Object.fromEntries(
      found.map(([category, isFlagged]) => [category, isFlagged ? 0.98 : 0.0001]),
    ),
    category_applied_input_types: Object.fromEntries(
      found.map(([category, isFlagged]) => [category, isFlagged ? ['text'] : []]),
    ),
  }
}
