import type { OwnAccess, Provider } from '#domain/catalogue.ts'
import { Fault } from '#domain/faults.ts'
import type { AttemptErrorClass } from '#domain/generation.ts'
import {
  readComplaint,
  saysContextExceeded,
  statusInside,
  type UpstreamComplaint,
} from '#domain/upstream-complaint.ts'
import type { SigningError } from '#ports/request-signer.ts'
import type { UpstreamError } from '#ports/upstream.ts'

/** Why one attempt gave no answer. `retriable`: another endpoint may be asked. */
export interface AttemptFailure {
  readonly fault: Fault
  readonly errorClass: AttemptErrorClass
  readonly status: number | null
  readonly retriable: boolean
}

/** Statuses that say something about the request, and are passed on as they are. */
const passedOn = new Set([400, 401, 403, 404, 408, 409, 413, 422, 429])
const retryAfterSecondsMax = 24 * 3600

/** An answer with an error status: `body` is what came with it, as text. */
export function failureOfStatus(answer: {
  provider: Provider
  status: number
  headers: Readonly<Record<string, string>>
  body: string
}): AttemptFailure {
  const { provider, status, headers } = answer
  return {
    fault: faultOfStatus({
      provider,
      status,
      complaint: readComplaint(parseOrUndefined(answer.body)),
      retryAfterSeconds: readRetryAfter(headers),
    }),
    errorClass: 'status',
    status,
    retriable: isRetriable(status) || isOwnTrouble(provider, status),
  }
}

/** What says something of the customer's own credential, and nothing of the request: others may answer it. */
function isOwnTrouble({ own }: Provider, status: number): boolean {
  return own !== undefined && (isRefusalOfKey(status) || status === 404)
}

function isRefusalOfKey(status: number): boolean {
  return status === 401 || status === 402 || status === 403 || status === 429
}

/** Nothing could be signed, or no token was given, with a credential of the customer's own. */
export function failureOfOwnSigning(
  provider: Provider,
  own: OwnAccess,
  error: SigningError,
): AttemptFailure {
  const detail = `nothing could be signed with it (${error.message}).`
  return {
    fault: ownRefusal({ provider, own, status: null, detail }, { cause: error }),
    errorClass: 'connect_failed',
    status: null,
    retriable: true,
  }
}

/** An error inside a 200, whole or as an event of a stream. */
export function failureOfErrorBody(provider: Provider, body: unknown): AttemptFailure {
  const inside = statusInside(body)
  const status = inside ?? 502
  return {
    fault: faultOfStatus({
      provider,
      status,
      complaint: readComplaint(body),
      retryAfterSeconds: undefined,
    }),
    errorClass: 'error_in_body',
    status: 200,
    retriable: inside === undefined || isRetriable(inside) || isOwnTrouble(provider, inside),
  }
}

/** The transport failed. */
export function failureOfTransport(provider: Provider, error: UpstreamError): AttemptFailure {
  if (error.errorClass === 'address_refused' && provider.own) {
    return refusedAddress(provider, provider.own, error)
  }
  const details = { provider: provider.name }
  const code = error.errorClass === 'timed_out' ? 'provider_timeout' : 'provider_unavailable'
  return {
    fault: new Fault(code, { details, metadata: metadataOf(provider), cause: error }),
    errorClass: error.errorClass,
    status: null,
    retriable: error.errorClass !== 'aborted',
  }
}

/** The endpoint cannot be asked for this; another one may be. */
export function notExpressible(fault: Fault): AttemptFailure {
  return { fault, errorClass: 'not_expressible', status: null, retriable: true }
}

function refusedAddress(provider: Provider, own: OwnAccess, error: UpstreamError): AttemptFailure {
  const details = { label: own.label, detail: error.message }
  return {
    fault: new Fault('own_address_refused', {
      ...{ details, metadata: metadataOf(provider), cause: error },
    }),
    errorClass: error.errorClass,
    status: null,
    retriable: true,
  }
}

/** The answer is not what was asked for; `detail` says how, for the client to read. */
export function failureOfAnswer(answer: {
  provider: Provider
  status: number
  errorClass: AttemptErrorClass
  detail: string
}): AttemptFailure {
  const { provider, status, errorClass, detail } = answer
  return {
    fault: new Fault('provider_invalid_response', {
      details: { provider: provider.name, detail },
      metadata: metadataOf(provider),
    }),
    errorClass,
    status,
    retriable: true,
  }
}

/** What says nothing about the request itself may go better elsewhere. */
function isRetriable(status: number): boolean {
  return status === 408 || status === 429 || !passedOn.has(status)
}

function faultOfStatus(answer: {
  provider: Provider
  status: number
  complaint: UpstreamComplaint | undefined
  retryAfterSeconds: number | undefined
}): Fault {
  const { provider, status, complaint, retryAfterSeconds } = answer
  const detail = redact(complaint?.message ?? `it answered with status ${status}`, provider)
  const metadata = {
    ...metadataOf(provider),
    ...(complaint?.code ? { provider_code: redact(complaint.code, provider).slice(0, 200) } : {}),
  }
  const retry = retryAfterSeconds === undefined ? {} : { retryAfterSeconds }
  if (complaint && status < 500 && status !== 429 && saysContextExceeded(complaint)) {
    return new Fault('context_length_exceeded', { details: { detail }, metadata })
  }
  if (provider.own && isRefusalOfKey(status)) {
    const refusal = { provider, own: provider.own, status, detail }
    return ownRefusal(refusal, { metadata, ...retry })
  }
  const details = { provider: provider.name, detail }
  if (passedOn.has(status)) {
    const param = complaint?.param ?? null
    return new Fault('provider_rejected', { status, param, details, metadata, ...retry })
  }
  return new Fault('provider_error', { details, metadata, ...retry })
}

/** Tells the customer which of their own credentials failed, by its label. */
function ownRefusal(
  refusal: {
    readonly provider: Provider
    readonly own: OwnAccess
    readonly status: number | null
    readonly detail: string
  },
  more: {
    readonly metadata?: Readonly<Record<string, unknown>>
    readonly retryAfterSeconds?: number
    readonly cause?: unknown
  },
): Fault {
  const { provider, own, status, detail } = refusal
  return new Fault('own_credential_refused', {
    metadata: metadataOf(provider),
    ...more,
    ...(status === null ? {} : { status }),
    details: {
      ...{ label: own.label, provider: provider.name, detail: withStop(detail) },
      status: status === null ? '' : ` (status ${status})`,
      advice: adviceFor(status),
    },
  })
}

function adviceFor(status: number | null): string {
  switch (status) {
    case 402:
      return 'Add credit there, or let requests go on with the shared keys.'
    case 429:
      return 'It is over its own limit there: wait, or let requests go on with the shared keys.'
    default:
      return 'Check it under Provider keys, or replace it.'
  }
}

function withStop(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

function metadataOf({ name, own }: Provider): Readonly<Record<string, unknown>> {
  if (own === undefined) return { provider_name: name }
  return { provider_name: name, is_byok: true, credential_id: own.credentialId }
}

/** A provider must never get its own key shown to our customers. */
function redact(text: string, provider: Provider): string {
  return secretsOf(provider).reduce((shown, secret) => shown.replaceAll(secret, '[key]'), text)
}

function secretsOf({ apiKey, signing }: Provider): readonly string[] {
  const secrets = [apiKey ?? '']
  if (signing?.kind === 'aws') {
    secrets.push(signing.accessKeyId, signing.secretAccessKey, signing.sessionToken ?? '')
  }
  return secrets.filter((secret) => secret !== '')
}

/** Seconds from `retry-after-ms` or `retry-after` (seconds or a date is told in seconds only). */
function readRetryAfter(headers: Readonly<Record<string, string>>): number | undefined {
  const inMs = Number(headers['retry-after-ms'])
  const inSeconds = Number(headers['retry-after'])
  const seconds = headers['retry-after-ms'] !== undefined && inMs > 0 ? inMs / 1000 : inSeconds
  if (headers['retry-after'] === undefined && headers['retry-after-ms'] === undefined)
    return undefined
  return seconds > 0 && seconds <= retryAfterSecondsMax ? Math.ceil(seconds) : undefined
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
