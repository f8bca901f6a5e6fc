import type { PasskeyId, PersonId } from './identifiers.ts'
import type { StepUpAction } from './sessions.ts'

/** One passkey of a person, as stored. */
export interface Passkey {
  readonly id: PasskeyId
  readonly personId: PersonId
  readonly name: string
  readonly credentialId: Uint8Array
  readonly publicKey: Uint8Array
  /** How often its device says it was used; a device that was copied counts behind. */
  readonly signCount: number
  readonly transports: readonly string[]
  readonly isSynced: boolean
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
}

/** What a ceremony with a passkey is for. */
export type PasskeyPurpose = 'sign_in' | 'register' | `step_up:${StepUpAction}`
