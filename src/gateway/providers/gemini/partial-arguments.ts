import { isObject, listOf, textOf } from '#gateway/canonical/json.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

/** No honest call has an array as long as this; a larger index is not followed. */
const arrayLengthMax = 10_000

/** The arguments of one call that come in pieces, each with its place. */
export interface PartialArguments {
  /** Takes `partialArgs` of one part. What cannot be placed is passed over. */
  readonly take: (pieces: unknown) => void
  /** JSON text of all arguments so far. */
  readonly text: () => string
}

type Container = Record<string, unknown> | unknown[]

/** Puts pieces such as `{jsonPath: "$.a[0].b", stringValue: "x", willContinue: true}` together. */
export function openPartialArguments(): PartialArguments {
  const root: Record<string, unknown> = Object.create(null)
  let openPath: string | null = null
  return {
    take(pieces) {
      for (const piece of listOf(pieces)) {
        if (!isObject(piece)) continue
        const path = textOf(piece['jsonPath'])
        if (path === null) continue
        place(root, { piece, path, continues: path === openPath })
        openPath = piece['willContinue'] === true ? path : null
      }
    },
    text: () => JSON.stringify(root),
  }
}

function place(
  root: Record<string, unknown>,
  { piece, path, continues }: { piece: JsonObject; path: string; continues: boolean },
): void {
  const steps = stepsOf(path)
  const last = steps.pop()
  if (last === undefined) return
  let container: Container | undefined = root
  for (const [index, step] of steps.entries()) {
    container = childOf(container, step, typeof (steps[index + 1] ?? last) === 'number')
    if (container === undefined) return
  }
  if (last === endOfArray) return
  const before = read(container, last)
  const value = valueOf(piece)
  if (value === undefined) return
  const isMore = continues && typeof before === 'string' && typeof value === 'string'
  write(container, last, isMore ? before + value : value)
}

/** `$.items[]` closes an array: alone it makes an empty one. */
const endOfArray = -1

function childOf(
  container: Container,
  step: string | number,
  isArray: boolean,
): Container | undefined {
  const child = read(container, step)
  if (Array.isArray(child) || isObject(child)) return child as Container
  const made: Container = isArray ? [] : Object.create(null)
  return write(container, step, made) ? made : undefined
}

function read(container: Container, step: string | number): unknown {
  return Array.isArray(container)
    ? typeof step === 'number'
      ? container[step]
      : undefined
    : container[step]
}

function write(container: Container, step: string | number, value: unknown): boolean {
  if (!Array.isArray(container)) {
    Object.defineProperty(container, String(step), {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    })
    return true
  }
  if (typeof step !== 'number' || step < 0 || step > container.length || step >= arrayLengthMax) {
    return false
  }
  container[step] = value
  return true
}

function valueOf(piece: JsonObject): unknown {
  if ('nullValue' in piece) return null
  return piece['stringValue'] ?? piece['numberValue'] ?? piece['boolValue']
}

/** The steps of `$.a['b c'][0].d`: names and indexes. */
function stepsOf(path: string): (string | number)[] {
  const steps: (string | number)[] = []
  for (const [, name, quoted, index] of path.matchAll(
    /\.([^.[\]]+)|\[['"]([^'"]*)['"]\]|\[(\d*)\]/g,
  )) {
    if (name !== undefined) steps.push(name)
    else if (quoted !== undefined) steps.push(quoted)
    else steps.push(index === undefined || index === '' ? endOfArray : Number(index))
  }
  return steps
}
