import { objectOf, textOf } from '#gateway/canonical/json.ts'
import type { ErrorAnswer, ReadError } from '#gateway/canonical/provider-protocol.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

/** The status that each kind of exception stands for, by its name in small letters without `exception`. */
const statuses: Readonly<Record<string, number>> = {
  validation: 400,
  accessdenied: 403,
  unrecognizedclient: 403,
  invalidsignature: 403,
  expiredtoken: 403,
  missingauthenticationtoken: 403,
  resourcenotfound: 404,
  modeltimeout: 408,
  conflict: 409,
  modelerror: 424,
  modelstreamerror: 424,
  throttling: 429,
  modelnotready: 429,
  servicequotaexceeded: 429,
  internalserver: 500,
  serviceunavailable: 503,
}

/** An exception inside a stream as `{error: {type, message, status}}`. */
export function exceptionBody(name: string | null, value: unknown): JsonObject {
  const said = objectOf(value)
  const message = textOf(said['message']) ?? textOf(said['Message'])
  const original = textOf(said['originalMessage'])
  const status = name === null ? undefined : statusOf(name)
  return {
    error: {
      type: name,
      message: original ?? message ?? 'The provider gave no reason.',
      ...(status === undefined ? {} : { status }),
    },
  }
}

/** What an error status means. The kind stands in a header, with an address behind a colon. */
export function readBedrockError({ status, headers, body }: ErrorAnswer): ReadError {
  const said = objectOf(body)
  const inBody = textOf(said['__type'])?.split('#').at(-1)
  const [kind] = (headers['x-amzn-errortype'] ?? inBody ?? '').split(':')
  const name = kind === undefined || kind === '' ? null : kind
  const retryAfter = Number(headers['retry-after'])
  return {
    status: (name === null ? undefined : statusOf(name)) ?? status,
    body: exceptionBody(name, body),
    retryAfterSeconds: retryAfter > 0 ? Math.ceil(retryAfter) : null,
  }
}

function statusOf(name: string): number | undefined {
  return statuses[name.toLowerCase().replace(/exception$/, '')]
}
