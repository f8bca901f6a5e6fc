import type { ControlEvent } from '#control/operation.ts'
import { unreachable } from '#domain/faults.ts'
import type { CreditProblem } from '#gateway/credit/problem.ts'
import { StoreUnavailable } from '#ports/store-error.ts'

import type { Log } from './log.ts'

/** Logs what credit has to tell: as an alarm where a person must look. */
export function creditReport(log: Log): (problem: CreditProblem) => void {
  return ({ kind, ...details }) => {
    switch (kind) {
      case 'orphans_settled':
        return log.info(kind, details)
      case 'overrun':
      case 'late':
      case 'log_lines_dropped':
      case 'checkpoint_failed':
        return log.warn(kind, details)
      case 'store_call_failed':
      case 'charge_stuck':
      case 'fenced':
      case 'leases_reclaimed':
        return log.alarm(kind, details)
      default:
        return unreachable(kind)
    }
  }
}

/** Logs what the control plane has to tell: who changed what, who was refused, what failed. */
export function controlReport(log: Log): (event: ControlEvent) => void {
  return (event) => {
    switch (event.kind) {
      case 'changed': {
        const { kind: _, ...details } = event
        return log.info('changed', details)
      }
      case 'refused':
        return log.warn('refused', { code: event.code, path: event.path })
      case 'many_codes':
        return log.alarm('many_codes', { countInMinute: event.countInMinute })
      case 'mail_lost':
        return log.alarm('mail_lost', { mailKind: event.mailKind, error: event.error })
      case 'failed': {
        const say = event.error instanceof StoreUnavailable ? log.warn : log.alarm
        return say('operation_failed', { path: event.path, error: event.error })
      }
      default:
        return unreachable(event)
    }
  }
}
