import { assert, Fault } from '#domain/faults.ts'
import type { EncodedRequest, EncodingTarget } from '#gateway/canonical/provider-protocol.ts'
import type { ModelRequest, Warning } from '#gateway/canonical/request.ts'
import { ownPath } from '#gateway/clients/own-paths.ts'
import { asciiJson, editJson } from '#gateway/json-edit.ts'
import type { Life } from '#gateway/life.ts'
import type { ParsedBody } from '#gateway/parse-body.ts'
import type { BoundedAttempt } from '#gateway/plan-chat.ts'

import { sentBy, valueOf } from './client-body.ts'
import { clientProtocols, protocolOf, type Speech } from './protocols.ts'
import { cannotExpress } from './translated-answer.ts'

/** What goes upstream, before it is signed, and what the client must be told about it. */
export interface UpstreamText {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly warnings: readonly Warning[]
}

/**
 * Writes a request in the provider's protocol. Throws `invalid_request` when the endpoint cannot be asked
 * for this at all, or, where the client requires its parameters, not without changing them.
 */
export function upstreamText(
  life: Life,
  attempt: BoundedAttempt,
  { speech, request }: { speech: Speech; request: ModelRequest },
): UpstreamText {
  const { body } = life
  assert(body, 'a request is encoded after it is read')
  const target = targetOf(attempt, life.clampedMaxTokens)
  const written = speech.isNative
    ? nativeText({ life, body, request }, speech, target)
    : translatedText({ life, body, request }, speech, target)
  refuseChanged(body, written.warnings)
  return written
}

function targetOf({ endpoint, model }: BoundedAttempt, maxTokens: number | null): EncodingTarget {
  return {
    provider: endpoint.provider.slug,
    upstreamModel: endpoint.upstreamModel,
    maxOutputTokens: model.maxOutput,
    maxTokens,
    baseUrl: endpoint.provider.baseUrl,
  }
}

function translatedText(
  { life, body, request }: Asked,
  speech: Speech,
  target: EncodingTarget,
): UpstreamText {
  const { refuseTranslation, paths = {} } = clientProtocols[life.door.client]
  refuseTranslation?.(valueOf(body))
  const encoding = protocolOf(speech).encode(request, target)
  if (encoding.kind === 'impossible') {
    throw cannotExpress(ownPath(paths, encoding.param), encoding.detail)
  }
  const { body: written, warnings, ...rest } = encoding.encoded
  // What the reader left over is named as the client named it already.
  const own = warnings.map((warning) =>
    request.leftovers.includes(warning)
      ? warning
      : { ...warning, param: ownPath(paths, warning.param) },
  )
  return { ...rest, body: Buffer.from(JSON.stringify(written)), warnings: own }
}

interface Asked {
  readonly life: Life
  readonly body: ParsedBody
  readonly request: ModelRequest
}

/** The client's own bytes; members that must differ are replaced in them. */
function nativeText(
  { life, body, request }: Asked,
  speech: Speech,
  target: EncodingTarget,
): UpstreamText {
  const protocol = protocolOf(speech)
  assert(protocol.encodeNative, `${speech.protocol} is spoken by a client`)
  const whole = valueOf(body)
  const free = protocol.withoutFees?.(whole) ?? { body: whole, warnings: [] }
  const { headers } = life.request
  const encoded = protocol.encodeNative(free.body, target, headers, request.stream)
  return {
    url: encoded.url,
    headers: encoded.headers,
    body: changedBytes(body, encoded),
    warnings: [...free.warnings, ...encoded.warnings],
  }
}

function changedBytes(body: ParsedBody, { body: written }: EncodedRequest): Buffer {
  const before = sentBy(body)
  const set = new Map<string, string>()
  for (const [name, value] of Object.entries(written)) {
    if (value !== undefined && before[name] !== value) set.set(name, asciiJson(value))
  }
  const remove = new Set(Object.keys(before).filter((name) => written[name] === undefined))
  return editJson(body.bytes, body.shape, { set, remove })
}

function refuseChanged({ request }: ParsedBody, warnings: readonly Warning[]): void {
  const [first] = warnings
  if (first === undefined || request.provider?.require_parameters !== true) return
  throw new Fault('invalid_request', {
    param: first.param,
    details: {
      detail: `${first.param}: ${first.detail} provider.require_parameters forbids that.`,
    },
  })
}
