import type { AnswerItem } from './answer.ts'
import type { Delta } from './delta.ts'
import { isObject, listOf, numberOf, textOf } from './json.ts'
import type { JsonObject } from './request.ts'

/** A token that the model might have said, and the natural logarithm of its probability. */
interface Chance {
  readonly token: string
  readonly logprob: number
}

/** A token that the model said, how likely it was, and what was likely in its place. */
export interface TokenLogprob extends Chance {
  readonly top: readonly Chance[]
}

/** The list that chat completions and the Responses API have; what cannot be read is left out. */
export function readLogprobs(value: unknown): readonly TokenLogprob[] {
  return listOf(value).flatMap((entry) => {
    const chance = chanceOf(entry, 'logprob')
    if (chance === null || !isObject(entry)) return []
    return [{ ...chance, top: chancesOf(entry['top_logprobs'], 'logprob') }]
  })
}

/** The two lists of Gemini's `logprobsResult`: what was chosen, and what was likely at each place. */
export function readGeminiLogprobs(value: unknown): readonly TokenLogprob[] {
  if (!isObject(value)) return []
  const tops = listOf(value['topCandidates'])
  return chancesOf(value['chosenCandidates'], 'logProbability').map((chance, place) => {
    const top = tops[place]
    const candidates = isObject(top) ? top['candidates'] : []
    return { ...chance, top: chancesOf(candidates, 'logProbability') }
  })
}

function chancesOf(value: unknown, name: string): readonly Chance[] {
  return listOf(value).flatMap((entry) => chanceOf(entry, name) ?? [])
}

function chanceOf(entry: unknown, name: string): Chance | null {
  if (!isObject(entry)) return null
  const token = textOf(entry['token'])
  const logprob = numberOf(entry[name])
  return token === null || logprob === null ? null : { token, logprob }
}

/** Puts tokens on the last text among the pieces from a place on; those of no text are nothing. */
export function addLogprobs(
  deltas: Delta[],
  { from, tokens }: { readonly from: number; readonly tokens: readonly TokenLogprob[] },
): void {
  const place = deltas.findLastIndex(({ kind }) => kind === 'text')
  const text = deltas[place]
  if (tokens.length === 0 || place < from || text?.kind !== 'text') return
  deltas[place] = { ...text, logprobs: tokens }
}

/** Those of all texts of an answer, in order. */
export function logprobsIn(items: readonly AnswerItem[]): readonly TokenLogprob[] {
  return items.flatMap((item) => (item.kind === 'text' ? (item.logprobs ?? []) : []))
}

/** As chat completions and the Responses API write them. */
export function logprobsOf(tokens: readonly TokenLogprob[]): readonly JsonObject[] {
  return tokens.map(({ top, ...chance }) => ({
    ...withBytes(chance),
    top_logprobs: top.map(withBytes),
  }))
}

function withBytes({ token, logprob }: Chance): JsonObject {
  return { token, logprob, bytes: [...Buffer.from(token, 'utf8')] }
}

/** As Gemini writes them. */
export function geminiLogprobsOf(tokens: readonly TokenLogprob[]): JsonObject {
  const written = ({ token, logprob }: Chance) => ({ token, logProbability: logprob })
  return {
    chosenCandidates: tokens.map(written),
    topCandidates: tokens.map(({ top }) => ({ candidates: top.map(written) })),
  }
}

/** Their mean, as Gemini tells it of a whole answer; 0 for none. */
export function meanLogprob(tokens: readonly TokenLogprob[]): number {
  const sum = tokens.reduce((all, { logprob }) => all + logprob, 0)
  return tokens.length === 0 ? 0 : sum / tokens.length
}
