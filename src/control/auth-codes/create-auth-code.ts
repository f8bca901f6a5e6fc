import type { z } from 'zod'

import { readAppCallback } from '#contract/app-callback.ts'
import type { newAuthCodeBody } from '#contract/auth-keys.ts'
import { windowOf } from '#contract/managed-keys.ts'
import type { controlRoutes } from '#contract/routes.ts'
import { hashKey } from '#control/keys/hash-key.ts'
import { readExpiry } from '#control/keys/read-expiry.ts'
import { changeLimits } from '#control/limits/read-limits.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { findOpenProject } from '#control/projects/find-project.ts'
import { eventOf } from '#control/security-log.ts'
import { requireStepUp } from '#control/step-up.ts'
import { authCodeLifeMs, authCodesPerPersonMax, handedTokenLength } from '#domain/account-limits.ts'
import { usualKeyScopes } from '#domain/accounts.ts'
import { Fault } from '#domain/faults.ts'
import { randomBase62 } from '#domain/identifiers.ts'
import { takesProof } from '#domain/key-risk.ts'
import { nameLengthMax } from '#domain/limits.ts'
import type { UsageLimits } from '#domain/usage-limits.ts'

/**
 * Makes a code that an app exchanges for a key, once, after the person in this session consented. No key is
 * made before the app shows the verifier of its challenge: a code that somebody else sees is of no use.
 */
export function createAuthCode(
  parts: Pick<ControlParts, 'authCodes' | 'projects' | 'securityEvents' | 'clock' | 'randomBytes'>,
): Operation<typeof controlRoutes.createAuthCode> {
  const { authCodes, securityEvents, clock, randomBytes } = parts
  return async ({ params, body, actor, visitor }) => {
    if (actor.kind === 'operator_token') {
      const detail = 'A program cannot consent for a person: sign in, or make a key.'
      throw new Fault('conflict', { details: { detail } })
    }
    const callback = readCallback(body.callback_url)
    const limits = limitsOf(body)
    const projectId = body.project_id
    if (projectId !== null) {
      await findOpenProject(parts, { account_id: params.account_id, project_id: projectId })
    }
    const nowMs = clock.nowMs()
    const keyExpiresAt = readExpiry(body.expires_at, nowMs)
    if (takesProof({ kind: 'inference', scopes: usualKeyScopes, limits })) {
      requireStepUp(actor, 'create_key', nowMs)
    }
    const code = randomBase62(handedTokenLength, randomBytes)
    const expiresAtMs = nowMs + authCodeLifeMs
    const keyName = (body.key_label ?? callback?.host ?? 'An app').slice(0, nameLengthMax)
    const { person, session } = actor
    const accountId = params.account_id
    const made = {
      ...{
        accountId,
        personId: person.id,
        keyName,
        limits,
        keyExpiresAt,
        projectId,
        nowMs,
        expiresAtMs,
      },
      ...{ challenge: body.code_challenge, challengeMethod: body.code_challenge_method },
      ...(callback && { appHost: callback.host }),
      codeHash: await hashKey(code),
    }
    if (!(await authCodes.create(made, authCodesPerPersonMax))) throw tooMany()
    const detail = `for ${keyName}`
    await securityEvents.insert([
      eventOf({ kind: 'app_allowed', visitor, person, session, accountId, detail, nowMs }),
    ])
    callback?.searchParams.set('code', code)
    return {
      data: {
        code,
        redirect_url: callback?.href ?? null,
        expires_at: new Date(expiresAtMs).toISOString(),
      },
    }
  }
}

function readCallback(text: string | null): URL | null {
  if (text === null) return null
  const read = readAppCallback(text)
  if (read.kind === 'callback') return read.url
  const detail = `callback_url: ${read.problem}.`
  throw new Fault('invalid_request', { param: 'callback_url', details: { detail } })
}

function limitsOf(body: z.output<typeof newAuthCodeBody>): UsageLimits | null {
  if (body.limit === null) return null
  return changeLimits(null, { spend: { [windowOf(body.limit_reset)]: body.limit } })
}

function tooMany(): Fault {
  const detail = `You have ${authCodesPerPersonMax} codes for apps under way. Wait ten minutes.`
  return new Fault('rate_limit_exceeded', { details: { detail }, retryAfterSeconds: 600 })
}
