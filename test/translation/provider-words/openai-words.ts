import type { Said, ScriptedAnswer } from '#test/translation/scripted-answer.ts'

const head = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'upstream-model' }

/** A chat completion; reasoning as most vendors write it. */
export function openaiWhole(answer: ScriptedAnswer): unknown {
  const texts = (kind: Said['kind']) =>
    answer.said.filter((said) => said.kind === kind).map(({ pieces }) => pieces.join(''))
  const calls = answer.said.flatMap((said) =>
    said.kind === 'call'
      ? [
          {
            id: said.id,
            type: 'function',
            function: { name: said.name, arguments: said.pieces.join('') },
          },
        ]
      : [],
  )
  const reasoning = texts('reasoning').join('')
  const message = {
    role: 'assistant',
    content: texts('text').join('') || null,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  }
  return {
    ...head,
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason: answer.finish }],
    usage: usageOf(answer),
  }
}

/** The same as chunks, usage in one of its own, and the proof of the end. */
export function openaiStream(answer: ScriptedAnswer): readonly string[] {
  const chunks: unknown[] = [delta({ role: 'assistant', content: '' })]
  let index = 0
  for (const said of answer.said) {
    if (said.kind === 'text') for (const content of said.pieces) chunks.push(delta({ content }))
    else if (said.kind === 'reasoning') {
      for (const piece of said.pieces) chunks.push(delta({ reasoning_content: piece }))
    } else {
      const called = { name: said.name, arguments: '' }
      chunks.push(
        delta({ tool_calls: [{ index, id: said.id, type: 'function', function: called }] }),
      )
      for (const piece of said.pieces) {
        chunks.push(delta({ tool_calls: [{ index, function: { arguments: piece } }] }))
      }
      index += 1
    }
  }
  chunks.push({ ...chunk, choices: [{ index: 0, delta: {}, finish_reason: answer.finish }] })
  chunks.push({ ...chunk, choices: [], usage: usageOf(answer) })
  return [...chunks.map((one) => `data: ${JSON.stringify(one)}\n\n`), 'data: [DONE]\n\n']
}

const chunk = { ...head, object: 'chat.completion.chunk' }

function delta(members: object): unknown {
  return { ...chunk, choices: [{ index: 0, delta: members, finish_reason: null }] }
}

function usageOf(answer: ScriptedAnswer): unknown {
  return {
    prompt_tokens: answer.promptTokens,
    completion_tokens: answer.completionTokens,
    total_tokens: answer.promptTokens + answer.completionTokens,
    prompt_tokens_details: { cached_tokens: answer.cachedTokens },
    completion_tokens_details: { reasoning_tokens: answer.reasoningTokens },
  }
}
