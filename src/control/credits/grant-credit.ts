import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'
import { makeGrantId } from '#domain/identifiers.ts'
import { defaultGrantPriority, findGrantMistake, isExpired } from '#domain/ledger/grants.ts'
import type { Grant, NewGrant } from '#ports/ledger-store.ts'

import { viewGrant } from './grant-view.ts'
import { readGrantAmount, refuseOverflow } from './read-amount.ts'

/**
 * Adds credit, at most once for each effect key. The same key with the same grant answers with what it
 * made then; with another grant it is refused, because one of the two must be a mistake.
 */
export function grantCredit(
  parts: Pick<ControlParts, 'ledger' | 'clock' | 'randomBytes'>,
): Operation<typeof controlRoutes.grantCredit> {
  const { ledger, clock, randomBytes } = parts
  return async ({ params, body }) => {
    const amountNanoUsd = readGrantAmount(body.amount)
    const expiresAt = body.expires_at === null ? null : new Date(body.expires_at)
    const balance = await ledger.balance(params.account_id)
    if (balance === undefined) throw new Fault('account_not_found')
    const wanted: NewGrant = {
      id: makeGrantId(randomBytes),
      accountId: params.account_id,
      kind: body.kind,
      amountNanoUsd,
      priority: body.priority ?? defaultGrantPriority[body.kind],
      expiresAt,
      effectKey: `operator:${body.effect_key}`,
      note: body.note,
    }
    refuseMistakes(wanted, clock.nowMs())
    refuseOverflow(body.amount, amountNanoUsd, balance.grantedNanoUsd)
    const result = await ledger.grant(wanted)
    if (result.kind === 'account_unknown') throw new Fault('account_not_found')
    if (result.kind === 'duplicate') refuseOtherGrant(result.grant, wanted)
    return { data: viewGrant(result.grant), created: result.kind === 'granted' }
  }
}

function refuseMistakes(wanted: NewGrant, nowMs: number): void {
  const { expiresAt } = wanted
  if (isExpired(wanted, nowMs)) {
    const detail = `expires_at: "${expiresAt?.toISOString()}" is in the past.`
    throw new Fault('invalid_request', { param: 'expires_at', details: { detail } })
  }
  const mistake = findGrantMistake(wanted)
  if (mistake !== undefined) throw new Fault('invalid_request', { details: { detail: mistake } })
}

function refuseOtherGrant(made: Grant, wanted: NewGrant): void {
  const same =
    made.accountId === wanted.accountId &&
    made.kind === wanted.kind &&
    made.amountNanoUsd === wanted.amountNanoUsd &&
    made.priority === wanted.priority &&
    made.expiresAt?.getTime() === wanted.expiresAt?.getTime()
  if (same) return
  const detail =
    'This effect key was used before for another grant; nothing was added. Use a new effect key.'
  throw new Fault('conflict', { param: 'effect_key', details: { detail } })
}
