import type { JsonScanLimits, JsonShape } from '#domain/json-members.ts'
import { jsonDepthMax, jsonNamesMax, jsonValuesMax } from '#domain/limits.ts'

/** How far a request body is read. */
export const requestJsonLimits: JsonScanLimits = {
  depthMax: jsonDepthMax,
  valuesMax: jsonValuesMax,
  namesMax: jsonNamesMax,
}

/** How far an upstream's answer is read: it may be large (log probabilities), but not endless. */
export const upstreamJsonLimits: JsonScanLimits = {
  depthMax: 512,
  valuesMax: 10_000_000,
  namesMax: 10_000_000,
}

/** What to change in an object. Each letter of a text is one byte. */
export interface JsonEdits {
  /** By member name (letters that JSON need not escape), the JSON text that replaces its value or is added as a new member. */
  readonly set: ReadonlyMap<string, string>
  /** Members to take out, but for those that are set. */
  readonly remove?: ReadonlySet<string>
}

/** Pieces of the result: texts as they are, and places of the original as pairs of from and to. */
type Pieces = (string | number)[]

/**
 * The object's bytes with the edits made; every byte that belongs to no edited member stays as it was.
 * New members follow the last one. A member that stands more than once is edited each time.
 */
export function editJson(bytes: Buffer, shape: JsonShape, edits: JsonEdits): Buffer {
  const pieces = piecesOf(shape, edits, 0, bytes.length)
  let length = 0
  for (let index = 0; index < pieces.length; index += 1) {
    const piece = pieces[index]
    if (typeof piece === 'string') length += piece.length
    else {
      index += 1
      length += Number(pieces[index]) - Number(piece)
    }
  }
  const edited = Buffer.allocUnsafe(length)
  let at = 0
  for (let index = 0; index < pieces.length; index += 1) {
    const piece = pieces[index]
    if (typeof piece === 'string') at += edited.write(piece, at, 'latin1')
    else {
      index += 1
      at += bytes.copy(edited, at, piece, Number(pieces[index]))
    }
  }
  return edited
}

/** The same for text of which each letter is one byte; `shape` may be that of a part of it. */
export function editJsonText(
  latin1: string,
  shape: JsonShape,
  edits: JsonEdits,
  part: { from: number; to: number } = { from: 0, to: latin1.length },
): string {
  const pieces = piecesOf(shape, edits, part.from, part.to)
  let edited = ''
  for (let index = 0; index < pieces.length; index += 1) {
    const piece = pieces[index]
    if (typeof piece === 'string') edited += piece
    else {
      index += 1
      edited += latin1.slice(piece, Number(pieces[index]))
    }
  }
  return edited
}

function piecesOf(shape: JsonShape, edits: JsonEdits, from: number, to: number): Pieces {
  const { members } = shape
  const pieces: Pieces = []
  /** Everything before it is in the pieces, or was left out. */
  let done = from
  let keptEnd = -1
  for (let index = 0; index < members.length; index += 1) {
    const member = members[index]
    if (!member) break
    const edit = edits.set.get(member.name)
    if (edit === undefined && edits.remove?.has(member.name)) {
      // With it goes the comma before it, or after it when it is the first that stays.
      const cutFrom = keptEnd === -1 ? member.start : keptEnd
      if (cutFrom > done) pieces.push(done, cutFrom)
      done = keptEnd === -1 ? (members[index + 1]?.start ?? member.end) : member.end
      continue
    }
    keptEnd = member.end
    if (edit === undefined) continue
    pieces.push(done, member.valueStart, edit)
    done = member.end
  }
  const end = members.at(-1)?.end ?? shape.close
  let separator = keptEnd === -1 ? '' : ','
  for (const [name, edit] of edits.set) {
    if (hasMember(shape, name)) continue
    if (end > done) pieces.push(done, end)
    done = Math.max(done, end)
    pieces.push(`${separator}"${name}":${edit}`)
    separator = ','
  }
  pieces.push(done, to)
  return pieces
}

function hasMember({ members }: JsonShape, name: string): boolean {
  for (const member of members) if (member.name === name) return true
  return false
}

/** JSON text of any value in ASCII alone, so that its length in bytes is its length in letters. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

const knownNames = new Map<string, string>()

/** `asciiJson` of a name from the catalogue: there are few, so each is written once. */
export function asciiName(name: string): string {
  const known = knownNames.get(name)
  if (known !== undefined) return known
  const text = asciiJson(name)
  knownNames.set(name, text)
  return text
}
