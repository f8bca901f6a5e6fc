import type { Clock } from '#ports/clock.ts'

/** Values by name, bounded in number and age. */
export interface AgingCache<Name, Value> {
  /** The value, loaded when it is not there. Callers at the same moment share one load; a failed load is forgotten. */
  readonly get: (name: Name, load: () => Promise<Value>) => Promise<Value>
  readonly remove: (name: Name) => void
}

/** When full, the value that was loaded longest ago makes room. */
export function createAgingCache<Name, Value>(limits: {
  readonly entriesMax: number
  readonly ageMsMax: number
  readonly clock: Pick<Clock, 'monotonicMs'>
}): AgingCache<Name, Value> {
  const entries = new Map<Name, { value: Promise<Value>; loadedAtMs: number }>()

  const store = (name: Name, value: Promise<Value>): void => {
    const entry = { value, loadedAtMs: limits.clock.monotonicMs() }
    entries.delete(name)
    entries.set(name, entry)
    const oldest = entries.keys().next()
    if (entries.size > limits.entriesMax && !oldest.done) entries.delete(oldest.value)
    value.catch(() => {
      if (entries.get(name) === entry) entries.delete(name)
    })
  }

  return {
    get: (name, load) => {
      const entry = entries.get(name)
      if (entry && limits.clock.monotonicMs() - entry.loadedAtMs < limits.ageMsMax) {
        return entry.value
      }
      const value = load()
      store(name, value)
      return value
    },
    remove: (name) => {
      entries.delete(name)
    },
  }
}
