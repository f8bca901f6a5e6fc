import type { Fault, FaultCode } from '#domain/faults.ts'
import { unreachable, assert } from '#domain/faults.ts'
import type { GenerationRecord, Outcome } from '#domain/generation.ts'

import type { Answered } from './answered.ts'
import type { House } from './house.ts'
import type { Life } from './life.ts'
import type { Metered } from './meter.ts'
import type { BoundedAttempt } from './plan-chat.ts'

/** How a request ended, whoever ended it. */
export type Ending = Answered | { readonly kind: 'refused'; readonly fault: Fault }

/** A status for the log alone: nobody was there to receive one. */
const clientGoneStatus = 499
const userAgentLengthMax = 512

interface Verdict {
  readonly outcome: Outcome
  readonly status: number
  readonly faultCode: FaultCode | null
}

/** The log line of a request whose key is known. With content mode `none` it names no machine. */
export function recordOf(
  house: House,
  life: Life,
  ending: Ending,
  metered: Metered,
): GenerationRecord {
  const { caller, attempt, plan, body, plain, request } = life
  assert(caller, 'only a request of a known key is logged')
  const mayNameMachine = life.contentMode !== 'none'
  const product = productFacts(ending)
  const verdict = verdictOf(ending)
  return {
    id: life.id,
    accountId: caller.account.id,
    keyId: caller.key.id,
    createdAtMs: life.createdAtMs,
    requestedModel: plan?.requestedModel ?? body?.request.model ?? plain?.model ?? null,
    resolvedModel: attempt?.model.id ?? plan?.attempts[0].model.id ?? null,
    provider: attempt?.endpoint.provider.slug ?? null,
    upstreamModel: attempt?.endpoint.upstreamModel ?? null,
    upstreamId: product.upstreamId,
    routingPath: life.routingPath,
    outcome: verdict.outcome,
    status: verdict.status,
    faultCode: verdict.faultCode,
    streamed: body?.request.stream === true,
    timeToFirstTokenMs:
      life.firstTokenMs === null ? null : Math.round(life.firstTokenMs - life.startedMs),
    latencyMs: Math.round(house.clock.monotonicMs() - life.startedMs),
    usage: metered.usage,
    usageSource: metered.source,
    finishReason: product.finishReason,
    costNanoUsd: metered.cost.costNanoUsd,
    priceVersionId: attempt?.endpoint.price.id ?? null,
    ...ownChargeOf(attempt, metered),
    clientIp: mayNameMachine ? life.clientIp : null,
    userAgent: mayNameMachine
      ? (request.headers['user-agent']?.slice(0, userAgentLengthMax) ?? null)
      : null,
    contentMode: life.contentMode,
  }
}

/** Nothing where no credential of the customer's own answered. */
function ownChargeOf(
  attempt: BoundedAttempt | null,
  { cost }: Metered,
): Pick<GenerationRecord, 'own'> {
  const access = attempt?.endpoint.provider.own
  if (access === undefined || cost.own === undefined) return {}
  return { own: { credentialId: access.credentialId, ...cost.own } }
}

/** The outcome, the status that the client got, and the code of what went wrong. */
function verdictOf(ending: Ending): Verdict {
  switch (ending.kind) {
    case 'answer':
    case 'translated':
    case 'plain':
      return { outcome: 'completed', status: 200, faultCode: null }
    case 'refused':
      return { outcome: 'refused', status: ending.fault.status, faultCode: ending.fault.code }
    case 'failed': {
      const { fault } = ending.failure
      return { outcome: 'upstream_failed', status: fault.status, faultCode: fault.code }
    }
    case 'stopped':
      return {
        outcome: 'upstream_failed',
        status: ending.fault.status,
        faultCode: ending.fault.code,
      }
    case 'gone':
      return { outcome: 'client_gone', status: clientGoneStatus, faultCode: null }
    case 'stream':
    case 'translated_stream': {
      const { end } = ending
      const { writer } = ending.kind === 'stream' ? ending.relay : ending.stream
      if (end.kind === 'completed') return { outcome: 'completed', status: 200, faultCode: null }
      if (end.kind === 'gone') {
        const status = writer.isOpen ? 200 : clientGoneStatus
        return { outcome: 'client_gone', status, faultCode: null }
      }
      return { outcome: 'upstream_failed', status: 200, faultCode: end.failure.fault.code }
    }
    default:
      return unreachable(ending)
  }
}

function productFacts(ending: Ending): { upstreamId: string | null; finishReason: string | null } {
  if (ending.kind === 'answer' || ending.kind === 'translated') return ending.answer
  if (ending.kind === 'plain') {
    return { upstreamId: ending.answer.upstreamId, finishReason: null }
  }
  if (ending.kind === 'stream') return ending.relay.reader
  if (ending.kind === 'translated_stream') return ending.stream
  return { upstreamId: null, finishReason: null }
}
