import { rateSlotMs, rateWindowMs } from '#domain/limits.ts'

/** The slot of time that a moment of the monotonic clock falls into. */
export function slotOf(monotonicMs: number): number {
  return Math.floor(monotonicMs / rateSlotMs)
}

/** The whole window and the slot that has just begun: together they hold every span of 60 seconds. */
const slotCount = rateWindowMs / rateSlotMs + 1

/**
 * Counts what happened in the last minute, in slots of a second. What it counts is never less than what
 * happened in the last 60 seconds, and at most a second's worth more, so a limit on it holds in any 60
 * seconds whatever. Everything is synchronous: nothing comes between a look and a count.
 */
export class RateWindow {
  readonly #slots = new Float64Array(slotCount)
  #newest = 0
  #sum = 0
  /** The last slot in which something was counted. */
  #lastCounted = 0

  /** What was counted in the window that ends with this slot. Time never goes back. */
  sumAt(slot: number): number {
    if (slot > this.#newest) this.#advance(slot)
    return this.#sum
  }

  /** Adds to a slot, or takes from it; does nothing for a slot that has left the window. */
  add(slot: number, amount: number): void {
    if (slot > this.#newest) this.#advance(slot)
    if (slot <= this.#newest - slotCount) return
    const place = slot % slotCount
    this.#slots[place] = (this.#slots[place] ?? 0) + amount
    this.#sum += amount
    if (amount > 0 && slot > this.#lastCounted) this.#lastCounted = slot
  }

  /** How long until no more than `sum` is counted, if nothing is added. */
  msUntil(sum: number, nowMs: number): number {
    let left = this.sumAt(slotOf(nowMs))
    let readyMs = nowMs
    for (let slot = this.#newest - slotCount + 1; left > sum && slot <= this.#newest; slot += 1) {
      left -= this.#slotAt(slot)
      readyMs = (slot + slotCount) * rateSlotMs
    }
    return readyMs - nowMs
  }

  /** How long until nothing is counted any more, if nothing is added. At most a window too long. */
  msUntilEmpty(nowMs: number): number {
    if (this.sumAt(slotOf(nowMs)) === 0) return 0
    return Math.max(0, (this.#lastCounted + slotCount) * rateSlotMs - nowMs)
  }

  #slotAt(slot: number): number {
    return slot < 0 ? 0 : (this.#slots[slot % slotCount] ?? 0)
  }

  #advance(slot: number): void {
    if (slot - this.#newest >= slotCount) {
      this.#slots.fill(0)
      this.#sum = 0
    } else {
      for (let next = this.#newest + 1; next <= slot; next += 1) {
        const place = next % slotCount
        this.#sum -= this.#slots[place] ?? 0
        this.#slots[place] = 0
      }
    }
    this.#newest = slot
  }
}
