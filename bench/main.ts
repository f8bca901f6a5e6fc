import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { startLoadGenerator } from '#bench/load/generator.ts'
import { parseOptions, usage, WrongOptions, type Options } from '#bench/options.ts'
import { fullPatience } from '#bench/parts/measuring.ts'
import { divideCores } from '#bench/processes/cores.ts'
import { dropAllDatabases } from '#bench/processes/database.ts'
import { killAllLaunched } from '#bench/processes/launch.ts'
import { describeCommit, describeMachine } from '#bench/processes/machine.ts'
import { runProfile } from '#bench/profile/run-profile.ts'
import { resultFileName, resultOf, type RunFacts } from '#bench/report/result.ts'
import { headlineTable, measuredTable, remarks } from '#bench/report/summary.ts'
import { runBenchmark, type Run, type RunOutcome } from '#bench/run.ts'
import { startUpstream } from '#bench/upstream/upstream.ts'

const productFolder = fileURLToPath(new URL('..', import.meta.url))
const resultsFolder = fileURLToPath(new URL('results', import.meta.url))
/** The type of a file system in memory: a journal there would be durable for nothing. */
const tmpfsMagic = 0x01021994
const busyLoad = 0.2

function say(line: string): void {
  process.stderr.write(`bench: ${line}\n`)
}

/** A folder of this run's own on a real disk: the cost of making a journal durable is part of the result. */
function makeFolder(): string {
  const inMemory = statfsSync(tmpdir()).type === tmpfsMagic
  const parent = inMemory ? join(productFolder, '.codelace') : tmpdir()
  mkdirSync(parent, { recursive: true })
  return mkdtempSync(join(parent, 'codelace-bench-'))
}

function notesOf(upstreamNote: string, load: number): readonly string[] {
  return [
    upstreamNote,
    'load generator, upstream, database and contender share this machine: trust ratios, not digits',
    ...(load > busyLoad
      ? [`the machine was busy before the run (load ${load.toFixed(2)}): numbers are not final`]
      : []),
  ]
}

/** Writes the results and returns what is to be printed. */
function report(facts: RunFacts, { measurements }: RunOutcome): string {
  const path = join(resultsFolder, resultFileName(facts))
  mkdirSync(resultsFolder, { recursive: true })
  writeFileSync(path, `${JSON.stringify(resultOf(facts, measurements), undefined, 2)}\n`)
  return [
    '',
    measuredTable(measurements, facts.options.contenders),
    '',
    headlineTable(measurements),
    '',
    ...[...facts.notes, ...remarks(measurements)].map((line) => `* ${line}`),
    '',
    `written to ${path}`,
    '',
  ].join('\n')
}

/** Runs it all in `folder` and returns what is to be printed. */
async function main(options: Options, folder: string): Promise<string> {
  const startedAt = new Date()
  const cores = divideCores()
  const machine = describeMachine(cores.note)
  const load = startLoadGenerator(cores.others)
  const upstream = await startUpstream(folder, cores)
  const { databaseUrl } = options
  const run: Run = {
    bench: { load, effort: options.effort, patience: fullPatience, say },
    surroundings: { upstream, cores, folder, databaseUrl, nodeArguments: [] },
    options,
  }
  try {
    if (options.profile) return await runProfile(run)
    const outcome = await runBenchmark(run)
    return report(
      {
        startedAt,
        finishedAt: new Date(),
        ...describeCommit(productFolder),
        machine,
        versions: { runtime: process.version, ...outcome.versions },
        options,
        notes: notesOf(upstream.note, machine.load_before),
      },
      outcome,
    )
  } finally {
    load.stop()
    await upstream.stop()
  }
}

/** Runs it all, and removes everything it made whatever happens, before anything is printed. */
async function runAndCleanUp(options: Options): Promise<string> {
  const folder = makeFolder()
  const leaveEarly = (): void => {
    killAllLaunched()
    void dropAllDatabases().finally(() => {
      rmSync(folder, { recursive: true, force: true })
      process.exit(130)
    })
  }
  process.once('SIGINT', leaveEarly).once('SIGTERM', leaveEarly)
  try {
    return await main(options, folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

try {
  const options = parseOptions(process.argv.slice(2), process.env)
  process.stdout.write(options.help ? usage : await runAndCleanUp(options))
} catch (error) {
  if (!(error instanceof WrongOptions)) throw error
  process.stderr.write(`bench: ${error.message}\n\n${usage}`)
  process.exitCode = 2
}
