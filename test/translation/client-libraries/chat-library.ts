import OpenAI from 'openai'
import type {
  ChatCompletion,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions'

import {
  citySchema,
  costIn,
  warningsIn,
  type ClientLibrary,
  type Heard,
  type Question,
} from '#test/translation/heard.ts'

/** OpenAI's own library, asking for chat completions. */
export function chatLibrary(gateway: { url: string; key: string }): ClientLibrary {
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 })
  return {
    name: 'chat',
    async ask(question, signal) {
      const body = bodyOf(question)
      const options = signal ? { signal } : {}
      if (!question.stream) {
        return hear(await client.chat.completions.create(body, options), null)
      }
      const stream = client.chat.completions.stream({ ...body, stream: true }, options)
      const thoughts = new Thoughts()
      let last: unknown = null
      stream.on('chunk', (chunk) => {
        last = chunk
        thoughts.add(chunk.choices[0]?.delta)
      })
      const completion = await stream.finalChatCompletion()
      Object.assign(completion.choices[0]?.message ?? {}, thoughts.members())
      return hear(completion, last)
    },
  }
}

interface Detail {
  readonly index?: number
  readonly text?: string
  readonly summary?: string
}

/** Puts together what OpenAI's library does not know of: clients of reasoning models do this by hand. */
class Thoughts {
  #text = ''
  readonly #details: Detail[] = []

  add(delta: unknown): void {
    const {
      reasoning,
      reasoning_content: other,
      reasoning_details: details,
    } = (delta ?? {}) as {
      reasoning?: string
      reasoning_content?: string
      reasoning_details?: Detail[]
    }
    this.#text += reasoning ?? other ?? ''
    for (const detail of details ?? []) {
      const at = this.#details.findIndex(({ index }) => index === detail.index)
      const known = this.#details[at]
      if (!known) this.#details.push(detail)
      else this.#details[at] = { ...known, ...present(detail), ...joined(known, detail) }
    }
  }

  members() {
    if (this.#details.length > 0) {
      return { reasoning: this.#text, reasoning_details: this.#details }
    }
    return this.#text === '' ? {} : { reasoning_content: this.#text }
  }
}

function present(detail: Detail): Partial<Detail> {
  return Object.fromEntries(Object.entries(detail).filter(([, value]) => value !== null))
}

function joined(known: Detail, more: Detail): Partial<Detail> {
  if (more.text !== undefined) return { text: (known.text ?? '') + more.text }
  if (more.summary !== undefined) return { summary: (known.summary ?? '') + more.summary }
  return {}
}

function bodyOf(question: Question): ChatCompletionCreateParamsNonStreaming {
  const content = question.prompt.map((part) => {
    if (part.kind === 'text') {
      const mark = part.isCached === true ? { cache_control: { type: 'ephemeral' } } : {}
      return { type: 'text' as const, text: part.text, ...mark }
    }
    if (part.kind === 'image') {
      const url = `data:image/png;base64,${part.base64}`
      return { type: 'image_url' as const, image_url: { url } }
    }
    const file_data = `data:application/pdf;base64,${part.base64}`
    return { type: 'file' as const, file: { filename: 'paper.pdf', file_data } }
  })
  const messages: ChatCompletionMessageParam[] = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content },
  ]
  for (const { turn, results } of question.before ?? []) {
    messages.push(turn as ChatCompletionMessageParam)
    for (const { id, text } of results) {
      messages.push({ role: 'tool', tool_call_id: id, content: text })
    }
  }
  return {
    model: question.model ?? 'test/model',
    messages,
    ...(question.maxTokens === undefined ? {} : { max_tokens: question.maxTokens }),
    ...(question.tools && {
      tools: question.tools.map((name) => ({
        type: 'function' as const,
        function: { name, description: `About ${name}`, parameters: citySchema },
      })),
    }),
    ...(question.reasons === true ? { reasoning_effort: 'high' as const } : {}),
    ...(question.schema && {
      response_format: {
        type: 'json_schema' as const,
        json_schema: { name: 'answer', schema: question.schema, strict: true },
      },
    }),
  }
}

function hear(completion: ChatCompletion, lastChunk: unknown): Heard {
  const [choice] = completion.choices
  const message = choice?.message
  const { reasoning, reasoning_content: other } = (message ?? {}) as unknown as Record<
    string,
    unknown
  >
  const usage = completion.usage ?? (lastChunk as { usage?: ChatCompletion['usage'] } | null)?.usage
  const calls = (message?.tool_calls ?? []).flatMap((call) =>
    call.type === 'function'
      ? [
          {
            id: call.id,
            name: call.function.name,
            arguments: JSON.parse(call.function.arguments) as unknown,
          },
        ]
      : [],
  )
  return {
    text: message?.content ?? '',
    reasoning: textOf(reasoning) || textOf(other),
    calls,
    finish: finishOf(choice?.finish_reason),
    promptTokens: usage?.prompt_tokens ?? 0,
    completionTokens: usage?.completion_tokens ?? 0,
    cachedTokens: usage?.prompt_tokens_details?.cached_tokens ?? 0,
    cost: costIn(usage),
    turn: message,
    warnings: [...warningsIn(completion), ...warningsIn(lastChunk)],
  }
}

function finishOf(reason: string | undefined): Heard['finish'] {
  switch (reason) {
    case 'stop':
    case 'length':
    case 'tool_calls':
    case 'content_filter':
      return reason
    default:
      return 'other'
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
