import type { IncomingMessage } from 'node:http'

import type { Catalogue } from '#domain/catalogue.ts'
import type { RandomBytes } from '#domain/identifiers.ts'
import type { Roster } from '#domain/roster.ts'
import type { ApiKeyStore } from '#ports/api-keys.ts'
import type { AuthCodeStore } from '#ports/auth-codes.ts'
import type { BudgetStore } from '#ports/budget-store.ts'
import type { Clock } from '#ports/clock.ts'
import type { ContentVault } from '#ports/content-vault.ts'
import type { GenerationStore } from '#ports/generations.ts'
import type { LedgerStore } from '#ports/ledger-store.ts'
import type { MediaFetcher } from '#ports/media-fetcher.ts'
import type { RequestSigner } from '#ports/request-signer.ts'
import type { Tokenizer } from '#ports/tokenizer.ts'
import type { Upstream } from '#ports/upstream.ts'

import type { AnswerMemory } from './answer-memory.ts'
import type { ContentQueue } from './content-queue.ts'
import type { Credit } from './credit/credit.ts'
import type { HealthBoard } from './endpoint-health.ts'
import type { GatewayLimits } from './gateway-limits.ts'
import type { AnswerBook } from './idempotency/answer-book.ts'
import type { KeyDirectory } from './key-directory.ts'
import type { Life } from './life.ts'
import type { Limiter } from './limits/limiter.ts'
import type { GatewayLog } from './log.ts'
import type { ResponseShelf } from './responses/response-shelf.ts'
import type { Watch, Watcher } from './watch.ts'

/** Names the way to addresses that customers chose, which checks where they lead. */
export const guardedScheme = 'guarded:'

/** Everything that one request may need, made once. */
export interface House {
  /** What is served now. It may be replaced at any moment: a request reads it once, when it is planned. */
  catalogue: Catalogue
  readonly credit: Credit
  readonly keys: KeyDirectory
  /** Where keys are made and changed, for those who may. */
  readonly keyStore: ApiKeyStore
  /** Codes that apps exchange for keys. */
  readonly authCodes: Pick<AuthCodeStore, 'take'>
  readonly generations: GenerationStore
  readonly ledger: Pick<LedgerStore, 'balance'>
  readonly budgets: Pick<BudgetStore, 'spent'>
  /** How endpoints did lately, as this node knows it. */
  readonly readHealth: () => Promise<HealthBoard>
  readonly vault: ContentVault
  readonly contentQueue: ContentQueue
  readonly answerMemory: AnswerMemory
  /** Responses that may be asked for again. */
  readonly shelf: ResponseShelf
  /** Answers to requests with an idempotency key. */
  readonly answers: AnswerBook
  /** By the scheme of a provider's address, with its colon; `guardedScheme` for addresses of customers. */
  readonly upstreams: Readonly<Record<string, Upstream>>
  /** For providers that a key does not satisfy. */
  readonly signer: RequestSigner
  /** For providers that take no addresses of images and files. */
  readonly media: MediaFetcher
  readonly tokenizer: Tokenizer
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly log: GatewayLog
  readonly limits: GatewayLimits
  readonly limiter: Limiter
  readonly watch: Watch
  readonly clientAddressOf: (request: IncomingMessage) => string | null
  /** What this gateway calls itself to upstreams. */
  readonly userAgent: string
  /** Model requests that are under way. */
  readonly lives: Roster<Life>
  /** Ends lives that last too long; it watches while there are any. */
  readonly watchLives: Watcher
}
