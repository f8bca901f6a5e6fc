import type { z } from 'zod'

import type { Route } from '#contract/route.ts'
import type { Catalogue } from '#domain/catalogue.ts'
import type { FaultCode } from '#domain/faults.ts'
import type { GenerationContent, GenerationRecord } from '#domain/generation.ts'
import type { GenerationId, RandomBytes } from '#domain/identifiers.ts'
import type { EndpointPrice, PriceDifference } from '#domain/price-changes.ts'
import type { AccountStore } from '#ports/accounts.ts'
import type { ApiKeyStore } from '#ports/api-keys.ts'
import type { AuthCodeStore } from '#ports/auth-codes.ts'
import type { BudgetStore } from '#ports/budget-store.ts'
import type { Clock } from '#ports/clock.ts'
import type { ContentVault } from '#ports/content-vault.ts'
import type { ControlAnswerStore } from '#ports/control-answers.ts'
import type { GenerationStore } from '#ports/generations.ts'
import type { InvitationStore } from '#ports/invitations.ts'
import type { LedgerStore } from '#ports/ledger-store.ts'
import type { NotificationStore } from '#ports/notifications.ts'
import type {
  CredentialProbe,
  CredentialVault,
  OwnCredentialStore,
} from '#ports/own-credentials.ts'
import type { PasskeyCeremonies } from '#ports/passkey-ceremonies.ts'
import type { PasskeyStore } from '#ports/passkeys.ts'
import type { PeopleStore } from '#ports/people.ts'
import type { PriceBookStore } from '#ports/price-book.ts'
import type { ProjectStore } from '#ports/projects.ts'
import type { SecurityEventStore } from '#ports/security-events.ts'
import type { ServerSecrets } from '#ports/server-secrets.ts'
import type { SessionStore } from '#ports/sessions.ts'
import type { ChallengeStore } from '#ports/sign-in-challenges.ts'
import type { UsageStore } from '#ports/usage-store.ts'

import type { ActorOf, Visitor } from './actor.ts'
import type { PostOffice } from './mail/post-office.ts'
import type { RequestFeed } from './requests/request-feed.ts'

/** All that the control plane needs of the world. */
export interface ControlParts {
  readonly accounts: AccountStore
  readonly apiKeys: ApiKeyStore
  readonly authCodes: Pick<AuthCodeStore, 'create'>
  readonly ledger: Pick<LedgerStore, 'grant' | 'grants' | 'balance' | 'verify'>
  readonly generations: Pick<
    GenerationStore,
    'find' | 'findContent' | 'list' | 'search' | 'charges'
  >
  readonly projects: ProjectStore
  readonly credentials: OwnCredentialStore
  readonly credentialVault: CredentialVault
  readonly probe: CredentialProbe
  /** What is served now. */
  readonly catalogue: () => Catalogue
  readonly usage: Pick<UsageStore, 'usage' | 'traffic' | 'lastUses'>
  readonly vault: Pick<ContentVault, 'open'>
  readonly budgets: Pick<BudgetStore, 'spent'>
  /** A record that this process has written down but the store may not have yet. */
  readonly findPending: (id: GenerationId) => GenerationRecord | undefined
  /** Content that this process has received but the store may not have yet. */
  readonly findPendingContent: (id: GenerationId) => GenerationContent | undefined
  readonly prices: Pick<PriceBookStore, 'find' | 'history'>
  readonly configuredPrices: ConfiguredPrices
  readonly people: PeopleStore
  readonly invitations: InvitationStore
  readonly notifications: NotificationStore
  readonly sessions: SessionStore
  readonly challenges: ChallengeStore
  readonly passkeys: PasskeyStore
  readonly ceremonies: PasskeyCeremonies
  readonly securityEvents: SecurityEventStore
  readonly secrets: ServerSecrets
  readonly answers: ControlAnswerStore
  readonly post: PostOffice
  readonly house: House
  readonly clock: Pick<Clock, 'nowMs' | 'after'>
  /** New lines of the request log, for those who look. */
  readonly requestFeed: RequestFeed
  readonly randomBytes: RandomBytes
  /** Told what is worth remembering; never given a secret. */
  readonly report: (event: ControlEvent) => void
}

/** What the installation knows of itself. */
export interface House {
  /** Where people find it, as a URL's origin; null: wherever they called it. */
  readonly publicUrl: string | null
  /** True where it serves nobody but the machine it runs on, and not in production. */
  readonly isOwnMachine: boolean
}

/** The prices of the configuration that this process serves, and of the one that it could serve. */
export interface ConfiguredPrices {
  /** What is charged now. */
  readonly inForce: () => readonly EndpointPrice[]
  /** Reads the configuration again; changes nothing. */
  readonly preview: () => PriceApplication
  /**
   * Reads the configuration again and, if there is no mistake in it, serves it from now on. Throws
   * `StoreUnavailable` when the price book cannot be written; then nothing has changed.
   */
  readonly apply: () => Promise<PriceApplication>
}

/** What came of reading the configuration again: every mistake in it, or what it changes. */
export type PriceApplication =
  | { readonly kind: 'invalid'; readonly problems: readonly string[] }
  | { readonly kind: 'valid'; readonly differences: readonly PriceDifference[] }

/**
 * What is worth remembering. `changed`: an operator changed something; `refused`: someone was not let
 * in; `failed`: we could not do our part.
 */
export type ControlEvent =
  | {
      readonly kind: 'changed'
      readonly operation: string
      /** Of the key or the person that did it; null where the route asks for no proof. */
      readonly actorId: string | null
      readonly target: string
    }
  | { readonly kind: 'refused'; readonly code: FaultCode; readonly path: string }
  | { readonly kind: 'failed'; readonly path: string; readonly error: unknown }
  /** More codes are asked for than people can need: someone tries addresses. */
  | { readonly kind: 'many_codes'; readonly countInMinute: number }
  /** A mail will not be delivered; `error` holds no address. */
  | { readonly kind: 'mail_lost'; readonly mailKind: string; readonly error: string }

type Read<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined

/** What an operation is given: everything checked against the route's schemas, and who asks. */
export interface OperationInput<R extends Route> {
  readonly params: Read<R['params']>
  readonly query: Read<R['query']>
  readonly body: Read<R['body']>
  readonly actor: ActorOf<R['caller']>
  readonly visitor: Visitor
  readonly stream: StreamCall
}

/** What an answer that is written as it comes must know of its request. */
export interface StreamCall {
  /** `Last-Event-ID`: what was heard last before a connection broke. */
  readonly lastEventId: string | null
  /** Throws the fault that refuses whoever asks, when they may not ask this any more. */
  readonly mayStill: () => Promise<unknown>
}

/** An answer that is written as it comes. Whoever leaves cancels it. */
export interface StreamedAnswer {
  readonly body: ReadableStream<Uint8Array>
  /** What a browser calls the file that it saves. */
  readonly fileName?: string
  readonly headers?: Readonly<Record<string, string>>
}

type Answer<R extends Route> = R extends { readonly streams: string }
  ? StreamedAnswer
  : z.input<R['output']>

/** One operation: its successful answer, or a thrown `Fault` that its route declares. */
export type Operation<R extends Route> = (input: OperationInput<R>) => Promise<Answer<R>>
