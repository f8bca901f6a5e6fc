import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'
import { credentialTestIntervalMs } from '#domain/limits.ts'
import type { CredentialTest, OwnCredential, OpenedCredential } from '#domain/own-credentials.ts'
import { VaultError } from '#ports/content-vault.ts'

import { viewCredential } from './credential-view.ts'
import { findCredential } from './find-credential.ts'

/**
 * Makes one small call with a credential, the way requests are made, and keeps what happened. The provider
 * may charge its owner for a few tokens; nothing is charged here.
 */
export function testCredential(
  parts: Pick<ControlParts, 'credentials' | 'credentialVault' | 'probe' | 'catalogue' | 'clock'>,
): Operation<typeof controlRoutes.testCredential> {
  const { credentials, probe, clock } = parts
  return async ({ params }) => {
    const credential = await findCredential(parts, params)
    refuseHaste(credential, clock.nowMs())
    const opened = await open(credential, parts)
    const { outcome, detail } = await probe.probe(opened)
    const test: CredentialTest = {
      ...{ outcome, detail: detail.slice(0, detailLengthMax) },
      at: new Date(clock.nowMs()),
    }
    const after = await credentials.noteTest(credential.accountId, credential.id, test)
    if (after === undefined) throw new Fault('credential_not_found')
    return { data: viewCredential(after, parts) }
  }
}

const detailLengthMax = 1_000

function refuseHaste({ lastTest }: OwnCredential, nowMs: number): void {
  const sinceMs = lastTest === null ? Infinity : nowMs - lastTest.at.getTime()
  if (sinceMs < 0 || sinceMs >= credentialTestIntervalMs) return
  const seconds = Math.ceil((credentialTestIntervalMs - sinceMs) / 1000)
  throw new Fault('rate_limit_exceeded', {
    details: { detail: `This key was tried a moment ago. Try it again in ${seconds} s.` },
    retryAfterSeconds: seconds,
  })
}

async function open(
  credential: OwnCredential,
  { credentials, credentialVault }: Pick<ControlParts, 'credentials' | 'credentialVault'>,
): Promise<OpenedCredential> {
  const all = await credentials.listSealed(credential.accountId)
  const stored = all.find((one) => one.credential.id === credential.id)
  if (stored === undefined) throw new Fault('credential_not_found')
  try {
    return { credential: stored.credential, secret: await credentialVault.open(stored) }
  } catch (error) {
    // Told as what came of the test: its owner can bring the secret again.
    if (error instanceof VaultError) return { credential: stored.credential, secret: null }
    throw error
  }
}
