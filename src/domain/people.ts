import type { Account } from './accounts.ts'
import type { AccountId, PersonId } from './identifiers.ts'

/**
 * What a person stated about their age at sign-up: `adult`, 18 or older; `consent_age`, younger, and old
 * enough where they live to agree on their own. Nobody younger signs up.
 */
export type AgeStatement = 'adult' | 'consent_age'

/** A document that people accept, in versions. */
export type PolicyDocument = 'privacy'

/** One version of one document that a person accepted. */
export interface PolicyAcceptance {
  readonly document: PolicyDocument
  readonly version: string
  readonly acceptedAt: Date
}

/** The versions that hold now. A new one is asked for at the next sign-up. */
export const currentPolicies: Readonly<Record<PolicyDocument, string>> = { privacy: '2026-11-26' }

/** One person who signs in. What they may do in which account, memberships say. */
export interface Person {
  readonly id: PersonId
  /** In its canonical form, which belongs to one person. */
  readonly email: string
  readonly displayName: string
  /** A BCP 47 tag; null: not chosen. */
  readonly locale: string | null
  /** Null for someone whom an operator made. */
  readonly ageStatement: AgeStatement | null
  /** Oldest first. */
  readonly acceptedPolicies: readonly PolicyAcceptance[]
  readonly createdAt: Date
}

/**
 * What a person may do in an account. `owner`: everything; `admin`: everything but what ends the account;
 * `developer`: keys and requests; `billing`: money; `viewer`: look.
 */
export type MemberRole = 'owner' | 'admin' | 'developer' | 'billing' | 'viewer'

/** The place of a person in an account. */
export interface Membership {
  readonly personId: PersonId
  readonly accountId: AccountId
  readonly role: MemberRole
  readonly createdAt: Date
}

/** A membership with the account it is in. */
export interface MembershipWithAccount {
  readonly membership: Membership
  readonly account: Account
}

/** The roles that hold each right: developers and billing know nothing of each other's. */
const rolesWithRightsOf: Readonly<Record<MemberRole, readonly MemberRole[]>> = {
  viewer: ['owner', 'admin', 'developer', 'billing', 'viewer'],
  developer: ['owner', 'admin', 'developer'],
  billing: ['owner', 'admin', 'billing'],
  admin: ['owner', 'admin'],
  owner: ['owner'],
}

/** True when whoever has `role` may do what takes at least `minimum`. */
export function roleReaches(role: MemberRole, minimum: MemberRole): boolean {
  return rolesWithRightsOf[minimum].includes(role)
}

/** True for someone who runs the installation: an owner or admin of an operator's account. */
export function runsInstallation(memberships: readonly MembershipWithAccount[]): boolean {
  return operatorAccountOf(memberships) !== undefined
}

/** The operator's account that this person runs the installation from; undefined for everyone else. */
export function operatorAccountOf(
  memberships: readonly MembershipWithAccount[],
): Account | undefined {
  return memberships.find(
    ({ membership, account }) =>
      account.role === 'operator' &&
      account.status === 'active' &&
      roleReaches(membership.role, 'admin'),
  )?.account
}

/** The age from which a person may agree on their own where nothing else is known. */
export const usualConsentAge = 13

/** The same by country (ISO 3166, two letters), where it is another. Nobody younger signs up. */
export const consentAges: Readonly<Record<string, number>> = {
  ...{ AT: 14, BG: 14, CY: 14, ES: 14, IT: 14, LT: 14, KR: 14 },
  ...{ CZ: 15, FR: 15, GR: 15, SI: 15 },
  ...{ DE: 16, HR: 16, HU: 16, IE: 16, LI: 16, LU: 16, NL: 16, PL: 16, RO: 16, SK: 16 },
}
