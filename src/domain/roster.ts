/** What can be enrolled in one roster at a time. */
export interface Enrolled {
  /** Kept by the roster: its place in it; `notEnrolled` where it is in none. */
  rosterPlace: number
}

/** The place of whoever is in no roster. */
export const notEnrolled = -1

/**
 * Who is here now, in no order: for what comes and goes with every request. A `Set` or `Map` is not: it moves to
 * a new table every few dozen changes, and its old tables hold on to the next ones. Once one of them has grown
 * old enough to be collected seldom, it keeps every later table alive, and with them all that was ever in it: then
 * the garbage of every request is copied twice before it goes. An array stays where it is.
 */
export class Roster<Member extends Enrolled> {
  readonly #members: Member[] = []

  /** How many are here. */
  get size(): number {
    return this.#members.length
  }

  /** Enrols somebody; whoever is here already stays as it is. */
  add(member: Member): void {
    if (member.rosterPlace !== notEnrolled) return
    member.rosterPlace = this.#members.length
    this.#members.push(member)
  }

  /** Strikes somebody out; false: it was not here. */
  delete(member: Member): boolean {
    const place = member.rosterPlace
    if (this.#members[place] !== member) return false
    const last = this.#members.pop()
    if (last !== undefined && last !== member) {
      this.#members[place] = last
      last.rosterPlace = place
    }
    member.rosterPlace = notEnrolled
    return true
  }

  /**
   * Calls back for everybody who is here from the beginning to the end of it. Members may leave and others come
   * meanwhile: then it may call back for a newcomer, and for some member twice.
   */
  forEach(call: (member: Member) => void): void {
    // From the end: whoever moves to a place that became free may be called for again, but nobody is passed over.
    for (let place = this.#members.length - 1; place >= 0; place -= 1) {
      const member = this.#members[place]
      if (member !== undefined) call(member)
    }
  }
}
