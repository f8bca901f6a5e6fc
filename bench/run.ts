import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import type { Contender, ContenderName, Surroundings } from '#bench/contenders/contender.ts'
import { startContender } from '#bench/contenders/start.ts'
import type { Options, PartName } from '#bench/options.ts'
import { measureLatency } from '#bench/parts/latency.ts'
import type { Bench } from '#bench/parts/measuring.ts'
import { measureMemory } from '#bench/parts/memory.ts'
import { measureRequests } from '#bench/parts/request.ts'
import { measureSettlement } from '#bench/parts/settlement.ts'
import { measureStreams, measureTranslated } from '#bench/parts/stream.ts'
import type { Absence, Measurements, Sample } from '#bench/report/sample.ts'
import { threeDigits } from '#bench/report/table.ts'
import { reasonOf } from '#bench/unmeasurable.ts'

/** What a run has at hand. `folder` of the surroundings is the parent of the contenders' own. */
export interface Run {
  readonly bench: Bench
  readonly surroundings: Surroundings
  readonly options: Options
}

/** What a run gives: its numbers and the versions of everything that took part. */
export interface RunOutcome {
  readonly measurements: Measurements
  readonly versions: Readonly<Record<string, string>>
}

type Measure = (
  bench: Bench,
  contender: Contender,
) => Promise<Pick<Sample, 'values' | 'failed' | 'reason'>>

interface LoadedPart {
  readonly part: PartName
  readonly measure: Measure
  /** Of whom it says anything. */
  readonly takes: (contender: Contender) => boolean
}

const everybody = (): boolean => true
const gateways = ({ pid }: Contender): boolean => pid !== null
const translators = ({ name }: Contender): boolean => name.startsWith('codelace')

const loadedParts: readonly LoadedPart[] = [
  { part: 'request', measure: measureRequests, takes: gateways },
  { part: 'stream', measure: measureStreams, takes: everybody },
  { part: 'translated', measure: measureTranslated, takes: translators },
  { part: 'latency', measure: measureLatency, takes: everybody },
]

/** Runs every part that the options ask for. What cannot be measured becomes an absence, never an error. */
export async function runBenchmark(run: Run): Promise<RunOutcome> {
  const samples: Sample[] = []
  const absences: Absence[] = []
  const versions: Record<string, string> = {}
  const { options } = run
  if (loadedParts.some(({ part }) => options.parts.includes(part))) {
    const contenders = await startAll(run, absences)
    for (const contender of contenders) Object.assign(versions, contender.versions)
    try {
      await measureLoaded({ run, contenders, samples, absences })
    } finally {
      await Promise.all(contenders.map((contender) => contender.stop()))
    }
  }
  if (options.parts.includes('memory')) {
    for (let alternation = 1; alternation <= options.effort.alternations; alternation++) {
      await measureFresh({ run, alternation, samples, absences, versions })
    }
  }
  if (options.parts.includes('settlement')) await settle(run, samples, absences)
  return { measurements: { samples, absences }, versions }
}

async function startAll(run: Run, absences: Absence[]): Promise<readonly Contender[]> {
  const contenders: Contender[] = []
  for (const name of run.options.contenders) {
    const contender = await tryStart({ run, name, label: name, absences })
    if (contender) contenders.push(contender)
  }
  return contenders
}

interface Start {
  readonly run: Run
  readonly name: ContenderName
  /** The name of its folder. */
  readonly label: string
  readonly absences: Absence[]
}

async function tryStart({ run, name, label, absences }: Start): Promise<Contender | undefined> {
  const folder = join(run.surroundings.folder, label)
  mkdirSync(folder, { recursive: true })
  try {
    return await startContender(name, { ...run.surroundings, folder })
  } catch (error) {
    const reason = reasonOf(error)
    run.bench.say(`!!! ${name} is missing in these results: ${reason}`)
    if (!absences.some((absence) => absence.contender === name && absence.part === null)) {
      absences.push({ part: null, contender: name, reason })
    }
    return undefined
  }
}

interface Loaded {
  readonly run: Run
  readonly contenders: readonly Contender[]
  readonly samples: Sample[]
  readonly absences: Absence[]
}

/** Each alternation asks every contender, and begins with another one than the last. */
async function measureLoaded({ run, contenders, samples, absences }: Loaded): Promise<void> {
  const { options } = run
  for (const { part, measure, takes } of loadedParts) {
    if (!options.parts.includes(part)) continue
    const taking = contenders.filter(takes)
    for (let alternation = 1; alternation <= options.effort.alternations; alternation++) {
      for (let turn = 0; turn < taking.length; turn++) {
        const contender = taking[(turn + alternation - 1) % taking.length]
        if (!contender) continue
        await measureOnce({ run, part, measure, contender, alternation, samples, absences })
      }
    }
  }
}

interface Once {
  readonly run: Run
  readonly part: PartName
  readonly measure: Measure
  readonly contender: Contender
  readonly alternation: number
  readonly samples: Sample[]
  readonly absences: Absence[]
}

async function measureOnce(once: Once): Promise<void> {
  const { run, part, contender, alternation } = once
  try {
    const measured = await once.measure(run.bench, contender)
    once.samples.push({ part, contender: contender.name, alternation, ...measured })
    const turn = `${part} ${alternation}/${run.options.effort.alternations} ${contender.name}`
    run.bench.say(`${turn}: ${describeValues(measured.values)}`)
    if (measured.reason !== null) run.bench.say(`    ${measured.reason}`)
  } catch (error) {
    const reason = reasonOf(error)
    run.bench.say(`!!! ${part} of ${contender.name} could not be measured: ${reason}`)
    once.absences.push({ part, contender: contender.name, reason })
  }
}

interface Fresh {
  readonly run: Run
  readonly alternation: number
  readonly samples: Sample[]
  readonly absences: Absence[]
  readonly versions: Record<string, string>
}

/** Memory is that of a process that has served nothing before, so each contender starts anew. */
async function measureFresh(fresh: Fresh): Promise<void> {
  const { run, alternation, samples, absences, versions } = fresh
  for (const name of run.options.contenders) {
    if (name === 'direct') continue
    const label = `${name}-memory-${alternation}`
    const contender = await tryStart({ run, name, label, absences })
    if (!contender) continue
    Object.assign(versions, contender.versions)
    try {
      await measureOnce({
        run,
        part: 'memory',
        measure: measureMemory,
        contender,
        alternation,
        samples,
        absences,
      })
    } finally {
      await contender.stop()
    }
  }
}

async function settle(run: Run, samples: Sample[], absences: Absence[]): Promise<void> {
  const { bench, surroundings, options } = run
  const { alternations, settlementBatches } = options.effort
  const part = 'settlement'
  const contender = 'codelace-metadata'
  for (let alternation = 1; alternation <= alternations; alternation++) {
    try {
      const values = await measureSettlement(surroundings, settlementBatches)
      bench.say(`${part} ${alternation}/${alternations}: ${describeValues(values)}`)
      samples.push({ part, contender, alternation, values, failed: 0, reason: null })
    } catch (error) {
      const reason = reasonOf(error)
      bench.say(`!!! settlement could not be measured: ${reason}`)
      absences.push({ part, contender, reason })
      return
    }
  }
}

function describeValues(values: Sample['values']): string {
  const texts = Object.entries(values).map(
    ([name, value]) => `${name} ${value === null ? '-' : threeDigits(value)}`,
  )
  return texts.join('  ') || 'no values'
}
