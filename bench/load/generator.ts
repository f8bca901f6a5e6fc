import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { onCores } from '#bench/processes/cores.ts'
import { Unmeasurable } from '#bench/unmeasurable.ts'

import type { LoadJob, ReportOf } from './jobs.ts'

/** The load generator, a process of its own. One job at a time. */
export interface LoadGenerator {
  /** Runs a job to its end. Throws `Unmeasurable` when the generator itself ends. */
  readonly run: <Job extends LoadJob>(job: Job) => Promise<ReportOf[Job['kind']]>
  readonly stop: () => void
}

/** Starts the load generator on the cores given. */
export function startLoadGenerator(cores: string | null): LoadGenerator {
  const program = fileURLToPath(new URL('program.ts', import.meta.url))
  const [command = '', ...rest] = onCores(cores, [process.execPath, program])
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  return {
    run(job) {
      return new Promise((resolve, reject) => {
        const ended = (): void => reject(new Unmeasurable('the load generator ended by itself'))
        child.once('exit', ended)
        lines.once('line', (line) => {
          child.removeListener('exit', ended)
          resolve(JSON.parse(line))
        })
        child.stdin.write(`${JSON.stringify(job)}\n`)
      })
    },
    stop: () => {
      child.kill()
    },
  }
}
