/**
 * The names closest to a mistyped one, best first, at most `countMax`, and none that is not close: within
 * a third of its letters, or containing it, or contained in it. Letter case, and everything before the
 * last slash where only one side has a slash, does not count. Costs one pass over the names.
 */
export function nearNames(
  wanted: string,
  names: Iterable<string>,
  countMax: number,
): readonly string[] {
  const target = simplify(wanted.slice(0, wantedLengthMax))
  if (target === '') return []
  const found: { name: string; distance: number }[] = []
  for (const name of names) {
    const distance = distanceBetween(target, simplify(name))
    if (distance !== undefined) found.push({ name, distance })
  }
  found.sort((left, right) => left.distance - right.distance || compareText(left.name, right.name))
  return found.slice(0, countMax).map((entry) => entry.name)
}

const wantedLengthMax = 100

function simplify(name: string): string {
  return name.toLowerCase()
}

function distanceBetween(target: string, name: string): number | undefined {
  if (target === name) return 0
  const both = target.includes('/') === name.includes('/')
  const left = both ? target : lastSegment(target)
  const right = both ? name : lastSegment(name)
  if (left === right) return 0.5
  const edits = editDistance(left, right)
  if (edits <= Math.max(1, Math.floor(Math.max(left.length, right.length) / 3))) return edits
  const [shorter, longer] = left.length < right.length ? [left, right] : [right, left]
  if (shorter.length >= 3 && longer.includes(shorter)) return longer.length
  return undefined
}

function lastSegment(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
function editDistance(left: string, right: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1]
      let best = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
      )
      if (isSwap({ left, right, row, column }))
        best = Math.min(best, at(beforeLast, column - 2) + 1)
      current.push(best)
    }
    beforeLast = last
    last = current
  }
  return at(last, right.length)
}

function isSwap(place: { left: string; right: string; row: number; column: number }): boolean {
  const { left, right, row, column } = place
  return (
    row > 1 &&
    column > 1 &&
    left[row - 1] === right[column - 2] &&
    left[row - 2] === right[column - 1]
  )
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
