import { unreachable } from './faults.ts'
import type { RandomBytes } from './identifiers.ts'
import {
  challengeLifeMs,
  challengesKeptForKnownPerDay,
  challengesKeptForKnownPerHour,
  challengeSpacingMs,
  challengesPerAddressDayMax,
  challengesPerAddressHourMax,
  challengesPerNetworkHourMax,
  challengeTriesMax,
  longCodeLength,
  shortCodeLength,
  shortCodeTriesPer30DaysMax,
  shortCodeTriesPerHourMax,
} from './limits.ts'
import type { StepUpAction } from './sessions.ts'

/** What a code is for. A code for one purpose is no good for another. */
export type ChallengePurpose = 'sign_in' | 'email_change' | `step_up:${StepUpAction}`

/** Six digits, or ten letters and digits once an address was guessed at. */
export type CodeKind = 'short' | 'long'

/** What is known, at the moment somebody asks for a code, about the address and the network. */
export interface ChallengeTally {
  /** Codes to this address within the last day, oldest first. */
  readonly addressSends: readonly { readonly atMs: number; readonly fromKnownNetwork: boolean }[]
  /** When this network asked for codes within the last hour, oldest first. */
  readonly networkSendsMs: readonly number[]
  /** Tries at short codes of this address that were made, or can still be made, by window. */
  readonly shortTriesInHour: number
  readonly shortTriesIn30Days: number
  /** Someone signed in to this address from this network lately. */
  readonly isKnownNetwork: boolean
  /** Codes of the whole installation within the last minute. */
  readonly sendsInMinute: number
}

/** Why no code is sent now. */
export type ChallengeLimit = 'spacing' | 'address' | 'network'

/** What becomes of the wish for a code. */
export type ChallengeDecision =
  | { readonly kind: 'send'; readonly code: CodeKind }
  | { readonly kind: 'wait'; readonly limit: ChallengeLimit; readonly untilMs: number }

const hourMs = 60 * 60_000
const dayMs = 24 * hourMs

/**
 * The span in which tries are counted against `shortCodeTriesPerHourMax`: a try can come as late as the
 * end of its challenge.
 */
export const shortTriesHourMs = hourMs + challengeLifeMs
/** The span in which tries are counted against `shortCodeTriesPer30DaysMax`. */
export const shortTries30DaysMs = 30 * dayMs + challengeLifeMs

/**
 * Whether a code is sent, and of which kind. It never depends on whether the address belongs to anyone.
 * A short code sets all its tries aside while it is open, so that the sum of guesses stays within the
 * limits whatever runs at the same moment; where that leaves no room, the code is long instead of the
 * owner being locked out. Strangers' networks cannot use up the last codes of an hour or a day: those are
 * kept for networks that the address has signed in from.
 */
export function decideChallenge(tally: ChallengeTally, nowMs: number): ChallengeDecision {
  const wait = longestWait(tally, nowMs)
  if (wait !== undefined) return { kind: 'wait', ...wait }
  const isRoomy =
    tally.shortTriesInHour + challengeTriesMax <= shortCodeTriesPerHourMax &&
    tally.shortTriesIn30Days + challengeTriesMax <= shortCodeTriesPer30DaysMax
  return { kind: 'send', code: isRoomy ? 'short' : 'long' }
}

function longestWait(
  { addressSends, networkSendsMs, isKnownNetwork }: ChallengeTally,
  nowMs: number,
): { limit: ChallengeLimit; untilMs: number } | undefined {
  const all = addressSends.map(({ atMs }) => atMs)
  const strangers = addressSends.flatMap((send) => (send.fromKnownNetwork ? [] : [send.atMs]))
  const last = all.at(-1)
  const waits: { limit: ChallengeLimit; untilMs: number | undefined }[] = [
    { limit: 'spacing', untilMs: last === undefined ? undefined : last + challengeSpacingMs },
    { limit: 'address', untilMs: freeAt(all, hourMs, challengesPerAddressHourMax) },
    { limit: 'address', untilMs: freeAt(all, dayMs, challengesPerAddressDayMax) },
    { limit: 'network', untilMs: freeAt(networkSendsMs, hourMs, challengesPerNetworkHourMax) },
  ]
  if (!isKnownNetwork) {
    const perHour = challengesPerAddressHourMax - challengesKeptForKnownPerHour
    const perDay = challengesPerAddressDayMax - challengesKeptForKnownPerDay
    waits.push({ limit: 'address', untilMs: freeAt(strangers, hourMs, perHour) })
    waits.push({ limit: 'address', untilMs: freeAt(strangers, dayMs, perDay) })
  }
  let longest: { limit: ChallengeLimit; untilMs: number } | undefined
  for (const { limit, untilMs } of waits) {
    if (untilMs === undefined || untilMs <= nowMs) continue
    if (longest === undefined || untilMs > longest.untilMs) longest = { limit, untilMs }
  }
  return longest
}

/** When one more fits into a window of this length; undefined when it always does. */
function freeAt(
  timesMs: readonly number[],
  windowMs: number,
  countMax: number,
): number | undefined {
  const blocking = timesMs[timesMs.length - countMax]
  return blocking === undefined ? undefined : blocking + windowMs
}

const digits = '0123456789'
/** Crockford's base 32: no letter that looks like a digit, so what was read aloud is typed right. */
const clearLetters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** A fresh code, each one equally likely. */
export function makeCode(kind: CodeKind, randomBytes: RandomBytes): string {
  switch (kind) {
    case 'short':
      return randomText(digits, shortCodeLength, randomBytes)
    case 'long':
      return randomText(clearLetters, longCodeLength, randomBytes)
    default:
      return unreachable(kind)
  }
}

/** Bytes beyond the last whole multiple of the alphabet are thrown away, so no character is favoured. */
function randomText(alphabet: string, length: number, randomBytes: RandomBytes): string {
  const usable = 256 - (256 % alphabet.length)
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(length * 2)) {
      if (byte < usable && text.length < length) text += alphabet.charAt(byte % alphabet.length)
    }
  }
  return text
}

/** A code as a person typed it, without the spaces, dashes and look-alikes that typing brings. */
export function normalizeCode(text: string): string {
  const plain = text.replaceAll(/[\s\u2010-\u2015-]/g, '').toUpperCase()
  return plain.length === longCodeLength
    ? plain.replaceAll('O', '0').replaceAll(/[IL]/g, '1')
    : plain
}

/** A code in groups that are easily read: `123 456`, `ABCDE-FGHJK`. */
export function formatCode(code: string): string {
  const half = code.length / 2
  return `${code.slice(0, half)}${code.length === shortCodeLength ? ' ' : '-'}${code.slice(half)}`
}
