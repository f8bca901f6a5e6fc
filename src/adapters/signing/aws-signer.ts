import { AwsV4Signer } from 'aws4fetch'

import { assert } from '#domain/faults.ts'
import type { Clock } from '#ports/clock.ts'
import { type RequestSigner, SigningError } from '#ports/request-signer.ts'

/** Keys that were derived from secrets for a day and a region. */
const derivedKeysMax = 1_000

/**
 * Signs requests to AWS with Signature Version 4, with temporary credentials too. `service` is the name
 * that AWS signs for (`bedrock`). Of the headers, only the host and those of AWS are signed: what the way
 * to the provider adds or changes stays free. A signature is good for a few minutes around the clock's time.
 */
export function createAwsSigner(clock: Pick<Clock, 'nowMs'>, service: string): RequestSigner {
  const derivedKeys = new Map<string, ArrayBuffer>()
  return {
    async sign({ method, url, headers, body }, credential) {
      assert(credential.kind === 'aws', 'only AWS credentials make AWS signatures')
      const { accessKeyId, secretAccessKey, sessionToken, region } = credential
      if (derivedKeys.size > derivedKeysMax) derivedKeys.clear()
      const signer = new AwsV4Signer({
        method,
        url,
        headers: Object.entries(headers).filter(([name]) => name.startsWith('x-amz-')),
        // The library wants a body of its own memory.
        body: Uint8Array.from(body),
        accessKeyId,
        secretAccessKey,
        ...(sessionToken === null ? {} : { sessionToken }),
        service,
        region,
        cache: derivedKeys,
        datetime: amzDate(clock.nowMs()),
      })
      const signed = await signer.sign().catch((error: unknown) => {
        const name = error instanceof Error ? error.name : 'unknown'
        throw new SigningError(`a request to AWS could not be signed (${name})`)
      })
      return added(signed.headers)
    },
  }
}

function added(headers: Headers): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...headers].filter(([name]) => name === 'authorization' || name.startsWith('x-amz-')),
  )
}

/** `20150830T123600Z`. */
function amzDate(nowMs: number): string {
  return new Date(nowMs).toISOString().replace(/[:-]|\.\d{3}/g, '')
}
