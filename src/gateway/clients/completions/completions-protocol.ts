import { errorEnvelope } from '#contract/error-envelope.ts'
import { usageJson } from '#contract/usage.ts'
import type { ModelAnswer } from '#gateway/canonical/answer.ts'
import type {
  AnswerFacts,
  AnswerStream,
  ClientProtocol,
  Closing,
} from '#gateway/canonical/client-protocol.ts'
import type { Delta, FinishReason } from '#gateway/canonical/delta.ts'
import type { EncodedRequest, EncodingTarget } from '#gateway/canonical/provider-protocol.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'
import { openNativeChunks } from '#gateway/clients/chat/native-stream.ts'
import { doneEvent, failEvent } from '#gateway/clients/chat/write-stream.ts'
import { editChatAnswer } from '#gateway/clients/chat/write-whole.ts'
import { endpointUrl } from '#gateway/providers/openai/endpoint-url.ts'
import { openaiProtocol } from '#gateway/providers/openai/openai-protocol.ts'

import { promptOf, readCompletionRequest, refuseSeveralPrompts } from './read-completion.ts'

/**
 * OpenAI's legacy completions. Over a provider that has them the exchange is passed on as it is
 * (`encodeNativeCompletion`, `openNative`); over every other it is a chat with a warning.
 */
export const completionsProtocol: ClientProtocol = {
  name: 'completions',
  read: readCompletionRequest,
  refuseTranslation: refuseSeveralPrompts,
  writeWhole,
  openStream,
  writeFault: (fault) => JSON.stringify(errorEnvelope(fault)),
  ping: ': still working\n\n',
  editWhole: editChatAnswer,
  openNative: (facts) => openNativeChunks(facts, 'text_completion'),
}

/** The request for a provider that has completions of its own: as the client wrote it, for its model. */
export function encodeNativeCompletion(body: JsonObject, target: EncodingTarget): EncodedRequest {
  const encoded = openaiProtocol.encodeNative?.(body, target)
  const { max_completion_tokens: long, ...rest } = { ...encoded?.body }
  const limited = long === undefined ? rest : { ...rest, max_tokens: long }
  return { url: endpointUrl(target, '/completions'), headers: {}, body: limited, warnings: [] }
}

function finishOf(reason: FinishReason | null): string {
  return reason === 'length' || reason === 'content_filter' ? reason : 'stop'
}

function echoOf({ body }: AnswerFacts): string {
  return body['echo'] === true ? promptOf(body) : ''
}

function head(facts: AnswerFacts): string {
  const { id, createdAtSeconds, model, provider } = facts
  const members = { id, object: 'text_completion', created: createdAtSeconds, model, provider }
  return `${JSON.stringify(members).slice(0, -1)},"choices":[`
}

function choice(text: string, finish: string | null): string {
  return JSON.stringify({ text, index: 0, logprobs: null, finish_reason: finish })
}

function tail({ usage, cost, warnings }: Closing): string {
  const told = warnings.length === 0 ? '' : `,"codelace_metadata":${JSON.stringify({ warnings })}`
  return `],"usage":${usageJson(usage, cost)}${told}}`
}

function writeWhole({ items, finish }: ModelAnswer, facts: AnswerFacts, closing: Closing): string {
  const text = items.map((item) =>
    item.kind === 'text' || item.kind === 'refusal' ? item.text : '',
  )
  return head(facts) + choice(echoOf(facts) + text.join(''), finishOf(finish)) + tail(closing)
}

function openStream(facts: AnswerFacts): AnswerStream {
  const before = `data: ${head(facts)}`
  const echo = echoOf(facts)
  let finish: FinishReason | null = null
  let isFirst = echo !== ''
  return {
    push(delta: Delta) {
      if (delta.kind === 'finish') finish = delta.reason
      if (delta.kind !== 'text' && delta.kind !== 'refusal') return ''
      const text = isFirst ? echo + delta.text : delta.text
      isFirst = false
      return `${before}${choice(text, null)}]}\n\n`
    },
    end(closing) {
      return `${before}${choice('', finishOf(finish))}]}\n\n${before}${tail(closing)}\n\n${doneEvent}`
    },
    fail: (fault) => failEvent(fault, facts),
  }
}
