import type { FaultCode } from '#domain/faults.ts'
import type { Fault } from '#domain/faults.ts'
import { refusalsLoggedAtOnceMax, refusalsLoggedPerMinuteMax } from '#domain/limits.ts'
import { askerNetwork } from '#domain/networks.ts'

import { actorIdOf, type Actor, type Visitor } from './actor.ts'
import type { ControlParts } from './operation.ts'
import { eventOf } from './security-log.ts'

/** Writes down who was not let in. */
export interface RefusalLog {
  /** Never throws and never makes the refused wait. Faults that are no refusals are left alone. */
  readonly note: (
    fault: Fault,
    where: { readonly path: string; readonly visitor: Visitor; readonly actor: Actor | undefined },
  ) => void
}

/** Nothing was tried with these: a browser that is not signed in, or a proof that is merely due. */
const ordinary: readonly FaultCode[] = ['missing_api_key', 'sign_in_required', 'step_up_required']

/**
 * Refusals are reported each; into the store go at most so many from one network a minute, so that a flood
 * of them costs no more than it must.
 */
export function createRefusalLog(
  parts: Pick<ControlParts, 'report' | 'clock' | 'securityEvents'>,
): RefusalLog {
  let minute = 0
  let counts = new Map<string, number>()
  let pending = 0
  const mayStore = (visitor: Visitor): boolean => {
    const now = Math.floor(parts.clock.nowMs() / 60_000)
    if (now !== minute) {
      minute = now
      counts = new Map()
    }
    const network = askerNetwork(visitor.address)
    const count = (counts.get(network) ?? 0) + 1
    counts.set(network, count)
    return count <= refusalsLoggedPerMinuteMax && pending < refusalsLoggedAtOnceMax
  }
  return {
    note: (fault, { path, visitor, actor }) => {
      const isRefusal = fault.status === 401 || fault.status === 403
      if (isRefusal) parts.report({ kind: 'refused', code: fault.code, path })
      if (!isRefusal && fault.status !== 429) return
      if (ordinary.includes(fault.code) || !mayStore(visitor)) return
      const kind = isRefusal ? 'access_refused' : 'limit_hit'
      const person = actor !== undefined && 'person' in actor ? actor.person : null
      const keyId = actor?.kind === 'operator_token' ? actor.key.id : null
      const detail = `${fault.code} ${routeText(path)}${person || !actor ? '' : ` ${actorIdOf(actor)}`}`
      const event = eventOf({ kind, visitor, person, keyId, detail, nowMs: parts.clock.nowMs() })
      pending += 1
      parts.securityEvents
        .insert([event])
        .catch((error: unknown) => parts.report({ kind: 'failed', path, error }))
        .finally(() => (pending -= 1))
    },
  }
}

/** A path may hold the id of a proof under way, which is a secret. */
function routeText(path: string): string {
  return path.replace(/chal_[0-9A-Za-z]+/g, 'chal_…').slice(0, 200)
}
