import type { PasskeyId, PersonId } from '#domain/identifiers.ts'
import { passkeysPerPersonMax } from '#domain/limits.ts'
import type { Passkey } from '#domain/passkeys.ts'
import type { NewPasskeyChallenge, PasskeyStore } from '#ports/passkeys.ts'

/** Passkeys in memory. */
export function makeMemoryPasskeyStore(): PasskeyStore {
  const passkeys: Passkey[] = []
  const challenges = new Map<string, NewPasskeyChallenge>()
  const placeOf = (id: PasskeyId, personId: PersonId) =>
    passkeys.findIndex((one) => one.id === id && one.personId === personId)
  const withCredential = (credentialId: Uint8Array) =>
    passkeys.find((one) => nameOf(one.credentialId) === nameOf(credentialId))

  return {
    add: async (passkey) => {
      const { personId } = passkey
      const own = passkeys.filter((one) => one.personId === personId)
      if (own.length >= passkeysPerPersonMax) return 'full'
      if (withCredential(passkey.credentialId)) return 'taken'
      passkeys.push(passkey)
      return 'added'
    },
    findByCredential: async (credentialId) => withCredential(credentialId),
    list: async (personId) => passkeys.filter((one) => one.personId === personId),
    rename: async (id, personId, name) => {
      const place = placeOf(id, personId)
      const found = passkeys[place]
      return found && (passkeys[place] = { ...found, name })
    },
    remove: async (id, personId) => {
      const place = placeOf(id, personId)
      return place === -1 ? undefined : passkeys.splice(place, 1)[0]
    },
    use: async ({ id, signCount, nowMs }) => {
      const place = passkeys.findIndex((one) => one.id === id)
      const found = passkeys[place]
      if (!found) return false
      const rises = found.signCount < signCount || (found.signCount === 0 && signCount === 0)
      if (rises) passkeys[place] = { ...found, signCount, lastUsedAt: new Date(nowMs) }
      return rises
    },
    openChallenge: async (challenge) => {
      challenges.set(nameOf(challenge.idHash), challenge)
    },
    takeChallenge: async (idHash, nowMs) => {
      const found = challenges.get(nameOf(idHash))
      if (!found || found.expiresAtMs <= nowMs) return undefined
      challenges.delete(nameOf(idHash))
      const { challenge, purpose, personId } = found
      return { challenge, purpose, personId }
    },
    removeOldChallenges: async (nowMs) => {
      for (const [name, { expiresAtMs }] of challenges) {
        if (expiresAtMs <= nowMs) challenges.delete(name)
      }
    },
  }
}

function nameOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
