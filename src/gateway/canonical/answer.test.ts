import { expect, test } from 'vitest'

import { foldDeltas } from './answer.ts'

test('the pieces of an answer become the answer, in the order in which things were said', () => {
  const answer = foldDeltas([
    { kind: 'start', upstreamId: 'msg_1', model: 'm', createdAtSeconds: 7 },
    reasoning(0, 'I ', null),
    reasoning(0, 'see', 'sig'),
    { kind: 'text', text: 'Hel' },
    { kind: 'text', text: 'lo' },
    { kind: 'tool_call', call: 0, id: 'a', name: 'f', isCustom: false },
    { kind: 'tool_call', call: 1, id: 'b', name: 'g', isCustom: false },
    { kind: 'tool_arguments', call: 1, text: '{}' },
    { kind: 'tool_arguments', call: 0, text: '{"x":' },
    { kind: 'tool_arguments', call: 0, text: '1}' },
    { kind: 'usage', usage: { prompt_tokens: 1 } },
    { kind: 'finish', reason: 'tool_calls', native: 'tool_use', stopSequence: null },
    { kind: 'usage', usage: { prompt_tokens: 2 } },
  ])
  expect(answer).toEqual({
    upstreamId: 'msg_1',
    model: 'm',
    createdAtSeconds: 7,
    items: [
      {
        kind: 'reasoning',
        form: 'text',
        text: 'I see',
        signature: 'sig',
        data: null,
        id: null,
        format: 'anthropic-claude-v1',
        callId: null,
      },
      { kind: 'text', text: 'Hello', citations: [] },
      { kind: 'tool_call', id: 'a', name: 'f', arguments: '{"x":1}', isCustom: false },
      { kind: 'tool_call', id: 'b', name: 'g', arguments: '{}', isCustom: false },
    ],
    finish: 'tool_calls',
    nativeFinish: 'tool_use',
    stopSequence: null,
    usage: { prompt_tokens: 2 },
  })
})

function reasoning(block: number, text: string, signature: string | null) {
  const format = 'anthropic-claude-v1' as const
  const rest = { form: 'text' as const, data: null, id: null, callId: null }
  return { kind: 'reasoning' as const, block, text, signature, format, ...rest }
}
