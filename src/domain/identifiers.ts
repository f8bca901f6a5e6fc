/**
 * The shapes of the ids that codelace makes. Randomness comes in as an argument: this room has none.
 */

/** A customer or operator account. */
export type AccountId = `acct_${string}`
/** A part of an account with keys of its own. */
export type ProjectId = `proj_${string}`
/** One API key or operator token (never the secret itself). */
export type KeyId = `key_${string}`
/** One credential for a provider that a customer brought (never the secret itself). */
export type CredentialId = `cred_${string}`
/** Also the id of the charge: one per client request, across all provider attempts. */
export type GenerationId = `gen-${string}`
/** A slice of a balance that one node may spend. */
export type LeaseId = `lease_${string}`
/** One running process with its own journal. */
export type NodeId = `node_${string}`
/** One grant of credit to an account. */
export type GrantId = `grant_${string}`
/** One immutable version of one price sheet: the id is a hash of its content. */
export type PriceVersionId = `price_${string}`

/** A person who signs in. */
export type PersonId = `usr_${string}`
/** One session of a person; never its token. */
export type SessionId = `ses_${string}`
/** One passkey of a person. */
export type PasskeyId = `pk_${string}`
/** One proof under way (a code or a passkey), known only to the browser that began it. */
export type ChallengeId = `chal_${string}`
/** One change of a person's e-mail address. */
export type EmailChangeId = `emc_${string}`
/** One invitation of an address to an account; never the token that accepts it. */
export type InvitationId = `inv_${string}`
/** One mail that waits to be sent. */
export type MailId = `mail_${string}`
/** One request to the control API. */
export type RequestId = `req_${string}`

/** Fills an array of `length` bytes from a cryptographic source. */
export type RandomBytes = (length: number) => Uint8Array

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/**
 * `length` characters of base 62, each equally likely: bytes of 248 and above are thrown away, so no
 * character is favoured.
 */
export function randomBase62(length: number, randomBytes: RandomBytes): string {
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < 248 && text.length < length) text += base62[byte % 62]
    }
  }
  return text
}

/** `gen-<unix seconds>-<20 alphanumerics>`, the id form that OpenRouter's clients expect. */
export function makeGenerationId(nowMs: number, randomBytes: RandomBytes): GenerationId {
  return `gen-${Math.floor(nowMs / 1000)}-${randomBase62(20, randomBytes)}`
}

/** True for text in the exact form of a generation id. */
export function isGenerationId(text: string): text is GenerationId {
  return /^gen-\d{10}-[0-9A-Za-z]{20}$/.test(text)
}

/** The UTC day (`YYYY-MM-DD`) a generation belongs to, read from its id: the partition key of its rows. */
export function dayOfGeneration(id: GenerationId): string {
  return new Date(Number(id.slice(4, 14)) * 1000).toISOString().slice(0, 10)
}

/** A fresh, unguessable id. */
export function makeAccountId(randomBytes: RandomBytes): AccountId {
  return `acct_${randomBase62(20, randomBytes)}`
}

/** A fresh, unguessable id. */
export function makeKeyId(randomBytes: RandomBytes): KeyId {
  return `key_${randomBase62(20, randomBytes)}`
}

/** A fresh, unguessable id. */
export function makeCredentialId(randomBytes: RandomBytes): CredentialId {
  return `cred_${randomBase62(20, randomBytes)}`
}

/** A fresh, unguessable id. */
export function makeLeaseId(randomBytes: RandomBytes): LeaseId {
  return `lease_${randomBase62(20, randomBytes)}`
}

/** A fresh, unguessable id. */
export function makeNodeId(randomBytes: RandomBytes): NodeId {
  return `node_${randomBase62(20, randomBytes)}`
}

/** A fresh, unguessable id. */
export function makeGrantId(randomBytes: RandomBytes): GrantId {
  return `grant_${randomBase62(20, randomBytes)}`
}

/** A fresh, unguessable id. */
export function makePersonId(randomBytes: RandomBytes): PersonId {
  return `usr_${randomBase62(20, randomBytes)}`
}

/** A fresh, unguessable id. */
export function makeSessionId(randomBytes: RandomBytes): SessionId {
  return `ses_${randomBase62(20, randomBytes)}`
}

/** A fresh, unguessable id. */
export function makePasskeyId(randomBytes: RandomBytes): PasskeyId {
  return `pk_${randomBase62(20, randomBytes)}`
}

/** A fresh id of 142 random bits: whoever does not know it cannot use the code that belongs to it. */
export function makeChallengeId(randomBytes: RandomBytes): ChallengeId {
  return `chal_${randomBase62(24, randomBytes)}`
}

/** A fresh, unguessable id. */
export function makeEmailChangeId(randomBytes: RandomBytes): EmailChangeId {
  return `emc_${randomBase62(20, randomBytes)}`
}

/** A fresh, unguessable id. */
export function makeInvitationId(randomBytes: RandomBytes): InvitationId {
  return `inv_${randomBase62(20, randomBytes)}`
}

/** A fresh, unguessable id. */
export function makeMailId(randomBytes: RandomBytes): MailId {
  return `mail_${randomBase62(20, randomBytes)}`
}

/** A fresh, unguessable id. */
export function makeRequestId(randomBytes: RandomBytes): RequestId {
  return `req_${randomBase62(20, randomBytes)}`
}

/** A fresh, unguessable id. */
export function makeProjectId(randomBytes: RandomBytes): ProjectId {
  return `proj_${randomBase62(20, randomBytes)}`
}
