import { gatewayMembers, type ProviderPreferences } from '#contract/chat.ts'
import type { Endpoint } from '#domain/catalogue.ts'
import { findMember, scanJsonObject } from '#domain/json-members.ts'
import { namesForRouter, type PlannedAttempt } from '#domain/routing.ts'

import { asciiJson, asciiName, editJson, editJsonText, requestJsonLimits } from './json-edit.ts'
import type { ParsedBody } from './parse-body.ts'

/**
 * The body that goes upstream: the client's own bytes, with the model's name there, without the members
 * that are for this gateway, with usage asked for when it streams, and with the output limit set when it
 * had to be (`maxTokens`). All else is as the client wrote it.
 */
export function upstreamBody(question: {
  body: ParsedBody
  attempt: PlannedAttempt
  maxTokens: number | null
}): Buffer {
  const { body, attempt, maxTokens } = question
  const { endpoint } = attempt
  const set = new Map([['model', asciiName(endpoint.upstreamModel)]])
  if (endpoint.provider.kind === 'routing') {
    const forwarded = preferencesForRouter(body.request.provider, attempt)
    if (forwarded) set.set('provider', asciiJson(forwarded))
  }
  if (body.request.stream) set.set('stream_options', withUsage(body))
  if (maxTokens !== null) set.set(outputLimitMember(endpoint), String(maxTokens))
  return editJson(body.bytes, body.shape, { set, remove })
}

const remove: ReadonlySet<string> = new Set(gatewayMembers)

/** OpenAI's newer models know only the long name; everybody else knows the short one. */
function outputLimitMember({ provider }: Endpoint): string {
  return /^(?:openai|azure)/.test(provider.slug) ? 'max_completion_tokens' : 'max_tokens'
}

function withUsage({ bytes, shape, request }: ParsedBody): string {
  const member = findMember(shape, 'stream_options')
  if (!member || !request.stream_options) return '{"include_usage":true}'
  const text = bytes.toString('latin1', member.valueStart, member.end)
  if (request.stream_options.include_usage === true) return text
  const options = bytes.subarray(member.valueStart, member.end)
  const inner = scanJsonObject({ bytes: options, limits: requestJsonLimits })
  if (inner.kind !== 'object') return '{"include_usage":true}'
  return editJsonText(text, inner, { set: new Map([['include_usage', 'true']]) })
}

/** What is left of the wishes for a provider that routes further: the names that are none of ours. */
function preferencesForRouter(
  preferences: ProviderPreferences | null | undefined,
  { model }: PlannedAttempt,
): Readonly<Record<string, unknown>> | undefined {
  if (!preferences) return undefined
  const { order, only, ignore, ...rest } = preferences
  const names = {
    order: namesForRouter(order, model),
    only: namesForRouter(only, model),
    ignore: namesForRouter(ignore, model),
  }
  const forwarded = {
    ...rest,
    ...Object.fromEntries(Object.entries(names).filter(([, value]) => value)),
  }
  return Object.keys(forwarded).length === 0 ? undefined : forwarded
}
