import { GoogleGenAI, type Content, type GenerateContentResponse, type Part } from '@google/genai'

import {
  citySchema,
  costIn,
  warningsIn,
  type ClientLibrary,
  type Heard,
  type Question,
} from '#test/translation/heard.ts'

/** Google's own library. */
export function geminiLibrary(gateway: { url: string; key: string }): ClientLibrary {
  const client = new GoogleGenAI({
    apiKey: gateway.key,
    httpOptions: { baseUrl: gateway.url, retryOptions: { attempts: 1 } },
  })
  return {
    name: 'gemini',
    async ask(question, signal) {
      const request = requestOf(question, signal)
      if (!question.stream) return hear([await client.models.generateContent(request)])
      const chunks: GenerateContentResponse[] = []
      for await (const chunk of await client.models.generateContentStream(request)) {
        chunks.push(chunk)
      }
      return hear(chunks)
    },
  }
}

function requestOf(question: Question, signal: AbortSignal | undefined) {
  const parts = question.prompt.map((part): Part => {
    if (part.kind === 'text') return { text: part.text }
    const mimeType = part.kind === 'image' ? 'image/png' : 'application/pdf'
    return { inlineData: { mimeType, data: part.base64 } }
  })
  const contents: Content[] = [{ role: 'user', parts }]
  for (const { turn, results } of question.before ?? []) {
    contents.push(turn as Content)
    contents.push({
      role: 'user',
      parts: results.map(({ id, name, text }) => ({
        functionResponse: { id, name, response: { output: text } },
      })),
    })
  }
  return {
    model: question.model ?? 'test/model',
    contents,
    config: {
      systemInstruction: 'Be brief.',
      ...(signal && { abortSignal: signal }),
      ...(question.maxTokens === undefined ? {} : { maxOutputTokens: question.maxTokens }),
      ...(question.tools && {
        tools: [
          {
            functionDeclarations: question.tools.map((name) => ({
              name,
              description: `About ${name}`,
              parametersJsonSchema: citySchema,
            })),
          },
        ],
      }),
      ...(question.reasons === true
        ? { thinkingConfig: { thinkingBudget: 1_024, includeThoughts: true } }
        : {}),
      ...(question.schema && {
        responseMimeType: 'application/json',
        responseJsonSchema: question.schema,
      }),
    },
  }
}

const finishes: Readonly<Record<string, Heard['finish']>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content_filter',
}

function hear(chunks: readonly GenerateContentResponse[]): Heard {
  const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? [])
  const text = (isThought: boolean) =>
    parts.map((part) => ((part.thought === true) === isThought ? (part.text ?? '') : '')).join('')
  const calls = parts.flatMap(({ functionCall }) =>
    functionCall
      ? [
          {
            id: functionCall.id ?? '',
            name: functionCall.name ?? '',
            arguments: functionCall.args ?? {},
          },
        ]
      : [],
  )
  const usage = chunks.findLast((chunk) => chunk.usageMetadata !== undefined)?.usageMetadata
  const reason = chunks.findLast((chunk) => chunk.candidates?.[0]?.finishReason !== undefined)
    ?.candidates?.[0]?.finishReason
  const finish = finishes[reason ?? ''] ?? 'other'
  return {
    text: text(false),
    reasoning: text(true),
    calls,
    finish: finish === 'stop' && calls.length > 0 ? 'tool_calls' : finish,
    promptTokens: usage?.promptTokenCount ?? 0,
    completionTokens: (usage?.candidatesTokenCount ?? 0) + (usage?.thoughtsTokenCount ?? 0),
    cachedTokens: usage?.cachedContentTokenCount ?? 0,
    cost: costIn(usage),
    turn: { role: 'model', parts },
    warnings: chunks.flatMap((chunk) => warningsIn(chunk)),
  }
}
