import type { JsonObject } from './json-values.ts'
import { isObject } from './json-values.ts'

/**
 * How the simulated provider shall misbehave. A number is an HTTP status. Before the first byte:
 * `refused` (no connection), `reset` (connection lost), `silence` (nothing ever comes). Instead of an
 * answer: `html`, `bad-json`, `in-body` (an error object with status 200). After `errorAfterChunks` pieces
 * of a stream: `mid-stream` (an error event), `truncate` (an end without an end), `cut` (connection lost),
 * `stall` (nothing more comes).
 */
export type SimulatedError = number | (typeof errorNames)[number]

const errorNames = [
  'refused',
  'reset',
  'silence',
  'html',
  'bad-json',
  'in-body',
  'mid-stream',
  'truncate',
  'cut',
  'stall',
] as const

/** What a request may ask of the simulated provider, in its `sim` member or a `sim:` line of its text. */
export interface Controls {
  /** Between two pieces of a stream; null: the model's own. */
  readonly chunkDelayMs: number | null
  /** Before the first byte. */
  readonly firstByteDelayMs: number
  /** How many tokens the text shall have; null: the model's own. */
  readonly chunks: number | null
  /** False: none is sent. An object is sent as it is, however absurd. */
  readonly usage: boolean | JsonObject
  /** How many prompt tokens are reported as cached, at most all. */
  readonly cachedTokens: number
  /** Reported as reasoning, beside the text. */
  readonly reasoningTokens: number
  readonly finishReason: string | null
  readonly error: SimulatedError | null
  readonly errorAfterChunks: number
  readonly retryAfterSeconds: number | null
  /** How many of the tools are called; null: those the text asks for. */
  readonly toolCalls: number | null
  /** False: a stream ends without `[DONE]`. */
  readonly done: boolean
}

/** Nothing asked. */
const noControls: Controls = {
  chunkDelayMs: null,
  firstByteDelayMs: 0,
  chunks: null,
  usage: true,
  cachedTokens: 0,
  reasoningTokens: 0,
  finishReason: null,
  error: null,
  errorAfterChunks: 3,
  retryAfterSeconds: null,
  toolCalls: null,
  done: true,
}

/** The longest delay that may be asked for. */
export const delayMsMax = 600_000
/** The most pieces that may be asked for. */
const chunksMax = 10_000
const tokensMax = 1_000_000_000
const toolCallsMax = 100

type Check = (value: unknown) => boolean

const checks: Readonly<Record<keyof Controls, { readonly check: Check; readonly words: string }>> =
  {
    chunkDelayMs: wholeUpTo(delayMsMax),
    firstByteDelayMs: wholeUpTo(delayMsMax),
    chunks: wholeUpTo(chunksMax),
    usage: {
      check: (value) => typeof value === 'boolean' || isObject(value),
      words: 'false, true or an object',
    },
    cachedTokens: wholeUpTo(tokensMax),
    reasoningTokens: wholeUpTo(tokensMax),
    finishReason: { check: (value) => typeof value === 'string', words: 'a text' },
    error: {
      check: (value) => isStatus(value) || errorNames.some((name) => name === value),
      words: `an HTTP status from 400 to 599, or one of ${errorNames.join(', ')}`,
    },
    errorAfterChunks: wholeUpTo(chunksMax),
    retryAfterSeconds: wholeUpTo(86_400),
    toolCalls: wholeUpTo(toolCallsMax),
    done: { check: (value) => typeof value === 'boolean', words: 'true or false' },
  }

/** Either the controls, or a sentence about the first one that is wrong. */
export type ReadControls = { readonly controls: Controls } | { readonly complaint: string }

/** Reads the `sim` member of a body and the `sim:` lines of a text; the member wins. */
export function readControls(member: unknown, text: string): ReadControls {
  if (member !== undefined && !isObject(member)) return { complaint: '"sim" must be an object.' }
  const asked: Record<string, unknown> = { ...askedInText(text), ...member }
  for (const [name, value] of Object.entries(asked)) {
    if (!isControl(name)) {
      const known = Object.keys(checks).join(', ')
      return { complaint: `"sim.${name}" is not known; known are ${known}.` }
    }
    const { check, words } = checks[name]
    if (!check(value)) return { complaint: `"sim.${name}" must be ${words}.` }
  }
  return { controls: { ...noControls, ...asked } }
}

const simLine = /^[ \t]*sim:[ \t]*(.*)$/gim

/** The text without its `sim:` lines. */
export function withoutControls(text: string): string {
  return text.replace(simLine, '').trim()
}

function askedInText(text: string): Record<string, unknown> {
  const asked: Record<string, unknown> = {}
  if (!/sim:/i.test(text)) return asked
  for (const [, pairs = ''] of text.matchAll(simLine)) {
    for (const [, name = '', value = ''] of pairs.matchAll(/([A-Za-z]+)=(\S+)/g)) {
      asked[name] = plainValue(value)
    }
  }
  return asked
}

function plainValue(text: string): unknown {
  if (text === 'true') return true
  if (text === 'false') return false
  return /^\d+$/.test(text) ? Number(text) : text
}

function isControl(name: string): name is keyof Controls {
  return Object.hasOwn(checks, name)
}

function isStatus(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 400 && Number(value) <= 599
}

function wholeUpTo(most: number): { check: Check; words: string } {
  return {
    check: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most,
    words: `a whole number from 0 to ${most}`,
  }
}
