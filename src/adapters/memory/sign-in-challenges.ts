import { challengeKeptMs, challengeTriesMax, knownNetworkMs } from '#domain/limits.ts'
import { shortTries30DaysMs, shortTriesHourMs, type ChallengeTally } from '#domain/sign-in.ts'
import type { PeopleStore } from '#ports/people.ts'
import type { SessionStore } from '#ports/sessions.ts'
import type { ChallengeStore, NewChallenge } from '#ports/sign-in-challenges.ts'

interface Row extends Omit<NewChallenge, 'email'> {
  email: string | null
  readonly address: string
  readonly network: string
  readonly fromKnownNetwork: boolean
  readonly createdAtMs: number
  failedCount: number
  consumed: boolean
}

type Wish = Parameters<ChallengeStore['open']>[0]

const hourMs = 60 * 60_000
const dayMs = 24 * hourMs

/** Codes in memory. Which networks are known, the sessions of the people given say. */
export function makeMemoryChallengeStore(parts: {
  readonly people: Pick<PeopleStore, 'findByEmail'>
  readonly sessions: Pick<SessionStore, 'list'>
}): ChallengeStore {
  const rows: Row[] = []
  const isOpen = (row: Row, nowMs: number) =>
    !row.consumed && row.expiresAtMs > nowMs && row.failedCount < challengeTriesMax
  const openRow = (idHash: Uint8Array, nowMs: number) =>
    rows.find((row) => nameOf(row.idHash) === nameOf(idHash) && isOpen(row, nowMs))

  return {
    open: async (wish) => {
      const isKnownNetwork = await knows(parts, wish)
      const tally = count(rows, wish, isKnownNetwork)
      const challenge = wish.decide(tally)
      if (challenge === undefined) return
      rows.push({
        ...challenge,
        address: nameOf(wish.addressHash),
        network: wish.network,
        fromKnownNetwork: isKnownNetwork,
        createdAtMs: wish.nowMs,
        failedCount: 0,
        consumed: false,
      })
    },
    find: async (idHash, nowMs) => {
      const row = openRow(idHash, nowMs)
      if (row === undefined || row.email === null) return undefined
      return { purpose: row.purpose, personId: row.personId, email: row.email }
    },
    attempt: async ({ idHash, codeHash, consume, nowMs }) => {
      const row = openRow(idHash, nowMs)
      if (row === undefined) return { kind: 'over' }
      if (nameOf(row.codeHash) === nameOf(codeHash)) {
        row.consumed = consume
        return { kind: 'right' }
      }
      row.failedCount += 1
      return { kind: 'wrong', triesLeft: challengeTriesMax - row.failedCount }
    },
    removeOld: async (nowMs) => {
      const kept = rows.filter((row) => row.createdAtMs >= nowMs - challengeKeptMs)
      rows.splice(0, rows.length, ...kept)
      for (const row of rows) if (row.expiresAtMs < nowMs) row.email = null
    },
  }
}

async function knows(
  { people, sessions }: Parameters<typeof makeMemoryChallengeStore>[0],
  { email, network, nowMs }: Wish,
): Promise<boolean> {
  const person = await people.findByEmail(email)
  const past = person === undefined ? [] : await sessions.list(person.id)
  return past.some(
    (one) => one.network === network && one.createdAt.getTime() > nowMs - knownNetworkMs,
  )
}

function count(rows: readonly Row[], wish: Wish, isKnownNetwork: boolean): ChallengeTally {
  const { nowMs } = wish
  const within = (spanMs: number) => (row: Row) => row.createdAtMs > nowMs - spanMs
  const ofAddress = rows.filter((row) => row.address === nameOf(wish.addressHash))
  const ofNetwork = rows.filter((row) => row.network === wish.network)
  const tries = (spanMs: number) =>
    ofAddress
      .filter((row) => row.isShort && within(spanMs)(row))
      .map((row) =>
        !row.consumed && row.expiresAtMs > nowMs ? challengeTriesMax : row.failedCount,
      )
      .reduce((sum, one) => sum + one, 0)
  return {
    addressSends: ofAddress
      .filter(within(dayMs))
      .map(({ createdAtMs: atMs, fromKnownNetwork }) => ({ atMs, fromKnownNetwork })),
    networkSendsMs: ofNetwork.filter(within(hourMs)).map(({ createdAtMs }) => createdAtMs),
    shortTriesInHour: tries(shortTriesHourMs),
    shortTriesIn30Days: tries(shortTries30DaysMs),
    isKnownNetwork,
    sendsInMinute: rows.filter(within(60_000)).length,
  }
}

function nameOf(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex')
}
