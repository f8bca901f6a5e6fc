import {
  browserSupportsWebAuthn,
  startAuthentication,
  startRegistration,
} from '@simplewebauthn/browser'

import { call } from './call.ts'
import { beginSession } from './me.ts'
import { keepSessionToken } from './session.ts'

/** True where this browser knows passkeys. */
export function knowsPasskeys(): boolean {
  return browserSupportsWebAuthn()
}

/** Signs in with a passkey. */
export async function signInWithPasskey(): Promise<void> {
  const { data } = await call('POST /api/sign-in/passkey/options', {})
  const response = await startAuthentication({ optionsJSON: data.options as never })
  const answer = await call('POST /api/sign-in/passkey/verify', {
    body: { challenge_id: data.challenge_id, response: { ...response } as never },
  })
  beginSession(answer.data)
}

/** Proves with a passkey, for one action, that it is the person; the session gets a new token. */
export async function proveWithPasskey(action: string): Promise<void> {
  const { data } = await call('POST /api/me/passkey-step-up', { body: { action: action as never } })
  const response = await startAuthentication({ optionsJSON: data.options as never })
  const answer = await call('POST /api/me/passkey-step-up/verify', {
    body: { challenge_id: data.challenge_id, response: { ...response } as never },
  })
  keepSessionToken(answer.data.session_token)
}

/** Adds a passkey of this device to the person. */
export async function addPasskey(name: string): Promise<void> {
  const { data } = await call('POST /api/me/passkeys/options', {})
  const response = await startRegistration({ optionsJSON: data.options as never })
  await call('POST /api/me/passkeys', {
    body: { challenge_id: data.challenge_id, name, response: { ...response } as never },
  })
}

/** True for the error of a person who closed the browser's own question. */
export function wasCancelled(error: unknown): boolean {
  return error instanceof Error && /NotAllowedError|AbortError/.test(error.name)
}
