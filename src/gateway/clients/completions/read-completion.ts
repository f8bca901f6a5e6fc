import type { ClientMessage, ReadRequest } from '#gateway/canonical/client-protocol.ts'
import { invalid, listOf } from '#gateway/canonical/json.ts'
import { readBoolean, readCount, readText, type Place } from '#gateway/canonical/members.ts'
import type { JsonObject, Warning } from '#gateway/canonical/request.ts'
import { readChatRequest } from '#gateway/clients/chat/read-request.ts'

/** What a completion request has beside what a chat request has, and what it means for a chat model. */
const lost: Readonly<Record<string, string>> = {
  suffix: 'A chat model cannot write what stands before a given text.',
  best_of: 'A chat model gives one answer; the best of several is not chosen.',
  logprobs: 'This provider gives no probabilities for a completion.',
}

/** Members of a completion request that mean the same in a chat request. */
const sameMembers = [
  ...['max_tokens', 'temperature', 'top_p', 'top_k', 'min_p', 'seed', 'stop', 'n', 'stream'],
  ...[
    'stream_options',
    'presence_penalty',
    'frequency_penalty',
    'repetition_penalty',
    'logit_bias',
  ],
  ...['user', 'reasoning', 'reasoning_effort', 'response_format', 'service_tier', 'session_id'],
]

/**
 * Reads a legacy completion as the question of one user, which any chat model can answer; a warning says
 * that it is one. Several prompts, or tokens, are read too, for a provider that takes them. Throws
 * `invalid_request` with the path of the faulty member.
 */
export function readCompletionRequest({ body, headers }: ClientMessage): ReadRequest {
  const place: Place = { object: body, path: '' }
  const prompts = promptsOf(body)
  readBoolean(place, 'echo')
  const chat: Record<string, unknown> = {
    messages: [{ role: 'user', content: prompts.join('\n') }],
  }
  for (const name of sameMembers) if (body[name] !== undefined) chat[name] = body[name]
  // Every answer that the provider writes is paid for, shown or not.
  const answers = Math.max(readCount(place, 'n') ?? 1, readCount(place, 'best_of') ?? 1)
  if (answers * prompts.length > 1) chat['n'] = answers * prompts.length
  const { request } = readChatRequest({ body: chat, headers, address: null })
  const leftovers: Warning[] = [
    {
      param: 'prompt',
      detail: 'This model has no plain completions: the prompt was asked as the message of a user.',
    },
  ]
  for (const [name, detail] of Object.entries(lost)) {
    const value = body[name]
    const isSet = value !== undefined && value !== null && value !== '' && value !== 0
    if (isSet && !(name === 'best_of' && value === 1)) leftovers.push({ param: name, detail })
  }
  const { models } = body
  return {
    request: {
      ...request,
      // What OpenAI gives when nothing is said.
      maxOutputTokens: readCount(place, 'max_tokens'),
      leftovers: [...leftovers, ...request.leftovers],
    },
    model: readText(place, 'model'),
    models: Array.isArray(models) ? models.filter((name) => typeof name === 'string') : null,
    provider: body['provider'],
  }
}

/** The prompts as texts; tokens as the text of their numbers. */
function promptsOf({ prompt }: JsonObject): readonly string[] {
  if (typeof prompt === 'string') return [prompt]
  const list = listOf(prompt)
  if (list.length === 0) {
    throw invalid('prompt', prompt === undefined ? 'is missing' : 'expected text, or a list of it')
  }
  if (isTokens(list)) return [list.join(' ')]
  return list.map((item, index) => {
    if (typeof item === 'string') return item
    if (Array.isArray(item) && isTokens(item)) return item.join(' ')
    throw invalid(`prompt[${index}]`, 'expected text or a list of tokens')
  })
}

function isTokens(list: readonly unknown[]): boolean {
  return list.length > 0 && list.every((item) => Number.isSafeInteger(item))
}

/** Refuses what a chat model cannot be asked: several prompts at once, and tokens. */
export function refuseSeveralPrompts(body: JsonObject): void {
  promptOf(body)
}

/** The one prompt of a request. Throws `invalid_request` for several, and for tokens. */
export function promptOf({ prompt }: JsonObject): string {
  if (typeof prompt === 'string') return prompt
  if (Array.isArray(prompt)) {
    const [first] = prompt as readonly unknown[]
    if (prompt.length === 1 && typeof first === 'string') return first
    if (typeof first === 'number') throw invalid('prompt', 'tokens cannot be translated; send text')
    throw invalid('prompt', 'several prompts cannot be answered at once; send one text')
  }
  throw invalid('prompt', prompt === undefined ? 'is missing' : 'expected text')
}
