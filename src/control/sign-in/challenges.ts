import type { Visitor } from '#control/actor.ts'
import { hashKey } from '#control/keys/hash-key.ts'
import { codeLetter } from '#control/mail/letters.ts'
import type { ControlParts } from '#control/operation.ts'
import { eventOf } from '#control/security-log.ts'
import { assert, Fault, unreachable } from '#domain/faults.ts'
import { makeChallengeId, type ChallengeId, type PersonId } from '#domain/identifiers.ts'
import {
  challengeLifeMs,
  challengesPerMinuteAlarm,
  longCodeLength,
  shortCodeLength,
} from '#domain/limits.ts'
import { askerNetwork } from '#domain/networks.ts'
import {
  decideChallenge,
  makeCode,
  normalizeCode,
  type ChallengeDecision,
  type ChallengePurpose,
  type CodeKind,
} from '#domain/sign-in.ts'
import type { NewChallenge, OpenChallenge } from '#ports/sign-in-challenges.ts'

/** What codes take of the control plane. */
export type CodeParts = Pick<
  ControlParts,
  'challenges' | 'secrets' | 'post' | 'securityEvents' | 'clock' | 'randomBytes' | 'report'
>

/** A code that is asked for. */
export interface CodeWish {
  readonly email: string
  readonly purpose: ChallengePurpose
  readonly personId: PersonId | null
  readonly visitor: Visitor
}

/** A code that was sent, without the code. */
export interface SentCode {
  readonly id: ChallengeId
  readonly kind: CodeKind
  readonly expiresAtMs: number
}

/**
 * Sends a code, within the limits. Whether anyone has the address plays no part, and nothing here takes
 * longer for one than for another: the mail is written down, and handed over after the answer. Throws
 * `rate_limit_exceeded` or `mail_unavailable`.
 */
export async function sendCode(wish: CodeWish, parts: CodeParts): Promise<SentCode> {
  const { challenges, secrets, post, clock, report } = parts
  if (!post.isOpen) throw new Fault('mail_unavailable')
  const { email, purpose, visitor } = wish
  const nowMs = clock.nowMs()
  const id = makeChallengeId(parts.randomBytes)
  const idHash = await hashKey(id)
  let decision: ChallengeDecision | undefined
  let code = ''
  await challenges.open({
    addressHash: secrets.keyedHash('address', [email]),
    email,
    network: askerNetwork(visitor.address),
    nowMs,
    decide: (tally) => {
      decision = decideChallenge(tally, nowMs)
      if (tally.sendsInMinute >= challengesPerMinuteAlarm) {
        report({ kind: 'many_codes', countInMinute: tally.sendsInMinute + 1 })
      }
      if (decision.kind === 'wait') return undefined
      code = makeCode(decision.code, parts.randomBytes)
      return newChallenge(wish, { id, idHash, code, kind: decision.code, nowMs, secrets })
    },
  })
  assert(decision !== undefined, 'the store asks what to do')
  await note(wish, decision, parts)
  if (decision.kind === 'wait') throw tooMany(decision, nowMs)
  const expiresAtMs = nowMs + challengeLifeMs
  await post.post({ kind: 'code', mail: codeLetter({ to: email, purpose, code }), expiresAtMs })
  return { id, kind: decision.code, expiresAtMs }
}

function newChallenge(
  { email, purpose, personId }: CodeWish,
  made: {
    id: ChallengeId
    idHash: Uint8Array
    code: string
    kind: CodeKind
    nowMs: number
    secrets: CodeParts['secrets']
  },
): NewChallenge {
  const { id, idHash, code, kind, nowMs, secrets } = made
  return {
    idHash,
    codeHash: secrets.keyedHash('code', [id, email, code]),
    isShort: kind === 'short',
    purpose,
    personId,
    email,
    expiresAtMs: nowMs + challengeLifeMs,
  }
}

async function note(
  { purpose, personId, visitor }: CodeWish,
  decision: ChallengeDecision,
  { securityEvents, clock }: CodeParts,
): Promise<void> {
  const person = personId === null ? null : { id: personId }
  const kind = decision.kind === 'send' ? 'code_sent' : 'code_limited'
  const detail = decision.kind === 'send' ? `${purpose} ${decision.code}` : decision.limit
  await securityEvents.insert([eventOf({ kind, visitor, person, detail, nowMs: clock.nowMs() })])
}

function tooMany(
  { limit, untilMs }: Extract<ChallengeDecision, { kind: 'wait' }>,
  nowMs: number,
): Fault {
  const retryAfterSeconds = Math.max(1, Math.ceil((untilMs - nowMs) / 1000))
  const words = {
    spacing: 'A code was just sent to this address',
    address: 'Many codes were sent to this address',
    network: 'Many codes were asked for from your network',
  }
  const wait =
    retryAfterSeconds < 120
      ? `${retryAfterSeconds} seconds`
      : `${Math.ceil(retryAfterSeconds / 60)} minutes`
  const detail = `${words[limit]}. Ask again in ${wait}; a code you have keeps working, and so do passkeys.`
  return new Fault('rate_limit_exceeded', { details: { detail }, retryAfterSeconds })
}

/** A code as somebody gave it back. */
export interface CodeProof {
  readonly id: ChallengeId
  readonly code: string
  readonly visitor: Visitor
}

/**
 * The challenge that an id opens, if it is for this purpose and this person: or `challenge_over`, which
 * says no more of a foreign one than of one that never was.
 */
export async function findChallenge(
  id: ChallengeId,
  expected: { readonly purpose: ChallengePurpose | 'step_up'; readonly personId: PersonId | null },
  { challenges, clock }: CodeParts,
): Promise<OpenChallenge> {
  const found = await challenges.find(await hashKey(id), clock.nowMs())
  const isRight =
    found !== undefined &&
    found.personId === expected.personId &&
    (expected.purpose === 'step_up'
      ? found.purpose.startsWith('step_up:')
      : found.purpose === expected.purpose)
  if (!isRight) throw new Fault('challenge_over')
  return found
}

/** Compares the code; a right one uses the challenge up if `consume`. Throws `wrong_code` or `challenge_over`. */
export async function proveCode(
  proof: CodeProof & { readonly challenge: OpenChallenge; readonly consume: boolean },
  parts: CodeParts,
): Promise<void> {
  const { id, challenge, consume, visitor } = proof
  const { challenges, secrets, clock, securityEvents } = parts
  const nowMs = clock.nowMs()
  const code = normalizeCode(proof.code)
  const result = await challenges.attempt({
    idHash: await hashKey(id),
    codeHash: secrets.keyedHash('code', [id, challenge.email, code.replaceAll('\0', '')]),
    consume,
    nowMs,
  })
  switch (result.kind) {
    case 'right':
      return
    case 'over':
      throw new Fault('challenge_over')
    case 'wrong': {
      const person = challenge.personId === null ? null : { id: challenge.personId }
      const detail = challenge.purpose
      await securityEvents.insert([eventOf({ kind: 'code_wrong', visitor, person, detail, nowMs })])
      throw wrongCode(result.triesLeft)
    }
    default:
      return unreachable(result)
  }
}

function wrongCode(triesLeft: number): Fault {
  const left =
    triesLeft === 0
      ? 'That was the last try; ask for a new code.'
      : `You can try ${triesLeft === 1 ? 'once' : `${triesLeft} times`} more.`
  return new Fault('wrong_code', { details: { left }, metadata: { tries_left: triesLeft } })
}

/** A sent code in the words of the wire. */
export function viewSentCode({ id, kind, expiresAtMs }: SentCode) {
  return {
    challenge_id: id,
    expires_at: new Date(expiresAtMs).toISOString(),
    code: viewCode(kind),
  }
}

function viewCode(kind: CodeKind) {
  switch (kind) {
    case 'short':
      return { length: shortCodeLength, characters: 'digits' as const }
    case 'long':
      return { length: longCodeLength, characters: 'letters_and_digits' as const }
    default:
      return unreachable(kind)
  }
}
