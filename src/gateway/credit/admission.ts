import { assert } from '#domain/faults.ts'
import type { AccountId } from '#domain/identifiers.ts'
import type { Clock } from '#ports/clock.ts'

import type { Reservation } from './account-credit.ts'
import type { Budgets, BudgetTaking } from './budgets.ts'
import type { Admission, AdmissionRequest } from './credit.ts'
import type { LeaseBook } from './lease-book.ts'
import type { Held, OpenHolds } from './open-holds.ts'

/** What admission works with. `budgets` is null where nobody keeps spend limits. */
export interface AdmissionParts {
  readonly book: LeaseBook
  readonly budgets: Budgets | null
  readonly holds: OpenHolds
  readonly clock: Clock
}

type Slices = Held['slices']

const noSlices: Slices = []
/** How long a request is told to wait when the store cannot be asked. */
const storeRetryAfterSeconds = 2

/**
 * Sets a bound aside: on every spend limit of the request first, then on the account's credit, or on
 * nothing. Without a promise where this node holds enough of each.
 */
export function admitRequest(
  parts: AdmissionParts,
  request: AdmissionRequest,
): Admission | Promise<Admission> {
  const { boundNanoUsd, budgets: ids } = request
  assert(boundNanoUsd >= 0n, `the bound of ${request.chargeId} is below zero`)
  if (boundNanoUsd === 0n) return open(parts, request, { lease: null, slices: noSlices })
  if (ids === undefined || ids.length === 0) return admitOnCredit(parts, request, noSlices)
  assert(parts.budgets, 'spend limits need a store that keeps them')
  const taking = parts.budgets.take(ids, boundNanoUsd)
  if (!(taking instanceof Promise)) return admitOnSlices(parts, request, taking)
  return taking.then((taken) => admitOnSlices(parts, request, taken))
}

function admitOnSlices(
  parts: AdmissionParts,
  request: AdmissionRequest,
  taking: BudgetTaking,
): Admission | Promise<Admission> {
  switch (taking.kind) {
    case 'limited':
      return taking
    case 'unavailable':
      return { kind: 'unavailable', retryAfterSeconds: storeRetryAfterSeconds }
    case 'taken': {
      const { slices } = taking
      const undoUnlessHeld = (admission: Admission): Admission => {
        if (admission.kind !== 'held') parts.budgets?.cancel(slices, request.boundNanoUsd)
        return admission
      }
      const admission = admitOnCredit(parts, request, slices)
      return admission instanceof Promise
        ? admission.then(undoUnlessHeld)
        : undoUnlessHeld(admission)
    }
  }
}

function admitOnCredit(
  parts: AdmissionParts,
  request: AdmissionRequest,
  slices: Slices,
): Admission | Promise<Admission> {
  const { accountId, boundNanoUsd } = request
  const lease = parts.book.reserve(accountId, boundNanoUsd)
  if (lease !== undefined) return open(parts, request, { lease, slices })
  return parts.book
    .acquire(accountId, boundNanoUsd)
    .then((reservation) => answer(parts, request, { reservation, slices }))
}

function answer(
  parts: AdmissionParts,
  request: AdmissionRequest,
  { reservation, slices }: { reservation: Reservation<AccountId>; slices: Slices },
): Admission {
  switch (reservation.kind) {
    case 'reserved':
      return open(parts, request, { lease: reservation.lease, slices })
    case 'insufficient':
      return reservation
    case 'unavailable':
      return { kind: 'unavailable', retryAfterSeconds: storeRetryAfterSeconds }
  }
}

function open(parts: AdmissionParts, request: AdmissionRequest, held: Held): Admission {
  const admittedAtMs = parts.clock.nowMs()
  const leaseId = held.lease?.id ?? null
  const admit = { kind: 'admit', ...request, leaseId, admittedAtMs } as const
  return { kind: 'held', hold: parts.holds.open(admit, held) }
}
