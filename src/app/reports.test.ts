import { beforeEach, describe, expect, test } from 'vitest'

import { nanoUsd } from '#domain/money.ts'
import { StoreUnavailable } from '#ports/store-error.ts'

import type { Log } from './log.ts'
import { controlReport, creditReport } from './reports.ts'

let lines: unknown[][] = []
const log: Log = {
  info: (...line) => void lines.push(['info', ...line]),
  warn: (...line) => void lines.push(['warn', ...line]),
  alarm: (...line) => void lines.push(['alarm', ...line]),
}
beforeEach(() => {
  lines = []
})

describe('what credit tells', () => {
  test('an alarm where a person must look', () => {
    creditReport(log)({ kind: 'fenced' })
    creditReport(log)({ kind: 'leases_reclaimed', count: 2 })
    expect(lines).toEqual([
      ['alarm', 'fenced', {}],
      ['alarm', 'leases_reclaimed', { count: 2 }],
    ])
  })

  test('a warning where the books explain it, a note where all is as promised', () => {
    creditReport(log)({ kind: 'overrun', amountNanoUsd: nanoUsd(5n) })
    creditReport(log)({ kind: 'orphans_settled', count: 1, amountNanoUsd: nanoUsd(0n) })
    expect(lines).toEqual([
      ['warn', 'overrun', { amountNanoUsd: 5n }],
      ['info', 'orphans_settled', { count: 1, amountNanoUsd: 0n }],
    ])
  })
})

describe('what the control plane tells', () => {
  test('who changed what', () => {
    controlReport(log)({
      kind: 'changed',
      operation: 'grantCredit',
      actorId: 'key_a',
      target: 'acct_a',
    })
    expect(lines).toEqual([
      ['info', 'changed', { operation: 'grantCredit', actorId: 'key_a', target: 'acct_a' }],
    ])
  })

  test('who was refused, and what failed: an alarm unless the store is away', () => {
    controlReport(log)({ kind: 'refused', code: 'invalid_api_key', path: '/api/accounts' })
    controlReport(log)({ kind: 'failed', path: '/api', error: new StoreUnavailable('down') })
    controlReport(log)({ kind: 'failed', path: '/api', error: new TypeError('x') })
    expect(lines.map(([level, event]) => `${String(level)} ${String(event)}`)).toEqual([
      'warn refused',
      'warn operation_failed',
      'alarm operation_failed',
    ])
  })
})
