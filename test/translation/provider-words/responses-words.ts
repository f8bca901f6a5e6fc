import type { Said, ScriptedAnswer } from '#test/translation/scripted-answer.ts'

/** A `Response`. */
export function responsesWhole(answer: ScriptedAnswer): unknown {
  return response(
    answer,
    answer.said.map((said, at) => item(said, at)),
  )
}

function response(answer: ScriptedAnswer, output: readonly unknown[]): Record<string, unknown> {
  const reasons = { length: 'max_output_tokens', content_filter: 'content_filter' } as const
  const reason =
    answer.finish === 'length' || answer.finish === 'content_filter' ? reasons[answer.finish] : null
  return {
    id: 'resp_1',
    object: 'response',
    created_at: 1_700_000_000,
    status: reason === null ? 'completed' : 'incomplete',
    incomplete_details: reason === null ? null : { reason },
    error: null,
    model: 'upstream-model',
    output,
    usage: {
      input_tokens: answer.promptTokens,
      input_tokens_details: { cached_tokens: answer.cachedTokens },
      output_tokens: answer.completionTokens,
      output_tokens_details: { reasoning_tokens: answer.reasoningTokens },
      total_tokens: answer.promptTokens + answer.completionTokens,
    },
  }
}

function item(said: Said, at: number): Record<string, unknown> {
  const text = said.pieces.join('')
  if (said.kind === 'text') {
    const content = [{ type: 'output_text', text, annotations: [] }]
    return { id: `msg_${at}`, type: 'message', role: 'assistant', status: 'completed', content }
  }
  if (said.kind === 'reasoning') {
    const summary = [{ type: 'summary_text', text }]
    return {
      id: `rs_${at}`,
      type: 'reasoning',
      summary,
      encrypted_content: encrypted(said.signature),
    }
  }
  return {
    id: `fc_${at}`,
    type: 'function_call',
    status: 'completed',
    call_id: said.id,
    name: said.name,
    arguments: text,
  }
}

/** The same as events, in their whole order. */
export function responsesStream(answer: ScriptedAnswer): readonly string[] {
  let sequence = 0
  const event = (type: string, members: object) => {
    const value = { type, sequence_number: sequence, ...members }
    sequence += 1
    return `event: ${type}\ndata: ${JSON.stringify(value)}\n\n`
  }
  const begun = { ...response(answer, []), status: 'in_progress', usage: null }
  const whole = response(
    answer,
    answer.said.map((said, at) => item(said, at)),
  )
  const end = whole['status'] === 'completed' ? 'response.completed' : 'response.incomplete'
  return [
    event('response.created', { response: begun }),
    event('response.in_progress', { response: begun }),
    ...answer.said.flatMap((said, at) => itemEvents(said, at, event)),
    event(end, { response: whole }),
  ]
}

type MakeEvent = (type: string, members: object) => string

function itemEvents(said: Said, at: number, event: MakeEvent): readonly string[] {
  const done = item(said, at)
  const place = { output_index: at, item_id: done['id'] }
  const open = { ...done, status: 'in_progress' }
  const text = said.pieces.join('')
  if (said.kind === 'text') {
    const part = { ...place, content_index: 0 }
    return [
      event('response.output_item.added', { output_index: at, item: { ...open, content: [] } }),
      event('response.content_part.added', {
        ...part,
        part: { type: 'output_text', text: '', annotations: [] },
      }),
      ...said.pieces.map((delta) => event('response.output_text.delta', { ...part, delta })),
      event('response.output_text.done', { ...part, text }),
      event('response.content_part.done', {
        ...part,
        part: { type: 'output_text', text, annotations: [] },
      }),
      event('response.output_item.done', { output_index: at, item: done }),
    ]
  }
  if (said.kind === 'reasoning') {
    const part = { ...place, summary_index: 0 }
    return [
      event('response.output_item.added', {
        output_index: at,
        item: { id: done['id'], type: 'reasoning', summary: [] },
      }),
      event('response.reasoning_summary_part.added', {
        ...part,
        part: { type: 'summary_text', text: '' },
      }),
      ...said.pieces.map((delta) =>
        event('response.reasoning_summary_text.delta', { ...part, delta }),
      ),
      event('response.reasoning_summary_text.done', { ...part, text }),
      event('response.reasoning_summary_part.done', {
        ...part,
        part: { type: 'summary_text', text },
      }),
      event('response.output_item.done', { output_index: at, item: done }),
    ]
  }
  return [
    event('response.output_item.added', { output_index: at, item: { ...open, arguments: '' } }),
    ...said.pieces.map((delta) =>
      event('response.function_call_arguments.delta', { ...place, delta }),
    ),
    event('response.function_call_arguments.done', { ...place, arguments: text }),
    event('response.output_item.done', { output_index: at, item: done }),
  ]
}

/** What OpenAI encrypts begins like this. */
function encrypted(text: string): string {
  return `gAAAAA${text}`
}
