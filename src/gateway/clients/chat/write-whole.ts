import { costMembers, usageJson } from '#contract/usage.ts'
import type { ModelAnswer } from '#gateway/canonical/answer.ts'
import type { AnswerFacts, Closing } from '#gateway/canonical/client-protocol.ts'
import { isObject } from '#gateway/canonical/json.ts'
import { logprobsIn } from '#gateway/canonical/logprobs.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

import {
  annotationOf,
  chatLogprobs,
  detailNumbers,
  finishReasonOf,
  imageOf,
  usesLegacyFunctions,
} from './delta-members.ts'
import { closingMembers } from './write-stream.ts'

/** A whole chat completion, with what OpenRouter adds to it. */
export function writeChatAnswer(answer: ModelAnswer, facts: AnswerFacts, closing: Closing): string {
  const isLegacy = usesLegacyFunctions(facts.body)
  const choice = {
    index: 0,
    message: messageOf(answer, facts, isLegacy),
    logprobs: chatLogprobs(logprobsIn(answer.items)),
    finish_reason: finishReasonOf(answer.finish, isLegacy),
    native_finish_reason: answer.nativeFinish,
  }
  const text = JSON.stringify({
    id: facts.id,
    object: 'chat.completion',
    created: facts.createdAtSeconds,
    model: facts.model,
    provider: facts.provider,
    choices: [choice],
  })
  return `${text.slice(0, -1)}${closingMembers(closing)}}`
}

function messageOf(answer: ModelAnswer, facts: AnswerFacts, isLegacy: boolean): JsonObject {
  const said = collect(answer, facts)
  const hasContent = said.text !== '' || (said.calls.length === 0 && said.refusal === '')
  const message: Record<string, unknown> = {
    role: 'assistant',
    content: hasContent ? said.text : null,
    refusal: said.refusal === '' ? null : said.refusal,
  }
  if (said.annotations.length > 0) message['annotations'] = said.annotations
  if (said.reasoning !== '') message['reasoning'] = said.reasoning
  if (said.details.length > 0) message['reasoning_details'] = said.details
  const [first] = said.calls
  if (first && isLegacy) message['function_call'] = first['function']
  else if (first) message['tool_calls'] = said.calls
  if (said.images.length > 0) message['images'] = said.images
  if (said.audio !== null) {
    message['audio'] = {
      id: `audio_${facts.id}`,
      data: said.audio,
      expires_at: facts.createdAtSeconds,
      transcript: said.text,
    }
  }
  return message
}

interface Said {
  text: string
  refusal: string
  reasoning: string
  audio: string | null
  readonly details: JsonObject[]
  readonly annotations: JsonObject[]
  readonly calls: JsonObject[]
  readonly images: JsonObject[]
}

function collect({ items }: ModelAnswer, { request }: AnswerFacts): Said {
  const said: Said = {
    text: '',
    refusal: '',
    reasoning: '',
    audio: null,
    details: [],
    annotations: [],
    calls: [],
    images: [],
  }
  const isHidden = request.reasoning?.isHidden === true
  const detailsOf = detailNumbers()
  for (const [place, item] of items.entries()) {
    switch (item.kind) {
      case 'text':
        said.text += item.text
        for (const citation of item.citations) {
          const annotation = annotationOf(citation)
          if (annotation) said.annotations.push(annotation)
        }
        break
      case 'refusal':
        said.refusal += item.text
        break
      case 'reasoning':
        if (isHidden) break
        said.reasoning += item.text
        said.details.push(...detailsOf(place, item))
        break
      case 'tool_call':
        said.calls.push(callOf(item))
        break
      default:
        if (item.mediaType.startsWith('audio/')) said.audio = item.base64
        else said.images.push(imageOf(item, said.images.length))
    }
  }
  return said
}

function callOf(item: Extract<ModelAnswer['items'][number], { kind: 'tool_call' }>): JsonObject {
  const { id, name } = item
  return item.isCustom
    ? { id, type: 'custom', custom: { name, input: item.arguments } }
    : { id, type: 'function', function: { name, arguments: item.arguments || '{}' } }
}

/** The answer of a server that speaks this protocol, under our id and with the cost in its usage. */
export function editChatAnswer(body: JsonObject, facts: AnswerFacts, closing: Closing): string {
  const { usage, id: _id, provider: _provider, ...rest } = body
  const text = JSON.stringify({ id: facts.id, provider: facts.provider, ...rest })
  const { warnings } = closing
  const told = warnings.length === 0 ? '' : `,"codelace_metadata":${JSON.stringify({ warnings })}`
  return `${text.slice(0, -1)},"usage":${editedUsage(usage, closing)}${told}}`
}

/** What the server counted, with our cost; our own counts where it counted nothing. */
export function editedUsage(raw: unknown, { usage, cost }: Closing): string {
  if (!isObject(raw)) return usageJson(usage, cost)
  const { cost: _cost, cost_details: _details, is_byok: _byok, ...counts } = raw
  const text = JSON.stringify(counts)
  const members = [...costMembers(cost)].map(([name, value]) => `"${name}":${value}`).join(',')
  return text === '{}' ? `{${members}}` : `${text.slice(0, -1)},${members}}`
}
