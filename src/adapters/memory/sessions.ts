import type { PersonId } from '#domain/identifiers.ts'
import { sessionsPerPersonMax } from '#domain/limits.ts'
import type { Session } from '#domain/sessions.ts'
import type { PeopleStore } from '#ports/people.ts'
import type { NewSession, Proof, SessionStore } from '#ports/sessions.ts'

interface Kept {
  session: Session
  token: string
  elsewhereToldMs: number | null
}

/** Sessions in memory. People are those of the store given. */
export function makeMemorySessionStore(people: Pick<PeopleStore, 'find'>): SessionStore {
  const kept: Kept[] = []
  const living = (personId: PersonId) =>
    kept.filter(({ session }) => session.personId === personId && session.endedAt === null)
  const end = (ended: readonly Kept[], nowMs: number): number => {
    for (const one of ended) one.session = { ...one.session, endedAt: new Date(nowMs) }
    return ended.length
  }

  return {
    begin: async (begun) => {
      const past = kept.filter(({ session }) => session.personId === begun.personId)
      const session = sessionOf(begun)
      const others = living(begun.personId).toSorted(lastUsedFirst)
      end(others.slice(sessionsPerPersonMax - 1), begun.nowMs)
      kept.push({ session, token: nameOf(begun.tokenHash), elsewhereToldMs: null })
      const isKnown = (one: Session) => one.device === begun.device && one.network === begun.network
      return {
        session,
        isFirst: past.length === 0,
        isKnownDevice: past.some((one) => isKnown(one.session)),
      }
    },
    findByToken: async (tokenHash) => {
      const found = kept.find(({ token }) => token === nameOf(tokenHash))
      const person = found && (await people.find(found.session.personId))
      return found && person && { session: found.session, person }
    },
    touch: async (id, nowMs) => {
      const found = kept.find(({ session }) => session.id === id)
      if (found && found.session.lastUsedAt.getTime() < nowMs) {
        found.session = { ...found.session, lastUsedAt: new Date(nowMs) }
      }
    },
    noteElsewhere: async (noted) => noteElsewhere(kept, noted),
    list: async (personId) =>
      living(personId)
        .toSorted(lastUsedFirst)
        .map(({ session }) => session),
    prove: async (proof) => prove(kept, proof),
    end: async ({ id, personId, nowMs }) =>
      end(
        living(personId).filter(({ session }) => session.id === id),
        nowMs,
      ) > 0,
    endAll: async ({ personId, except, nowMs }) =>
      end(
        living(personId).filter(({ session }) => session.id !== except),
        nowMs,
      ),
    removeOld: async ({ endedMs, begunMs }) => {
      const isOld = ({ session }: Kept) =>
        session.createdAt.getTime() < begunMs ||
        (session.endedAt !== null && session.endedAt.getTime() < endedMs)
      const stays = kept.filter((one) => !isOld(one))
      return kept.splice(0, kept.length, ...stays).length - stays.length
    },
  }
}

function noteElsewhere(
  kept: readonly Kept[],
  { id, nowMs, againMs }: Parameters<SessionStore['noteElsewhere']>[0],
): boolean {
  const found = kept.find(({ session }) => session.id === id)
  if (!found || (found.elsewhereToldMs !== null && found.elsewhereToldMs > againMs)) return false
  found.elsewhereToldMs = nowMs
  return true
}

function prove(kept: readonly Kept[], proof: Proof): Session | undefined {
  const { action, method, network, device } = proof
  const found = kept.find(({ session }) => session.id === proof.id && session.endedAt === null)
  if (!found || found.token !== nameOf(proof.oldTokenHash)) return undefined
  const at = new Date(proof.nowMs)
  found.token = nameOf(proof.newTokenHash)
  found.session = {
    ...found.session,
    ...(method === 'passkey' ? { authenticatedBy: method } : {}),
    ...{ network, device },
    lastUsedAt: at,
    stepUp: { action, at },
  }
  return found.session
}

function sessionOf(begun: NewSession): Session {
  const { id, personId, authenticatedBy, network, device, nowMs } = begun
  const at = new Date(nowMs)
  const times = { createdAt: at, lastUsedAt: at, stepUp: null, endedAt: null }
  return { id, personId, authenticatedBy, network, device, ...times }
}

function lastUsedFirst({ session: left }: Kept, { session: right }: Kept): number {
  return (
    right.lastUsedAt.getTime() - left.lastUsedAt.getTime() ||
    (left.id < right.id ? -1 : left.id > right.id ? 1 : 0)
  )
}

function nameOf(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex')
}
