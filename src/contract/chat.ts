import { z } from 'zod'

import { Fault } from '#domain/faults.ts'
import { choiceCountMax } from '#domain/limits.ts'

import { isPlainChat } from './plain-chat.ts'

/** The most entries of one list in a request (messages, tools, fallback models). */
const listLengthMax = 10_000
/** The most fallback models one request may name. */
const fallbackModelsMax = 10

const count = z.int().min(1)

const message = z.looseObject({
  role: z.string().min(1),
  content: z
    .custom<unknown>(isContent, { error: 'expected text, a list of parts, or null' })
    .optional(),
})

const price = z.union([z.string(), z.number()], { error: 'expected a decimal number' })

const routingNames = z.array(z.string().min(1)).max(100)

/**
 * OpenRouter's `provider` object. It is strict: a wish about privacy or price that this gateway cannot
 * honour is refused, never passed over in silence.
 */
const providerPreferences = z.strictObject({
  order: routingNames.nullish(),
  only: routingNames.nullish(),
  ignore: routingNames.nullish(),
  allow_fallbacks: z.boolean().nullish(),
  data_collection: z.enum(['allow', 'deny']).nullish(),
  zdr: z.boolean().nullish(),
  max_price: z
    .strictObject({
      prompt: price.optional(),
      completion: price.optional(),
      request: price.optional(),
    })
    .nullish(),
  // Honoured as far as it can be: only prices are known, speeds are not measured.
  sort: z
    .union([z.string(), z.looseObject({ by: z.string() })], { error: 'expected a name' })
    .nullish(),
  // Every parameter is passed on untouched, so requiring it excludes nobody.
  require_parameters: z.boolean().nullish(),
  // Wishes that only order endpoints, by figures that are not measured.
  preferred_min_throughput: z.unknown().optional(),
  preferred_max_latency: z.unknown().optional(),
})

/** Mistral's own client leaves the type out of a function: what it is can be seen. */
const tool = z
  .looseObject({ type: z.string().optional(), function: z.unknown().optional() })
  .refine(({ type, function: described }) => type !== undefined || described !== undefined, {
    path: ['type'],
    error: 'is missing',
  })

/**
 * A chat request, as far as it is routed or billed on. Every other field travels through untouched, and
 * its correctness is the upstream's to judge.
 */
export const chatRequest = z.looseObject({
  model: z.string().min(1).nullish(),
  models: z.array(z.string().min(1)).min(1).max(fallbackModelsMax).nullish(),
  messages: z.array(message).min(1, { error: 'must hold at least one message' }),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: count.nullish(),
  max_completion_tokens: count.nullish(),
  n: count.max(choiceCountMax).nullish(),
  tools: z.array(tool).nullish(),
  provider: providerPreferences.nullish(),
  plugins: z.array(z.looseObject({ id: z.string() })).nullish(),
})

/** A chat request that can be routed and billed. */
export type ChatRequest = z.infer<typeof chatRequest>

/** OpenRouter's routing wishes, as sent. */
export type ProviderPreferences = z.infer<typeof providerPreferences>

/**
 * Members that are for this gateway alone and never go upstream. (A routing provider gets its own
 * `provider` member back, with what is left for it to obey.)
 */
export const gatewayMembers: readonly string[] = [
  'models',
  'provider',
  'route',
  'usage',
  'transforms',
  'plugins',
  'session_id',
  'trace',
  'debug',
]

/**
 * Reads a parsed body as a chat request. Throws `invalid_request` with the path of the first faulty field
 * as `param` and the first few problems as the message.
 */
export function parseChatRequest(body: unknown): ChatRequest {
  if (isPlainChat(body, { listLengthMax, choiceCountMax })) return body
  refuseLongLists(body)
  const result = chatRequest.safeParse(body)
  if (!result.success) throw faultOfIssues(result.error.issues)
  const request = result.data
  if (!request.model && !request.models) {
    throw new Fault('invalid_request', {
      param: 'model',
      details: { detail: 'model is missing: name the model to use.' },
    })
  }
  refuseWhatIsNotServed(request)
  return request
}

/** Reads OpenRouter's routing wishes. Throws `invalid_request` with the path of the first faulty field. */
export function parseProviderPreferences(value: unknown): ProviderPreferences | null | undefined {
  const result = z
    .object({ provider: providerPreferences.nullish() })
    .safeParse({ provider: value })
  if (!result.success) throw faultOfIssues(result.error.issues)
  return result.data.provider
}

/** Every wrong entry makes a problem of its own, so a long wrong list must not reach the schema. */
function refuseLongLists(body: unknown): void {
  if (typeof body !== 'object' || body === null) return
  for (const [name, value] of Object.entries(body)) {
    if (Array.isArray(value) && value.length > listLengthMax) {
      throw new Fault('invalid_request', {
        param: name,
        details: { detail: `${name} holds ${value.length} entries; the most is ${listLengthMax}.` },
      })
    }
  }
}

function refuseWhatIsNotServed(request: ChatRequest): void {
  const [plugin] = request.plugins ?? []
  if (plugin) {
    throw new Fault('invalid_request', {
      param: 'plugins[0].id',
      details: { detail: `The plugin "${plugin.id}" is not offered here. Leave plugins out.` },
    })
  }
}

function isContent(value: unknown): boolean {
  if (value === undefined || value === null || typeof value === 'string') return true
  if (!Array.isArray(value) || value.length > listLengthMax) return false
  return value.every((part) => typeof part === 'object' && part !== null && !Array.isArray(part))
}

const issuesShownMax = 3

function faultOfIssues(issues: readonly z.core.$ZodIssue[]): Fault {
  const shown = issues.slice(0, issuesShownMax).map((issue) => {
    const path = pathText(issue.path)
    return path === '' ? describe(issue) : `${path}: ${describe(issue)}`
  })
  const more = issues.length - shown.length
  const tail = more > 0 ? `; and ${more} more.` : '.'
  return new Fault('invalid_request', {
    param: pathOf(issues[0]),
    details: { detail: shown.join('; ') + tail },
  })
}

function pathOf(issue: z.core.$ZodIssue | undefined): string | null {
  if (!issue) return null
  const own = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path
  return pathText(own) || null
}

function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    const names = issue.keys.slice(0, issuesShownMax).map((key) => JSON.stringify(key))
    return `${names.join(', ')} cannot be honoured here`
  }
  const text = issue.message.replace(/^Invalid input: /, '')
  return text.endsWith('received undefined') ? 'is missing' : text
}

/** `messages[2].role`, as OpenAI writes it. */
function pathText(path: readonly PropertyKey[]): string {
  let text = ''
  for (const step of path) {
    text += typeof step === 'number' ? `[${step}]` : `${text === '' ? '' : '.'}${String(step)}`
  }
  return text
}
