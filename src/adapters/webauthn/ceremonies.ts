import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'

import { challengeLifeMs } from '#domain/limits.ts'
import type { Passkey } from '#domain/passkeys.ts'
import {
  PasskeyRefused,
  type BrowserAnswer,
  type PasskeyCeremonies,
} from '#ports/passkey-ceremonies.ts'

type Known = Pick<Passkey, 'credentialId' | 'transports'>

/** How a device may say it is reached; text from a browser that is none of these is dropped. */
const transportNames = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'] as const

/** EdDSA, ES256 and RS256: what devices have, by their numbers in COSE. */
const algorithms = [-8, -7, -257]

/** Loaded with the first ceremony: it is 27 MB of a process that may never see one. */
const loadLibrary = () => import('@simplewebauthn/server')

/** Ceremonies as browsers know them. */
export function createPasskeyCeremonies(): PasskeyCeremonies {
  return {
    registrationOptions: optionsOfRegistration,

    checkRegistration: async ({ site, challenge, response }) => {
      const { verifyRegistrationResponse } = await loadLibrary()
      const result = await refusing(() =>
        verifyRegistrationResponse({
          response: response as unknown as RegistrationResponseJSON,
          expectedChallenge: Buffer.from(challenge).toString('base64url'),
          expectedOrigin: site.origin,
          expectedRPID: site.id,
          requireUserVerification: true,
          supportedAlgorithmIDs: algorithms,
        }),
      )
      if (!result.verified) throw new PasskeyRefused('its signature is not right')
      const { credential, credentialBackedUp } = result.registrationInfo
      return {
        credentialId: Uint8Array.from(Buffer.from(credential.id, 'base64url')),
        publicKey: Uint8Array.from(credential.publicKey),
        signCount: credential.counter,
        transports: transportsIn(response),
        isSynced: credentialBackedUp,
      }
    },

    proofOptions: async ({ site, challenge, known }) => ({
      ...(await (
        await loadLibrary()
      ).generateAuthenticationOptions({
        rpID: site.id,
        challenge: Uint8Array.from(challenge),
        timeout: challengeLifeMs,
        userVerification: 'required',
        allowCredentials: known.map(describe),
      })),
    }),

    checkProof: async ({ site, challenge, response, passkey }) => {
      const { verifyAuthenticationResponse } = await loadLibrary()
      const result = await refusing(() =>
        verifyAuthenticationResponse({
          response: response as unknown as AuthenticationResponseJSON,
          expectedChallenge: Buffer.from(challenge).toString('base64url'),
          expectedOrigin: site.origin,
          expectedRPID: site.id,
          requireUserVerification: true,
          credential: {
            id: Buffer.from(passkey.credentialId).toString('base64url'),
            publicKey: Uint8Array.from(passkey.publicKey),
            counter: passkey.signCount,
          },
        }),
      )
      if (!result.verified) throw new PasskeyRefused('its signature is not right')
      return { signCount: result.authenticationInfo.newCounter }
    },
  }
}

async function optionsOfRegistration({
  site,
  challenge,
  person,
  known,
}: Parameters<PasskeyCeremonies['registrationOptions']>[0]) {
  return {
    ...(await (
      await loadLibrary()
    ).generateRegistrationOptions({
      rpName: 'codelace',
      rpID: site.id,
      userID: Uint8Array.from(Buffer.from(person.id)),
      userName: person.email,
      userDisplayName: person.displayName,
      challenge: Uint8Array.from(challenge),
      timeout: challengeLifeMs,
      attestationType: 'none',
      supportedAlgorithmIDs: algorithms,
      excludeCredentials: known.map(describe),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    })),
  }
}

function describe({ credentialId, transports }: Known) {
  return {
    id: Buffer.from(credentialId).toString('base64url'),
    transports: transportNames.filter((name) => transports.includes(name)),
  }
}

function transportsIn(response: BrowserAnswer): readonly string[] {
  const inner = response['response']
  const named: unknown =
    typeof inner === 'object' && inner !== null && 'transports' in inner ? inner.transports : []
  return Array.isArray(named) ? transportNames.filter((name) => named.includes(name)) : []
}

/** The library throws for everything that is wrong with an answer, in many ways; none of it is our mistake. */
async function refusing<Result>(check: () => Promise<Result>): Promise<Result> {
  try {
    return await check()
  } catch (error) {
    throw new PasskeyRefused('the answer of the browser does not prove it', { cause: error })
  }
}
