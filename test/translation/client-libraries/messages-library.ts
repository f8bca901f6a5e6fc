import Anthropic from '@anthropic-ai/sdk'
import type {
  ContentBlockParam,
  Message,
  MessageCreateParamsNonStreaming,
  MessageParam,
} from '@anthropic-ai/sdk/resources/messages'

import {
  citySchema,
  costIn,
  warningsIn,
  type ClientLibrary,
  type Heard,
  type Question,
} from '#test/translation/heard.ts'

/** Anthropic's own library. */
export function messagesLibrary(gateway: { url: string; key: string }): ClientLibrary {
  const client = new Anthropic({ baseURL: gateway.url, apiKey: gateway.key, maxRetries: 0 })
  return {
    name: 'messages',
    async ask(question, signal) {
      const body = bodyOf(question)
      const options = signal ? { signal } : {}
      if (!question.stream) return hear(await client.messages.create(body, options), null)
      const stream = client.messages.stream(body, options)
      let last: unknown = null
      stream.on('streamEvent', (event) => {
        if (event.type === 'message_delta') last = event
      })
      return hear(await stream.finalMessage(), last)
    },
  }
}

function bodyOf(question: Question): MessageCreateParamsNonStreaming {
  const content = question.prompt.map((part): ContentBlockParam => {
    if (part.kind === 'text') {
      return part.isCached === true
        ? { type: 'text', text: part.text, cache_control: { type: 'ephemeral' } }
        : { type: 'text', text: part.text }
    }
    if (part.kind === 'image') {
      const source = { type: 'base64', media_type: 'image/png', data: part.base64 } as const
      return { type: 'image', source }
    }
    const source = { type: 'base64', media_type: 'application/pdf', data: part.base64 } as const
    return { type: 'document', source, title: 'paper' }
  })
  const messages: MessageParam[] = [{ role: 'user', content }]
  for (const { turn, results } of question.before ?? []) {
    messages.push(turn as MessageParam)
    const blocks = results.map(({ id, text }): ContentBlockParam => ({
      type: 'tool_result',
      tool_use_id: id,
      content: text,
    }))
    messages.push({ role: 'user', content: blocks })
  }
  return {
    model: question.model ?? 'test/model',
    max_tokens: question.maxTokens ?? 2_000,
    system: 'Be brief.',
    messages,
    ...(question.tools && {
      tools: question.tools.map((name) => ({
        name,
        description: `About ${name}`,
        input_schema: { ...citySchema, required: ['city'] },
      })),
    }),
    ...(question.reasons === true
      ? { thinking: { type: 'enabled' as const, budget_tokens: 1_024 } }
      : {}),
    ...(question.schema && {
      output_config: { format: { type: 'json_schema' as const, schema: question.schema } },
    }),
  }
}

const finishes: Readonly<Record<string, Heard['finish']>> = {
  end_turn: 'stop',
  max_tokens: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
}

function hear(message: Message, lastDelta: unknown): Heard {
  const { usage } = message
  const cached = usage.cache_read_input_tokens ?? 0
  const written = usage.cache_creation_input_tokens ?? 0
  return {
    text: message.content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    reasoning: message.content
      .map((block) => (block.type === 'thinking' ? block.thinking : ''))
      .join(''),
    calls: message.content.flatMap((block) =>
      block.type === 'tool_use' ? [{ id: block.id, name: block.name, arguments: block.input }] : [],
    ),
    finish: finishes[message.stop_reason ?? ''] ?? 'other',
    promptTokens: usage.input_tokens + cached + written,
    completionTokens: usage.output_tokens,
    cachedTokens: cached,
    cost: costIn(usage) ?? costIn((lastDelta as { usage?: unknown } | null)?.usage),
    turn: { role: 'assistant', content: message.content },
    warnings: [...warningsIn(message), ...warningsIn(lastDelta)],
  }
}
