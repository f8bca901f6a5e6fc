import { randomBytes, randomInt } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { makePostgresAccountStore } from '#adapters/postgres/accounts.ts'
import { makePostgresPeopleStore } from '#adapters/postgres/identity/people.ts'
import { makePostgresSecurityEventStore } from '#adapters/postgres/identity/security-events.ts'
import { makePostgresChallengeStore } from '#adapters/postgres/identity/sign-in-challenges.ts'
import { createControl, type Control } from '#control/serve.ts'
import { makeAccountId, makePersonId } from '#domain/identifiers.ts'
import { makeControlHarness } from '#test/control/control-harness.ts'
import { freshEmail } from '#test/control/people.ts'
import { useDatabase } from '#test/database/database-fixture.ts'

const tries = 1_000
const differenceMsMax = 5

/** Asks for a code as a browser does; how long the answer took, and all of it but what is random. */
async function ask(control: Control, email: string, place: number) {
  const request = new Request('http://codelace.test/api/sign-in/challenges', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email }),
  })
  // A network of its own for each: no limit speaks first.
  const address = `10.${place >> 8}.${place & 255}.1`
  const startedMs = performance.now()
  const response = await control.fetch(request, { address })
  const body: ReturnType<typeof JSON.parse> = await response.json()
  const tookMs = performance.now() - startedMs
  const headers = [...response.headers.keys()].filter((name) => name !== 'x-request-id')
  const { challenge_id: _, expires_at: _until, ...rest } = body.data
  return { tookMs, told: JSON.stringify([response.status, headers.toSorted(), rest]) }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The mean without the tenth at either end: a machine that pauses for a second is no news of ours. */
function trimmedMeanOf(values: readonly number[]): number {
  const cut = Math.floor(values.length / 10)
  return meanOf(values.toSorted((left, right) => left - right).slice(cut, -cut))
}

describe('whether anybody signs in with an address', () => {
  const opened = useDatabase('server')

  test(`shows neither in an answer nor in how long it takes, over ${tries} tries of each kind`, async () => {
    const { db } = opened()
    const harness = await makeControlHarness()
    const people = makePostgresPeopleStore(db)
    const control = createControl(
      {
        ...harness.parts,
        people,
        accounts: makePostgresAccountStore(db),
        challenges: makePostgresChallengeStore(db),
        securityEvents: makePostgresSecurityEventStore(db),
      },
      '{}',
    )
    const nowMs = harness.clock.value
    const known: string[] = []
    for (let count = 0; count < tries; count += 1) {
      const email = freshEmail()
      const person = { id: makePersonId(randomBytes), email, displayName: 'Ada', locale: null }
      const account = { role: 'customer', displayName: 'Ada', email, contentMode: 'full' } as const
      await people.signUp({
        person: { ...person, ageStatement: 'adult', acceptedPolicies: {} },
        account: { id: makeAccountId(randomBytes), ...account },
        ...{ role: 'owner', nowMs },
      })
      known.push(email)
    }
    // The first answers warm the machine up, and are not counted.
    for (let place = 0; place < 50; place += 1) await ask(control, freshEmail(), place)
    const times = { known: [] as number[], unknown: [] as number[] }
    const told = new Set<string>()
    for (const [index, email] of known.entries()) {
      const place = 100 + 2 * index
      // In pairs, in an order by chance: what the machine does meanwhile falls on both alike.
      const pair = [
        { kind: 'known', email, place },
        { kind: 'unknown', email: freshEmail(), place: place + 1 },
      ] as const
      for (const one of randomInt(2) === 0 ? pair : pair.toReversed()) {
        // Codes are counted by the minute; nobody waits for it here.
        harness.clock.value += 1_000
        const answer = await ask(control, one.email, one.place)
        times[one.kind].push(answer.tookMs)
        told.add(answer.told)
      }
    }
    const differences = times.known.map((tookMs, place) => tookMs - (times.unknown[place] ?? 0))
    const difference = trimmedMeanOf(differences)
    const spread = Math.sqrt(meanOf(differences.map((one) => (one - meanOf(differences)) ** 2)))
    const figures = {
      known: trimmedMeanOf(times.known),
      unknown: trimmedMeanOf(times.unknown),
      difference,
      error: spread / Math.sqrt(tries),
    }
    console.info(
      `milliseconds over ${tries} pairs: ${Object.entries(figures)
        .map(([name, value]) => `${name} ${value.toFixed(3)}`)
        .join(', ')}`,
    )
    expect(told.size).toBe(1)
    expect(Math.abs(difference)).toBeLessThan(differenceMsMax)
  }, 600_000)
})
