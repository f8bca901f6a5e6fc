import type { Answer, AnswerChoice } from '#adapters/simulated/answer.ts'
import { answeredAtSeconds } from '#adapters/simulated/answer.ts'
import type { JsonObject } from '#adapters/simulated/json-values.ts'
import type { Thought } from '#adapters/simulated/reasoning.ts'
import type { ToolCall } from '#adapters/simulated/tool-calls.ts'
import { splitTokens } from '#adapters/simulated/words.ts'

import type { StreamEvent } from './chat-encode.ts'
import { countsOf } from './counts.ts'

/** The answer as one response. It has no further choices. */
export function responsesJson(answer: Answer): string {
  return JSON.stringify(finished(answer))
}

/** The answer as events: every item is opened, told in pieces, and closed whole. */
export function* responsesEvents(answer: Answer): Generator<StreamEvent> {
  let sequence_number = 0
  const write = (type: string, members: JsonObject, isContent = false): StreamEvent => {
    const body = { type, ...members, sequence_number }
    sequence_number += 1
    return { data: `event: ${type}\ndata: ${JSON.stringify(body)}\n\n`, isContent }
  }
  const begun = responseOf(answer, { status: 'in_progress', output: [], usage: null })
  yield write('response.created', { response: begun })
  yield write('response.in_progress', { response: begun })
  for (const [output_index, { item, opened, steps }] of itemsOf(answer).entries()) {
    yield write('response.output_item.added', { output_index, item: opened })
    for (const { type, members, isContent } of steps) {
      const place = { item_id: item['id'], output_index }
      yield write(type, { ...place, ...members }, isContent)
    }
    yield write('response.output_item.done', { output_index, item })
  }
  const response = finished(answer)
  yield { ...write(`response.${String(response['status'])}`, { response }), isEnd: true }
}

/** An error inside a stream. */
export function responsesErrorEvent(message: string): string {
  const body = { type: 'error', code: 'server_error', message, param: null, sequence_number: 0 }
  return `event: error\ndata: ${JSON.stringify(body)}\n\n`
}

/** One item of the output: whole, as it is opened, and the events between. */
interface Item {
  readonly item: JsonObject
  readonly opened: JsonObject
  readonly steps: readonly Step[]
}

interface Step {
  readonly type: string
  readonly members: JsonObject
  readonly isContent?: true
}

function itemsOf(answer: Answer): readonly Item[] {
  const [choice] = answer.choices
  if (!choice) return []
  const id = (prefix: string, place = 0) => `${prefix}_${answer.id.slice(-24)}${place}`
  return [
    ...(choice.thought === null ? [] : [thoughtItem(choice.thought, id('rs'))]),
    ...(choice.calls.length > 0 ? [] : [messageItem(choice, id('msg'))]),
    ...choice.calls.map((call, place) =>
      callItem(call, id(call.kind === 'custom' ? 'ctc' : 'fc', place)),
    ),
  ]
}

function thoughtItem({ pieces, signature, isHidden }: Thought, id: string): Item {
  const text = isHidden ? '' : pieces.join('')
  const part = { type: 'summary_text', text }
  const summary = text === '' ? [] : [part]
  const place = { summary_index: 0 }
  return {
    item: { id, type: 'reasoning', summary, encrypted_content: signature },
    opened: { id, type: 'reasoning', summary: [] },
    steps:
      text === ''
        ? []
        : [
            {
              type: 'response.reasoning_summary_part.added',
              members: { ...place, part: { ...part, text: '' } },
            },
            ...pieces.map((delta): Step => ({
              type: 'response.reasoning_summary_text.delta',
              members: { ...place, delta },
              isContent: true,
            })),
            { type: 'response.reasoning_summary_text.done', members: { ...place, text } },
            { type: 'response.reasoning_summary_part.done', members: { ...place, part } },
          ],
  }
}

function messageItem({ pieces, finishReason }: AnswerChoice, id: string): Item {
  const text = pieces.join('')
  const part = { type: 'output_text', text, annotations: [], logprobs: [] }
  const place = { content_index: 0 }
  const status = finishReason === 'length' ? 'incomplete' : 'completed'
  const head = { id, type: 'message', role: 'assistant' }
  return {
    item: { ...head, status, content: [part] },
    opened: { ...head, status: 'in_progress', content: [] },
    steps: [
      {
        type: 'response.content_part.added',
        members: { ...place, part: { ...part, text: '' } },
      },
      ...pieces.map((delta): Step => ({
        type: 'response.output_text.delta',
        members: { ...place, delta, logprobs: [] },
        isContent: true,
      })),
      { type: 'response.output_text.done', members: { ...place, text, logprobs: [] } },
      { type: 'response.content_part.done', members: { ...place, part } },
    ],
  }
}

function callItem({ id: call_id, kind, name, argumentsText }: ToolCall, id: string): Item {
  const isCustom = kind === 'custom'
  const argument = isCustom ? 'input' : 'arguments'
  const type = isCustom ? 'custom_tool_call' : 'function_call'
  const event = `response.${isCustom ? 'custom_tool_call_input' : 'function_call_arguments'}`
  const head = { id, type, call_id, name }
  return {
    item: { ...head, [argument]: argumentsText, status: 'completed' },
    opened: { ...head, [argument]: '', status: 'in_progress' },
    steps: [
      ...splitTokens(argumentsText).map((delta): Step => ({
        type: `${event}.delta`,
        members: { delta },
        isContent: true,
      })),
      { type: `${event}.done`, members: { name, [argument]: argumentsText } },
    ],
  }
}

function finished(answer: Answer): JsonObject {
  const reason = incompleteReasons[answer.choices[0]?.finishReason ?? 'stop']
  return responseOf(answer, {
    status: reason === undefined ? 'completed' : 'incomplete',
    incomplete_details: reason === undefined ? null : { reason },
    output: itemsOf(answer).map(({ item }) => item),
    usage: usageOf(answer),
  })
}

const incompleteReasons: Readonly<Record<string, string>> = {
  length: 'max_output_tokens',
  content_filter: 'content_filter',
}

function usageOf(answer: Answer): JsonObject | null {
  const counts = countsOf(answer)
  if (counts === null) return null
  const { prompt, cached, completion, reasoning } = counts
  return {
    input_tokens: prompt,
    input_tokens_details: { cached_tokens: cached },
    output_tokens: completion,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: prompt + completion,
  }
}

function responseOf({ id, model }: Answer, members: JsonObject): JsonObject {
  return {
    id: id.replace('chatcmpl-', 'resp_'),
    object: 'response',
    created_at: answeredAtSeconds,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    model,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: false,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    truncation: 'disabled',
    user: null,
    metadata: {},
    ...members,
  }
}
