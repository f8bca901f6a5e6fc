import type { Said, ScriptedAnswer } from '#test/translation/scripted-answer.ts'

const finishReasons = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  tool_calls: 'STOP',
  content_filter: 'SAFETY',
} as const

/** A `GenerateContentResponse`. Calls come without ids, as they do from many models. */
export function geminiWhole(answer: ScriptedAnswer): unknown {
  const parts = answer.said.flatMap((said, at) => partsOf(said, signatureBefore(answer, at)))
  return response(answer, parts, true)
}

/** The same as chunks, each with the counts so far, with the line ends that Google uses. */
export function geminiStream(answer: ScriptedAnswer): readonly string[] {
  const chunks = answer.said.flatMap((said, at) =>
    said.kind === 'call'
      ? [partsOf(said, signatureBefore(answer, at))]
      : said.pieces.map((text) => partsOf({ ...said, pieces: [text] }, null)),
  )
  const last = response(answer, [{ text: '' }], true)
  const all = [...chunks.map((parts) => response(answer, parts, false)), last]
  return all.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`)
}

/** Gemini signs the part that follows the thought. */
function signatureBefore({ said }: ScriptedAnswer, at: number): string | null {
  const before = said[at - 1]
  return before?.kind === 'reasoning' ? before.signature : null
}

function partsOf(said: Said, signature: string | null): readonly unknown[] {
  const text = said.pieces.join('')
  const signed = signature === null ? {} : { thoughtSignature: signature }
  if (said.kind === 'text') return [{ text, ...signed }]
  if (said.kind === 'reasoning') return [{ text, thought: true }]
  return [{ functionCall: { name: said.name, args: JSON.parse(text) }, ...signed }]
}

function response(answer: ScriptedAnswer, parts: readonly unknown[], isLast: boolean): unknown {
  const finish = isLast ? { finishReason: finishReasons[answer.finish] } : {}
  return {
    candidates: [{ content: { role: 'model', parts }, ...finish, index: 0 }],
    usageMetadata: {
      promptTokenCount: answer.promptTokens,
      ...(answer.cachedTokens === 0 ? {} : { cachedContentTokenCount: answer.cachedTokens }),
      candidatesTokenCount: answer.completionTokens - answer.reasoningTokens,
      ...(answer.reasoningTokens === 0 ? {} : { thoughtsTokenCount: answer.reasoningTokens }),
      totalTokenCount: answer.promptTokens + answer.completionTokens,
    },
    modelVersion: 'upstream-model',
    responseId: 'resp1',
  }
}
