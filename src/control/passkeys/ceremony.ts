import type { Visitor } from '#control/actor.ts'
import { hashKey } from '#control/keys/hash-key.ts'
import type { ControlParts } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'
import { makeChallengeId, type ChallengeId, type PersonId } from '#domain/identifiers.ts'
import { challengeLifeMs } from '#domain/limits.ts'
import type { Passkey, PasskeyPurpose } from '#domain/passkeys.ts'
import { PasskeyRefused, type BrowserAnswer, type PasskeySite } from '#ports/passkey-ceremonies.ts'

/** What a ceremony takes of the control plane. */
export type CeremonyParts = Pick<
  ControlParts,
  'passkeys' | 'ceremonies' | 'house' | 'clock' | 'randomBytes'
>

/** Bytes of a challenge that a passkey signs. */
const challengeBytes = 32

/** The site that passkeys belong to here. Throws where browsers know no passkeys: for a bare IP address. */
export function siteOf({ house }: Pick<CeremonyParts, 'house'>, visitor: Visitor): PasskeySite {
  const origin = house.publicUrl ?? visitor.origin
  const { hostname } = new URL(origin)
  const isAddress = hostname.startsWith('[') || /^[\d.]+$/.test(hostname)
  if (!isAddress) return { id: hostname, origin }
  const detail =
    'browsers know no passkeys for an IP address; open this site as "localhost" instead'
  throw new Fault('passkey_refused', { details: { detail } })
}

/** Begins a ceremony: the challenge to sign, under an id that only the asking browser knows. */
export async function openCeremony(
  wish: { readonly purpose: PasskeyPurpose; readonly personId: PersonId | null },
  { passkeys, clock, randomBytes }: CeremonyParts,
): Promise<{ id: ChallengeId; challenge: Uint8Array }> {
  const id = makeChallengeId(randomBytes)
  const challenge = randomBytes(challengeBytes)
  const nowMs = clock.nowMs()
  await passkeys.openChallenge({
    idHash: await hashKey(id),
    challenge,
    ...wish,
    nowMs,
    expiresAtMs: nowMs + challengeLifeMs,
  })
  return { id, challenge }
}

/** The challenge of a ceremony, once. Throws `challenge_over`, for a foreign one or another purpose too. */
export async function takeCeremony(
  taken: {
    readonly id: ChallengeId
    readonly kind: 'sign_in' | 'register' | 'step_up'
    readonly personId: PersonId | null
  },
  { passkeys, clock }: CeremonyParts,
): Promise<{ challenge: Uint8Array; purpose: PasskeyPurpose }> {
  const { id, kind, personId } = taken
  const found = await passkeys.takeChallenge(await hashKey(id), clock.nowMs())
  const isRight =
    found !== undefined && found.personId === personId && found.purpose.split(':')[0] === kind
  if (!isRight) throw new Fault('challenge_over')
  return found
}

/**
 * The passkey that a browser's answer proves, with its use noted. Throws `passkey_refused`: for one that is
 * not known, one of somebody else, a wrong signature, a copied device.
 */
export async function provePasskey(
  proof: {
    readonly challenge: Uint8Array
    readonly response: BrowserAnswer
    readonly personId: PersonId | null
    readonly visitor: Visitor
  },
  parts: CeremonyParts,
): Promise<Passkey> {
  const { challenge, response, personId, visitor } = proof
  const { passkeys, ceremonies, clock } = parts
  const passkey = await passkeys.findByCredential(bytesOf(response['id']))
  if (passkey === undefined || (personId !== null && passkey.personId !== personId)) {
    throw refused('it is not known here')
  }
  const site = siteOf(parts, visitor)
  const { signCount } = await translating(
    ceremonies.checkProof({ site, challenge, response, passkey }),
  )
  if (!(await passkeys.use({ id: passkey.id, signCount, nowMs: clock.nowMs() }))) {
    throw refused('its device counts fewer uses than before, as a copy would')
  }
  return passkey
}

/** Turns what a check throws into the fault that the caller sees. */
export async function translating<Result>(check: Promise<Result>): Promise<Result> {
  try {
    return await check
  } catch (error) {
    if (error instanceof PasskeyRefused) throw refused(error.message, error)
    throw error
  }
}

function refused(detail: string, cause?: unknown): Fault {
  return new Fault('passkey_refused', { details: { detail }, cause })
}

function bytesOf(text: unknown): Uint8Array {
  if (typeof text !== 'string' || !/^[A-Za-z0-9_-]{1,1400}$/.test(text)) {
    throw refused('its id cannot be read')
  }
  const base64 = text.replaceAll('-', '+').replaceAll('_', '/')
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}
