import { parseArgs } from 'node:util'

import { contenderNames, type ContenderName } from '#bench/contenders/contender.ts'

/** The parts of the benchmark. */
export const partNames = [
  'request',
  'stream',
  'latency',
  'memory',
  'translated',
  'settlement',
] as const

/** The name of a part, as options and results write it. */
export type PartName = (typeof partNames)[number]

/** How much is done for each number. */
export interface Effort {
  readonly alternations: number
  /** The closed loop, for each contender in each alternation. */
  readonly requestMs: number
  /** Streams that each of the 200 clients reads, one after the other. */
  readonly streamsEach: number
  /** The open loop. */
  readonly latencyMs: number
  readonly heldStreams: number
  readonly settlementBatches: number
}

/** What to run. */
export interface Options {
  readonly parts: readonly PartName[]
  readonly contenders: readonly ContenderName[]
  readonly effort: Effort
  readonly quick: boolean
  /** Whether this is the whole benchmark, whose results may be compared with others. */
  readonly complete: boolean
  readonly profile: boolean
  readonly databaseUrl: string
  readonly help: boolean
}

/** The command line is wrong. The message says how. */
export class WrongOptions extends Error {
  override readonly name = 'WrongOptions'
}

const standard: Effort = {
  alternations: 3,
  requestMs: 6000,
  streamsEach: 3,
  latencyMs: 8000,
  heldStreams: 5000,
  settlementBatches: 60,
}

const quick: Effort = {
  alternations: 3,
  requestMs: 2000,
  streamsEach: 1,
  latencyMs: 3000,
  heldStreams: 5000,
  settlementBatches: 20,
}

/** Contenders that a run without `--contenders` has. */
const usualContenders = contenderNames.filter((name) => name !== 'node-floor')

/** What `--help` prints. */
export const usage = `npm run bench -- [options]

Measures codelace beside nginx and Portkey on this machine and prints one table.

  --quick               shorter measurements, more noise
  --only PARTS          some of: ${partNames.join(', ')}
  --contenders NAMES    some of: ${contenderNames.join(', ')}
                        (without this: all but node-floor)
  --alternations N      how often each contender is measured (3)
  --database URL        a PostgreSQL whose user may create databases
                        (or BENCH_DATABASE_URL; postgres://postgres@127.0.0.1:5432/postgres)
  --profile             runs codelace alone under Node's profiler and prints where its time goes

A run takes about fifteen minutes, a quick one about five. Numbers are only worth something on a
machine that does nothing else.
`

/** Reads the command line. Throws `WrongOptions`. */
export function parseOptions(
  commandLine: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Options {
  const values = parse(commandLine)
  const parts = chosen({ text: values.only, all: partNames, usual: partNames, option: '--only' })
  const contenders = chosen({
    text: values.contenders,
    all: contenderNames,
    usual: usualContenders,
    option: '--contenders',
  })
  const effort = values.quick ? quick : standard
  return {
    parts,
    contenders,
    effort: { ...effort, alternations: alternations(values.alternations, effort.alternations) },
    quick: values.quick,
    complete:
      !values.quick &&
      !values.profile &&
      parts.length === partNames.length &&
      usualContenders.every((name) => contenders.includes(name)),
    profile: values.profile,
    databaseUrl:
      values.database ??
      environment['BENCH_DATABASE_URL'] ??
      'postgres://postgres@127.0.0.1:5432/postgres',
    help: values.help,
  }
}

function parse(commandLine: readonly string[]) {
  try {
    return parseArgs({
      args: [...commandLine],
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string' },
        contenders: { type: 'string' },
        alternations: { type: 'string' },
        database: { type: 'string' },
        profile: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    }).values
  } catch (error) {
    throw new WrongOptions(error instanceof Error ? error.message : String(error))
  }
}

interface Choice<Name extends string> {
  readonly text: string | undefined
  readonly all: readonly Name[]
  readonly usual: readonly Name[]
  readonly option: string
}

function chosen<Name extends string>({ text, all, usual, option }: Choice<Name>): readonly Name[] {
  if (text === undefined) return usual
  const wanted = text.split(',').map((name) => name.trim())
  const unknown = wanted.filter((name) => !all.some((known) => known === name))
  if (unknown.length > 0) {
    throw new WrongOptions(`${option}: unknown ${unknown.join(', ')}; known: ${all.join(', ')}`)
  }
  return all.filter((name) => wanted.includes(name))
}

function alternations(text: string | undefined, usual: number): number {
  if (text === undefined) return usual
  const count = Number(text)
  if (!/^\d+$/.test(text) || count < 1 || count > 100) {
    throw new WrongOptions(`--alternations: ${text} is not a whole number from 1 to 100`)
  }
  return count
}
