import type { Target } from '#bench/load/jobs.ts'
import type { Cores } from '#bench/processes/cores.ts'
import type { Upstream } from '#bench/upstream/upstream.ts'

/** Everything that can stand between the load and the upstream. */
export const contenderNames = [
  'direct',
  'nginx',
  'node-floor',
  'codelace-metadata',
  'codelace-full',
  'portkey',
] as const

/** The name of a contender, as options and results write it. */
export type ContenderName = (typeof contenderNames)[number]

/**
 * What is asked: a whole answer; a stream at the pace of the streaming part; the same of an upstream that
 * speaks another protocol than the client; a stream so slow that thousands can be held open.
 */
export type TargetKind = 'answer' | 'stream' | 'translated_stream' | 'slow_stream'

/** One contender that runs and can be asked. */
export interface Contender {
  readonly name: ContenderName
  /** The root of its process tree; null when there is none (`direct`). */
  readonly pid: number | null
  /** Versions of what it is made of, for the results. */
  readonly versions: Readonly<Record<string, string>>
  readonly target: (kind: TargetKind) => Target
  /**
   * Milliseconds of processor time its database has used; null when it has none. Also makes sure that
   * the database stays off the contender's core, so it is asked before each measurement.
   */
  readonly databaseCpuMs: () => Promise<number | null>
  readonly stop: () => Promise<void>
}

/** What a contender needs to start. */
export interface Surroundings {
  readonly upstream: Upstream
  readonly cores: Cores
  /** A folder of its own, on a real disk, deleted after the run. */
  readonly folder: string
  /** A PostgreSQL whose user may create databases. */
  readonly databaseUrl: string
  /** Extra arguments of Node for the contender, for profiling. */
  readonly nodeArguments: readonly string[]
}
