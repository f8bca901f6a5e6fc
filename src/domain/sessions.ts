import type { PersonId, SessionId } from './identifiers.ts'
import {
  operatorSessionIdleMs,
  operatorSessionLifeMs,
  sessionIdleMs,
  sessionLifeMs,
  stepUpFreshMs,
} from './limits.ts'
import { placeOf } from './networks.ts'

/** How a session began: with a code sent by mail, or with a passkey. */
export type ProofMethod = 'code' | 'passkey'

/** What takes a fresh proof, however long someone has been signed in. */
export const stepUpActions = [
  'change_email',
  'change_passkeys',
  'create_key',
  'add_provider_key',
  'raise_key_limit',
  'raise_auto_top_up',
  'change_card',
  'export_data',
  'delete_account',
  'end_sessions',
  'keep_content',
  'manage_members',
  'change_spending',
] as const

/** One of them. */
export type StepUpAction = (typeof stepUpActions)[number]

/** One session, as stored: never its token. */
export interface Session {
  readonly id: SessionId
  readonly personId: PersonId
  readonly authenticatedBy: ProofMethod
  /** The network it began in or gave its last proof from; null where none was known. */
  readonly network: string | null
  /** The browser and system of that moment, in words. */
  readonly device: string
  readonly createdAt: Date
  readonly lastUsedAt: Date
  /** The last fresh proof: what it was for, and when. */
  readonly stepUp: { readonly action: StepUpAction; readonly at: Date } | null
  readonly endedAt: Date | null
}

/** Whether a session opens anything now, and if not, why. */
export type SessionStanding = 'alive' | 'ended' | 'idle' | 'too_old'

/** Those who run the installation are asked again much sooner. */
export function standingOfSession(
  session: Pick<Session, 'createdAt' | 'lastUsedAt' | 'endedAt'>,
  nowMs: number,
  isOperator: boolean,
): SessionStanding {
  const idleMs = isOperator ? operatorSessionIdleMs : sessionIdleMs
  const lifeMs = isOperator ? operatorSessionLifeMs : sessionLifeMs
  if (session.endedAt !== null) return 'ended'
  if (nowMs - session.createdAt.getTime() >= lifeMs) return 'too_old'
  return nowMs - session.lastUsedAt.getTime() >= idleMs ? 'idle' : 'alive'
}

/** True when the session holds a proof for just this action that is fresh enough. */
export function hasFreshProof(
  session: Pick<Session, 'stepUp'>,
  action: StepUpAction,
  nowMs: number,
): boolean {
  const { stepUp } = session
  if (stepUp === null || stepUp.action !== action) return false
  const ageMs = nowMs - stepUp.at.getTime()
  return ageMs >= 0 && ageMs <= stepUpFreshMs
}

/**
 * True when whoever holds the session's token is not where it was proven: with another family of browser or
 * system, or in another network. A version of the same browser, and an address of the same network, are the same.
 */
export function isElsewhere(
  session: Pick<Session, 'network' | 'device'>,
  seen: { readonly address: string | null; readonly device: string },
): boolean {
  return session.device !== seen.device || placeOf(session.network) !== placeOf(seen.address)
}
