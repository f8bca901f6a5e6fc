import OpenAI from 'openai'
import type {
  Response,
  ResponseCreateParamsNonStreaming,
  ResponseInputItem,
} from 'openai/resources/responses/responses'

import {
  citySchema,
  costIn,
  warningsIn,
  type ClientLibrary,
  type Heard,
  type Question,
} from '#test/translation/heard.ts'

/** OpenAI's own library, asking for responses; nothing is stored, so reasoning comes encrypted. */
export function responsesLibrary(gateway: { url: string; key: string }): ClientLibrary {
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 })
  return {
    name: 'responses',
    async ask(question, signal) {
      const body = bodyOf(question)
      const options = signal ? { signal } : {}
      if (!question.stream) return hear(await client.responses.create(body, options))
      const stream = client.responses.stream({ ...body, stream: true }, options)
      return hear(await stream.finalResponse())
    },
  }
}

function bodyOf(question: Question): ResponseCreateParamsNonStreaming {
  const content = question.prompt.map((part) => {
    if (part.kind === 'text') return { type: 'input_text' as const, text: part.text }
    if (part.kind === 'image') {
      const image_url = `data:image/png;base64,${part.base64}`
      return { type: 'input_image' as const, image_url, detail: 'auto' as const }
    }
    const file_data = `data:application/pdf;base64,${part.base64}`
    return { type: 'input_file' as const, filename: 'paper.pdf', file_data }
  })
  const input: ResponseInputItem[] = [{ role: 'user', content }]
  for (const { turn, results } of question.before ?? []) {
    input.push(...(turn as ResponseInputItem[]))
    for (const { id, text } of results) {
      input.push({ type: 'function_call_output', call_id: id, output: text })
    }
  }
  return {
    model: question.model ?? 'test/model',
    instructions: 'Be brief.',
    input,
    store: false,
    include: ['reasoning.encrypted_content'],
    ...(question.maxTokens === undefined ? {} : { max_output_tokens: question.maxTokens }),
    ...(question.tools && {
      tools: question.tools.map((name) => ({
        type: 'function' as const,
        name,
        description: `About ${name}`,
        parameters: citySchema,
        strict: false,
      })),
    }),
    ...(question.reasons === true
      ? { reasoning: { effort: 'high' as const, summary: 'auto' as const } }
      : {}),
    ...(question.schema && {
      text: {
        format: {
          type: 'json_schema' as const,
          name: 'answer',
          schema: question.schema,
          strict: true,
        },
      },
    }),
  }
}

function hear(response: Response): Heard {
  const reason = response.incomplete_details?.reason
  const calls = response.output.flatMap((item) =>
    item.type === 'function_call'
      ? [
          {
            id: item.call_id,
            name: item.name,
            arguments: JSON.parse(item.arguments) as unknown,
          },
        ]
      : [],
  )
  const reasoning = response.output.flatMap((item) =>
    item.type === 'reasoning' ? [...item.summary, ...(item.content ?? [])] : [],
  )
  return {
    text: response.output_text,
    reasoning: reasoning.map(({ text }) => text).join(''),
    calls,
    finish: finishOf(response, reason, calls.length),
    promptTokens: response.usage?.input_tokens ?? 0,
    completionTokens: response.usage?.output_tokens ?? 0,
    cachedTokens: response.usage?.input_tokens_details.cached_tokens ?? 0,
    cost: costIn(response.usage),
    turn: response.output,
    warnings: warningsIn(response),
  }
}

function finishOf(
  response: Response,
  reason: string | undefined,
  callCount: number,
): Heard['finish'] {
  if (reason === 'max_output_tokens') return 'length'
  if (reason === 'content_filter') return 'content_filter'
  if (response.status !== 'completed') return 'other'
  return callCount > 0 ? 'tool_calls' : 'stop'
}
