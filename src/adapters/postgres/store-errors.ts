import { DatabaseError } from 'pg'

import { StoreUnavailable } from '#ports/store-error.ts'

/**
 * SQLSTATE classes and codes after which the same call may work later: connections (08), resources (53),
 * an operator or a crash (57), serialization and deadlock (40), locks (55P03), a server that has become
 * a read-only replica (25006) or ended a slow transaction (25P03), and failures of its own system (58).
 */
const passingStates = /^(08|40|53|57|58|55P03|25006|25P03)/

/** What the driver says, without a code, when a connection broke or never came about. */
const passingMessages = [
  'Connection terminated',
  'Client has encountered a connection error',
  'Client was closed and is not queryable',
  'Cannot use a pool after calling end',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Query read timeout',
  'driver has already been destroyed',
]

/**
 * The one place where the driver's errors become ours: `StoreUnavailable` for everything that may pass,
 * with the original as its cause; every other error is returned as it is.
 */
export function storeError(error: unknown): unknown {
  if (error instanceof StoreUnavailable || !(error instanceof Error)) return error
  return mayPass(error) ? unavailable(error) : error
}

/** Wraps an error after which the store is out of reach, whatever the error is. */
export function unavailable(error: unknown): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error
  const code = codeOf(error)
  return new StoreUnavailable(`the database is out of reach${code ? ` (${code})` : ''}`, {
    cause: error,
  })
}

/**
 * True when the connection on which a statement failed is of no more use. A server that ends a connection
 * answers first and hangs up later: until then it looks whole.
 */
export function endsConnection(error: unknown): boolean {
  if (error instanceof DatabaseError) return /^(08|57P|25P03)/.test(error.code ?? '')
  return storeError(error) instanceof StoreUnavailable
}

/** True when a statement failed because it broke the constraint of this name. */
export function violates(error: unknown, constraint: string): boolean {
  return error instanceof DatabaseError && error.constraint === constraint
}

function mayPass(error: Error): boolean {
  if (error instanceof DatabaseError) return passingStates.test(error.code ?? '')
  if ('syscall' in error || error instanceof AggregateError) return true
  return passingMessages.some((message) => error.message.startsWith(message))
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
