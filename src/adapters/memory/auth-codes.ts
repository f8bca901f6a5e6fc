import { roleReaches } from '#domain/people.ts'
import type { AuthCodeStore, NewAuthCode } from '#ports/auth-codes.ts'
import type { PeopleStore } from '#ports/people.ts'

/** Codes of apps in memory. Members are those of the store given. */
export function makeMemoryAuthCodeStore(
  people: Pick<PeopleStore, 'findMembership'>,
): AuthCodeStore {
  const codes = new Map<string, NewAuthCode>()
  const nameOf = (hash: Uint8Array) => Buffer.from(hash).toString('hex')
  return {
    create: async (code, openMax) => {
      const open = [...codes.values()].filter(
        ({ personId, expiresAtMs }) => personId === code.personId && expiresAtMs > code.nowMs,
      )
      if (open.length >= openMax) return false
      codes.set(nameOf(code.codeHash), code)
      return true
    },
    take: async (codeHash, nowMs) => {
      const found = codes.get(nameOf(codeHash))
      codes.delete(nameOf(codeHash))
      if (found === undefined || found.expiresAtMs <= nowMs) return undefined
      const { codeHash: _, expiresAtMs: _until, nowMs: _made, ...code } = found
      const place = await people.findMembership(code.personId, code.accountId)
      const isAllowed = place !== undefined && roleReaches(place.membership.role, 'developer')
      return isAllowed ? code : undefined
    },
    removeExpired: async (nowMs) => {
      for (const [name, { expiresAtMs }] of codes) if (expiresAtMs <= nowMs) codes.delete(name)
    },
  }
}
