import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { requireStepUp } from '#control/step-up.ts'
import { Fault } from '#domain/faults.ts'
import { takesProof } from '#domain/key-risk.ts'
import { makeApiKey } from '#domain/keys.ts'

import { findKey } from './find-key.ts'
import { hashKey } from './hash-key.ts'
import { viewUsedKey } from './key-view.ts'

/**
 * Gives a key another secret, shown in the answer and nowhere else. The secrets before it work for as long as
 * asked, so that a program can be moved over without a pause; then they are refused as expired.
 */
export function rotateKey(
  parts: Pick<ControlParts, 'apiKeys' | 'usage' | 'clock' | 'randomBytes'>,
): Operation<typeof controlRoutes.rotateAccountKey> {
  const { apiKeys, clock, randomBytes } = parts
  return async ({ params, body, actor }) => {
    const before = await findKey(parts, params)
    if (takesProof(before)) requireStepUp(actor, 'create_key', clock.nowMs())
    const secret = makeApiKey(before.kind, randomBytes)
    const key = await apiKeys.rotate({
      id: before.id,
      prefix: secret.slice(0, 4),
      lastFour: secret.slice(-4),
      hash: await hashKey(secret),
      oldSecretsEndAt: new Date(clock.nowMs() + body.grace_seconds * 1000),
    })
    if (key === undefined) {
      throw new Fault('conflict', { details: { detail: 'This key is revoked: make another one.' } })
    }
    return { data: await viewUsedKey(parts, key), key: secret }
  }
}
