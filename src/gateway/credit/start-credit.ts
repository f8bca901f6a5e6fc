import type { BudgetId, SpendOwner } from '#domain/budgets.ts'
import { readBudgetId } from '#domain/budgets.ts'
import { assert } from '#domain/faults.ts'
import type { GenerationRecord } from '#domain/generation.ts'
import type { AccountId, NodeId, RandomBytes } from '#domain/identifiers.ts'
import { dayOfGeneration } from '#domain/identifiers.ts'
import type { NanoUsd } from '#domain/money.ts'
import { sumByWindow, type UtcDay, type WindowAmounts } from '#domain/spend-windows.ts'
import type { BudgetStore } from '#ports/budget-store.ts'
import type { Clock } from '#ports/clock.ts'
import type { GenerationStore } from '#ports/generations.ts'
import type { Journal, JournalState } from '#ports/journal.ts'
import type { LedgerStore } from '#ports/ledger-store.ts'

import { leasesOf } from './account-credit.ts'
import { admitRequest } from './admission.ts'
import { type Budgets, startBudgets } from './budgets.ts'
import type { Admission, AdmissionRequest, Credit } from './credit.ts'
import { LeaseBook } from './lease-book.ts'
import { serveAccount } from './lease-errands.ts'
import { type RoundParts, startRounds } from './lease-rounds.ts'
import { creditOf } from './lease-store.ts'
import { makeOpenHolds, type OpenHolds } from './open-holds.ts'
import { creditPolicy, type CreditPolicy } from './policy.ts'
import type { ReportProblem } from './problem.ts'
import { clipped } from './record.ts'
import { recover } from './recovery.ts'
import { Settler } from './settler.ts'
import { makeStoreLink, type StoreLink } from './store-link.ts'

/** What the credit of a node is made of. The journal is this node's own and was not replayed yet. */
export interface CreditOptions {
  readonly ledger: LedgerStore
  /** Where spend limits are kept; absent where nobody has any. */
  readonly budgets?: BudgetStore
  readonly generations: Pick<GenerationStore, 'insert'>
  readonly journal: Journal
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly report: ReportProblem
  /** Other numbers than `creditPolicy`'s; for tests. */
  readonly policy?: Partial<CreditPolicy>
}

/** How a node's credit is doing. */
export interface CreditStatus {
  /** True when new requests are admitted. */
  readonly isReady: boolean
  /** Why it is not ready; null when it is. */
  readonly reason: string | null
  /** True when it will not be ready again by itself: see `brokenReason`. */
  readonly isBroken: boolean
  readonly isStoreReachable: boolean
  readonly journal: JournalState
  readonly underWayCount: number
  /** Records that the journal has and the store may not have. */
  readonly unsettledCount: number
  /** Those of them that the store refuses. */
  readonly stuckCount: number
  readonly leaseCount: number
  readonly overrunNanoUsd: NanoUsd
  readonly lateNanoUsd: NanoUsd
}

/** How a node ended. When all is zero, its next life has nothing to replay. */
export interface CreditEnd {
  readonly unsettledCount: number
  readonly openLeaseCount: number
  readonly underWayCount: number
}

/** The credit of one running node. */
export interface CreditNode {
  readonly credit: Credit
  /**
   * Admits nothing more, settles everything, gives all leases back and closes the journal. To be called
   * when no request is under way any more. Never rejects: what the store does not take stays in the journal.
   */
  readonly stop: () => Promise<CreditEnd>
  /** Another node needs what is idle here of this account, or of this budget. */
  readonly recall: (id: AccountId | BudgetId) => void
  readonly status: () => CreditStatus
  /** Why it will not be ready again by itself, so that the process must end and start anew; null while it may. */
  readonly brokenReason: () => string | null
}

interface Node {
  readonly options: CreditOptions
  readonly policy: CreditPolicy
  readonly link: StoreLink
  readonly clock: Clock
  readonly book: LeaseBook
  readonly budgets: Budgets | null
  readonly settler: Settler
  readonly holds: OpenHolds
  /** Counts a log line that could not be kept. */
  readonly dropLine: () => void
  state: 'ready' | 'stopping' | 'fenced'
}

/**
 * Recovers what the last life of this node left, and is ready when it resolves. Rejects with
 * `StoreUnavailable` when the store cannot be used, and with `JournalError` when the journal cannot.
 */
export async function startCredit(options: CreditOptions): Promise<CreditNode> {
  const { ledger, journal, clock, report } = options
  const { nodeId } = journal
  const policy: CreditPolicy = { ...creditPolicy, ...options.policy }
  assert(policy.leaseMarginMs < policy.leaseTtlMs, 'a lease must live longer than its margin')
  const link = makeStoreLink({ clock, policy, report })
  const settler = new Settler({ ...options, link, nodeId, policy })
  const epoch = await ledger.raiseEpoch(nodeId)
  await recover({ journal, settler, policy, report })
  await ledger.closeOldLeases(nodeId, epoch)
  await options.budgets?.closeOldLeases(nodeId, epoch)
  const onFenced = (): void => {
    node.state = 'fenced'
    book.close()
    budgets?.close()
    report({ kind: 'fenced' })
  }
  const world = { clock, link, nodeId, epoch, policy, report, onFenced }
  const { randomBytes } = options
  const book = new LeaseBook(clock)
  const budgets = options.budgets
    ? startBudgets({ ...world, randomBytes, budgets: options.budgets })
    : null
  const holds = makeOpenHolds({ book, budgets, settler, journal, clock, policy })
  const node: Node = {
    options,
    policy,
    link,
    clock,
    book,
    budgets,
    settler,
    holds,
    dropLine: makeDropCounter(report),
    state: 'ready',
  }
  journal.onCarry((scope) => {
    settler.carry(scope === 'unsettled' ? 'all' : 'stuck', (record) => journal.append(record))
    holds.carry()
  })
  const errands: RoundParts<AccountId> = { ...world, randomBytes, book, store: creditOf(ledger) }
  book.onNeed((account) => void serveAccount(errands, account))
  const endRounds = startRounds(errands)
  return {
    credit: {
      admit: (request) => admit(node, request),
      log: (record) => log(node, record),
      findPending: (id) => settler.find(id),
      pendingSpent: (ownerId, day) => pendingSpent(settler, ownerId, day),
      forgetBudgets: (ownerId) => budgets?.recall(ownerId),
    },
    stop: () => stop(node, nodeId, endRounds),
    recall: (id) => {
      if (isBudgetId(id)) return budgets?.recall(readBudgetId(id).ownerId)
      const account = book.find(id)
      if (account === undefined || account.waiters.length > 0) return
      account.isRecalled = true
      void serveAccount(errands, account)
    },
    status: () => statusOf(node),
    brokenReason: () => (isBroken(node) ? (reasonToRefuse(node)?.reason ?? null) : null),
  }
}

/** A node that stops closes its journal itself, and nothing is broken by that. */
function isBroken(node: Node): boolean {
  if (node.state !== 'ready') return node.state === 'fenced'
  return node.options.journal.state().kind === 'broken'
}

function isBudgetId(id: AccountId | BudgetId): id is BudgetId {
  return id.includes('@')
}

/** The charges of an owner that the ledger may not have, summed into the windows of a day. */
function pendingSpent(settler: Settler, ownerId: SpendOwner, day: UtcDay): WindowAmounts {
  const amounts: { day: UtcDay; amountNanoUsd: NanoUsd }[] = []
  for (const { id, accountId, keyId, costNanoUsd } of settler.unbooked) {
    if (keyId !== ownerId && accountId !== ownerId) continue
    amounts.push({ day: dayOfGeneration(id) as UtcDay, amountNanoUsd: costNanoUsd })
  }
  return sumByWindow(day, amounts)
}

function admit(node: Node, request: AdmissionRequest): Admission | Promise<Admission> {
  const refusal = reasonToRefuse(node)
  if (refusal !== null) return { kind: 'unavailable', retryAfterSeconds: refusal.retryAfterSeconds }
  return admitRequest(node, request)
}

const retryAfterSeconds = { backlog: 2, journal: 5, ending: 1 } as const

function reasonToRefuse(node: Node): { reason: string; retryAfterSeconds: number } | null {
  if (node.state === 'stopping') {
    return { reason: 'this node is stopping', retryAfterSeconds: retryAfterSeconds.ending }
  }
  if (node.state === 'fenced') {
    return {
      reason: 'another process uses the id of this node',
      retryAfterSeconds: retryAfterSeconds.journal,
    }
  }
  const journal = node.options.journal.state()
  if (journal.kind !== 'open') {
    return {
      reason: `the journal is ${journal.kind}: ${journal.reason}`,
      retryAfterSeconds: retryAfterSeconds.journal,
    }
  }
  if (node.settler.unsettledCount + node.holds.count() >= node.policy.unsettledRecordsMax) {
    return {
      reason: 'too much waits for the store',
      retryAfterSeconds: retryAfterSeconds.backlog,
    }
  }
  return null
}

/** Where the journal takes nothing, the line still goes to the store, only not by way of the disk. */
function log({ options, settler, policy, ...node }: Node, record: GenerationRecord): void {
  if (settler.unsettledCount >= policy.unsettledRecordsMax) return node.dropLine()
  const short = clipped(record)
  const position = options.journal.append({ kind: 'log', record: short })
  settler.add({
    record: short,
    kind: 'line',
    leaseId: null,
    budgetLeaseIds: [],
    onSettled: null,
    position,
  })
}

/** Tells of the first dropped line, and of every thousandth. */
function makeDropCounter(report: ReportProblem): () => void {
  let count = 0
  return () => {
    count += 1
    if (count % 1_000 === 1) report({ kind: 'log_lines_dropped', count })
  }
}

function statusOf(node: Node): CreditStatus {
  const refusal = reasonToRefuse(node)
  const leaseCounts = [...node.book.accounts].map((account) => leasesOf(account).length)
  return {
    isReady: refusal === null,
    reason: refusal?.reason ?? null,
    isBroken: isBroken(node),
    isStoreReachable: node.link.isReachable(),
    journal: node.options.journal.state(),
    underWayCount: node.holds.count(),
    unsettledCount: node.settler.unsettledCount,
    stuckCount: node.settler.stuckCount,
    leaseCount: leaseCounts.reduce((sum, count) => sum + count, 0),
    ...node.settler.beyondLeases,
  }
}

/** A new epoch ends every lease of this life at once, those included that nobody heard the answer for. */
async function stop(node: Node, nodeId: NodeId, endRounds: () => void): Promise<CreditEnd> {
  const { options, settler, holds, book, budgets, link, policy } = node
  node.state = 'stopping'
  endRounds()
  budgets?.endRounds()
  book.close()
  budgets?.close()
  const isSettled = await settler.drain(policy.shutdownFlushMsMax)
  let openLeaseCount = statusOf(node).leaseCount
  if (isSettled && holds.count() === 0) {
    const ended = await link.call('closeOldLeases', async () => {
      const epoch = await options.ledger.raiseEpoch(nodeId)
      await options.ledger.closeOldLeases(nodeId, epoch)
      await options.budgets?.closeOldLeases(nodeId, epoch)
    })
    if (ended.kind === 'done') openLeaseCount = 0
  }
  settler.stop()
  await settler.checkpoint()
  await options.journal.close()
  return {
    unsettledCount: settler.unsettledCount,
    openLeaseCount,
    underWayCount: holds.count(),
  }
}
