import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { notEnrolled, Roster, type Enrolled } from './roster.ts'

class Guest implements Enrolled {
  rosterPlace = notEnrolled
  readonly name: number

  constructor(name: number) {
    this.name = name
  }
}

function guestsIn(roster: Roster<Guest>): readonly number[] {
  const names: number[] = []
  roster.forEach(({ name }) => names.push(name))
  return names.toSorted((left, right) => left - right)
}

const guestCount = 6

describe('a roster', () => {
  test('holds exactly whom a set would hold, whoever comes and goes', () => {
    const step = fc.record({ who: fc.nat({ max: guestCount - 1 }), comes: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const guests = Array.from({ length: guestCount }, (_, name) => new Guest(name))
        const roster = new Roster<Guest>()
        const expected = new Set<number>()
        for (const { who, comes } of steps) {
          const guest = guests[who]
          if (!guest) continue
          if (comes) roster.add(guest)
          else expect(roster.delete(guest)).toBe(expected.has(who))
          if (comes) expected.add(who)
          else expected.delete(who)
          expect(roster.size).toBe(expected.size)
          expect(guestsIn(roster)).toEqual([...expected].toSorted((a, b) => a - b))
        }
      }),
    )
  })

  test('passes nobody over who is there from beginning to end, though others leave and come', () => {
    const leaving = fc.array(fc.nat({ max: guestCount - 1 }), { maxLength: 3 })
    fc.assert(
      fc.property(fc.nat({ max: guestCount - 1 }), leaving, (when, leavers) => {
        const guests = Array.from({ length: guestCount }, (_, name) => new Guest(name))
        const roster = new Roster<Guest>()
        for (const guest of guests) roster.add(guest)
        const called: number[] = []
        roster.forEach(({ name }) => {
          called.push(name)
          if (called.length - 1 !== when) return
          for (const leaver of leavers) roster.delete(guests[leaver] ?? new Guest(-1))
          roster.add(new Guest(99))
        })
        for (const { name } of guests) {
          if (!leavers.includes(name)) expect(called).toContain(name)
        }
      }),
    )
  })

  test('does not strike out somebody who stands in another roster at the same place', () => {
    const [mine, other] = [new Roster<Guest>(), new Roster<Guest>()]
    const [here, there] = [new Guest(1), new Guest(2)]
    mine.add(here)
    other.add(there)
    expect(mine.delete(there)).toBe(false)
    expect([guestsIn(mine), guestsIn(other)]).toEqual([[1], [2]])
  })
})
