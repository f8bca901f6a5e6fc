import { hash, timingSafeEqual } from 'node:crypto'

import { authKeyBody } from '#contract/auth-keys.ts'
import { exchangesPerMinuteMax } from '#domain/account-limits.ts'
import { usualKeyScopes } from '#domain/accounts.ts'
import { Fault, unreachable } from '#domain/faults.ts'
import { makeKeyId } from '#domain/identifiers.ts'
import { makeApiKey } from '#domain/keys.ts'
import { anonymousNetworksCountedMax, keysPerAccountMax } from '#domain/limits.ts'
import { makeVisitTally } from '#domain/visit-tally.ts'
import type { AuthCode, ChallengeMethod } from '#ports/auth-codes.ts'

import type { House } from './house.ts'
import { readJson } from './managed-keys.ts'
import type { ReadQuestion } from './read-routes.ts'

const visits = new WeakMap<House, ReturnType<typeof makeVisitTally>>()

/**
 * Exchanges the code that an app was given, with the verifier that only the app has, for a key of the person
 * who consented. A code is used up by the first try, right or wrong.
 */
export async function exchangeAuthCode(question: ReadQuestion): Promise<unknown> {
  const { house } = question
  takeVisit(question)
  const body = await readJson(question, authKeyBody)
  const code = await house.authCodes.take(hash('sha256', body.code, 'buffer'), house.clock.nowMs())
  if (code === undefined) throw new Fault('auth_code_refused')
  const method = body.code_challenge_method ?? code.challengeMethod
  if (method !== code.challengeMethod) {
    const detail = `code_challenge_method: the code was asked for with "${code.challengeMethod}". Ask the person to connect again.`
    throw new Fault('invalid_request', { param: 'code_challenge_method', details: { detail } })
  }
  if (!isSame(challengeOf(body.code_verifier, method), code.challenge)) {
    throw new Fault('auth_code_refused')
  }
  return { key: await makeKey(house, code), user_id: code.personId }
}

async function makeKey({ keyStore, randomBytes }: House, code: AuthCode): Promise<string> {
  if ((await keyStore.list(code.accountId)).length >= keysPerAccountMax) {
    const detail = `An account has at most ${keysPerAccountMax} keys, revoked ones included.`
    throw new Fault('conflict', { details: { detail } })
  }
  const secret = makeApiKey('inference', randomBytes)
  const made = await keyStore.create({
    ...{ id: makeKeyId(randomBytes), accountId: code.accountId, kind: 'inference' },
    ...{ name: code.keyName, prefix: secret.slice(0, 4), lastFour: secret.slice(-4) },
    ...{ hash: hash('sha256', secret, 'buffer'), contentMode: null, limits: code.limits },
    ...{ expiresAt: code.keyExpiresAt, scopes: usualKeyScopes, projectId: code.projectId },
    ...(code.appHost !== undefined && { appHost: code.appHost }),
    createdBy: code.personId,
  })
  if (made === undefined) throw new Fault('auth_code_refused')
  return secret
}

/** The challenge that a verifier belongs to (RFC 7636). */
function challengeOf(verifier: string, method: ChallengeMethod): string {
  switch (method) {
    case 'S256':
      return hash('sha256', verifier, 'base64url')
    case 'plain':
      return verifier
    default:
      return unreachable(method)
  }
}

function isSame(left: string, right: string): boolean {
  const [one, other] = [Buffer.from(left), Buffer.from(right)]
  return one.length === other.length && timingSafeEqual(one, other)
}

/** Nobody guesses a code of 256 bits; this keeps those who try away from the store. */
function takeVisit({ house, request }: ReadQuestion): void {
  const tally =
    visits.get(house) ??
    makeVisitTally({ perMinute: exchangesPerMinuteMax, networks: anonymousNetworksCountedMax })
  visits.set(house, tally)
  const retryAfterSeconds = tally.take(house.clientAddressOf(request), house.clock.nowMs())
  if (retryAfterSeconds === null) return
  const detail = 'Too many codes were exchanged from this network. Wait a minute.'
  throw new Fault('rate_limit_exceeded', { details: { detail }, retryAfterSeconds })
}
