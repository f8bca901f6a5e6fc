import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { ContenderName } from '#bench/contenders/contender.ts'
import { startContender } from '#bench/contenders/start.ts'
import { measureRequests } from '#bench/parts/request.ts'
import { measureStreams } from '#bench/parts/stream.ts'
import { drawTable } from '#bench/report/table.ts'
import type { Run } from '#bench/run.ts'
import { reasonOf } from '#bench/unmeasurable.ts'

import { sharesOf, type CpuProfile, type ProfileShares, type ProfileWindow } from './cpu-profile.ts'

const sampleIntervalUs = 200
const functionsShown = 45
const ownFunctionsShown = 40
const areasShown = 20
/** A process under the profiler is never quiet: the sampling itself is work. */
const patience = { quietForMs: 500, timeoutMs: 2000 }
/** A thread that was busy for less than this share of the busiest one is not shown. */
const shareShown = 0.02

const profiled: readonly ContenderName[] = ['codelace-metadata', 'codelace-full', 'node-floor']

/**
 * Runs the contenders written in Node, one after the other, under Node's own profiler, and returns as
 * text where their time went: in each part, for each thread.
 */
export async function runProfile(run: Run): Promise<string> {
  const texts: string[] = []
  for (const name of profiled.filter((one) => run.options.contenders.includes(one))) {
    texts.push(await profileOne(run, name))
  }
  return `${texts.join('\n')}\n`
}

async function profileOne(run: Run, name: ContenderName): Promise<string> {
  const folder = join(run.surroundings.folder, `${name}-profile`)
  const profiles = join(folder, 'profiles')
  mkdirSync(profiles, { recursive: true })
  const nodeArguments = [
    '--cpu-prof',
    `--cpu-prof-dir=${profiles}`,
    `--cpu-prof-interval=${sampleIntervalUs}`,
  ]
  const contender = await startContender(name, { ...run.surroundings, folder, nodeArguments })
  const bench = { ...run.bench, patience }
  const windows: { part: string; window: ProfileWindow }[] = []
  const parts = [
    { part: 'request', measure: measureRequests },
    { part: 'stream', measure: measureStreams },
  ] as const
  try {
    for (const { part, measure } of parts) {
      if (!run.options.parts.includes(part)) continue
      // The first time compiles and warms; the second one is looked at.
      await measure(bench, contender)
      const fromUs = monotonicUs()
      const { values, failed } = await measure(bench, contender)
      windows.push({ part, window: { fromUs, toUs: monotonicUs() } })
      const throughput = values.requests_per_s
        ? `${Math.round(values.requests_per_s)} requests/s, `
        : ''
      bench.say(`${name} ${part}, profiled: ${throughput}${failed} failed`)
    }
  } finally {
    await contender.stop()
  }
  const threads = readProfiles(profiles)
  if (threads.length === 0) return `${name}: no profile was written; did the process end by itself?`
  return windows
    .flatMap(({ part, window }) => {
      const shares = threads
        .map((profile) => sharesOf(profile, window))
        .sort((left, right) => right.busyUs - left.busyUs)
      const most = shares[0]?.busyUs ?? 0
      return shares
        .filter((one) => one.busyUs > most * shareShown)
        .map((one, index) => describe(`${name}, ${part}, thread ${index + 1}`, one))
    })
    .join('\n')
}

/** The clock of the profiler's own stamps. */
function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1000n)
}

function readProfiles(folder: string): readonly CpuProfile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.cpuprofile'))
    .flatMap((name) => {
      try {
        return [JSON.parse(readFileSync(join(folder, name), 'utf8')) as CpuProfile]
      } catch (error) {
        process.stderr.write(`bench: ${name} cannot be read: ${reasonOf(error)}\n`)
        return []
      }
    })
}

function describe(title: string, { busyUs, areas, functions }: ProfileShares): string {
  const percent = (us: number): string => ((us / busyUs) * 100).toFixed(1)
  const areaRows = areas.slice(0, areasShown).map((one) => [one.name, percent(one.selfUs)])
  const functionRows = functions
    .slice(0, functionsShown)
    .map((one) => [one.name, percent(one.selfUs), percent(one.totalUs)])
  const ownRows = functions
    .filter(({ name }) => / {2}src\//.test(name))
    .sort((left, right) => right.totalUs - left.totalUs)
    .slice(0, ownFunctionsShown)
    .map((one) => [one.name, percent(one.totalUs), percent(one.selfUs)])
  return [
    `== ${title}: busy ${Math.round(busyUs / 1000)} ms`,
    drawTable([['area', 'self %'], ...areaRows]),
    '',
    drawTable([['function, by its own time', 'self %', 'total %'], ...functionRows]),
    '',
    drawTable([['function of the product, with all below', 'total %', 'self %'], ...ownRows]),
    '',
  ].join('\n')
}
