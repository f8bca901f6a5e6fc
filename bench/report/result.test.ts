import { describe, expect, test } from 'vitest'

import { parseOptions } from '#bench/options.ts'

import { resultFileName, resultOf, type RunFacts } from './result.ts'
import type { Measurements, Sample } from './sample.ts'
import { headlineTable, measuredTable, remarks } from './summary.ts'

const facts: RunFacts = {
  startedAt: new Date('2026-11-22T09:00:00Z'),
  finishedAt: new Date('2026-11-22T09:15:00Z'),
  commit: 'abc1234',
  uncommittedChanges: false,
  machine: {
    processor: 'A processor',
    cores: 2,
    memory_mb: 4096,
    kernel: '6.1',
    pinning: 'pinned',
    load_before: 0.1,
  },
  versions: { node: '24.21.0' },
  options: parseOptions([], {}),
  notes: ['a note'],
}

function sample(change: Pick<Sample, 'part' | 'contender' | 'values'>): Sample {
  return { alternation: 1, failed: 0, reason: null, ...change }
}

const measurements: Measurements = {
  samples: [
    sample({ part: 'request', contender: 'nginx', values: { cpu_us_per_request: 20 } }),
    sample({
      part: 'request',
      contender: 'codelace-metadata',
      values: { cpu_us_per_request: 66.66666 },
    }),
    sample({
      part: 'request',
      contender: 'codelace-full',
      values: { cpu_us_per_request: 100 },
    }),
    sample({ part: 'stream', contender: 'codelace-metadata', values: { cpu_us_per_chunk: 40 } }),
    sample({
      part: 'translated',
      contender: 'codelace-metadata',
      values: { cpu_us_per_event: 60 },
    }),
    sample({ part: 'latency', contender: 'direct', values: { open_loop_p50_ms: 0.2 } }),
    sample({
      part: 'latency',
      contender: 'codelace-metadata',
      values: { open_loop_p50_ms: 0.7 },
    }),
    sample({ part: 'latency', contender: 'codelace-full', values: { open_loop_p50_ms: 0.9 } }),
    sample({
      part: 'memory',
      contender: 'codelace-metadata',
      values: { idle_rss_mb: 120, stream_kb: 40 },
    }),
  ],
  absences: [{ part: null, contender: 'portkey', reason: 'no registry' }],
}

/** The parts of the file that a reader of results relies on. */
interface ReadResult {
  readonly ratios: Record<string, number | null>
  readonly ratios_reasons: Record<string, string>
  readonly figures: Record<string, number | null>
  readonly figures_reasons: Record<string, string>
  readonly with_content: Record<string, number | null>
  readonly samples: readonly object[]
}

const result = JSON.parse(JSON.stringify(resultOf(facts, measurements))) as ReadResult

describe('a results file', () => {
  test('has exactly the ratios and figures that the goals name', () => {
    expect(Object.keys(result.ratios)).toEqual([
      'cpu_request_metadata_vs_nginx',
      'cpu_request_full_vs_nginx',
      'cpu_request_metadata_vs_portkey',
      'cpu_chunk_vs_nginx',
      'cpu_translated_event_vs_chunk',
    ])
    expect(Object.keys(result.figures)).toEqual([
      'added_p50_ms',
      'added_p99_ms',
      'ttft_added_p50_ms',
      'idle_rss_mb',
      'stream_kb',
      'settle_db_us',
    ])
  })

  test('gives measured values as numbers', () => {
    expect(result.ratios['cpu_request_metadata_vs_nginx']).toBe(3.333)
    expect(result.ratios['cpu_request_full_vs_nginx']).toBe(5)
    expect(result.figures['added_p50_ms']).toBe(0.5)
    expect(result.with_content['added_p50_ms']).toBe(0.7)
    expect(result.figures['idle_rss_mb']).toBe(120)
  })

  test('every null has its reason beside it, and nothing else has one', () => {
    for (const [values, reasons] of [
      [result.ratios, result.ratios_reasons],
      [result.figures, result.figures_reasons],
    ] as const) {
      const missing = Object.keys(values).filter((name) => values[name] === null)
      expect(Object.keys(reasons).sort()).toEqual(missing.sort())
    }
    expect(result.ratios_reasons['cpu_request_metadata_vs_portkey']).toBe('portkey: no registry')
    expect(result.ratios['cpu_translated_event_vs_chunk']).toBe(1.5)
  })

  test('keeps every sample, the machine, the versions and the commit', () => {
    expect(result.samples).toHaveLength(measurements.samples.length)
    expect(result).toMatchObject({
      complete: true,
      commit: 'abc1234',
      uncommitted_changes: false,
      started_at: '2026-11-22T09:00:00.000Z',
      machine: { cores: 2 },
      versions: { node: '24.21.0' },
    })
  })

  test('is named by date and commit, and never so when something was left out', () => {
    expect(resultFileName(facts)).toBe('2026-11-22-abc1234.json')
    const quick = { ...facts, options: parseOptions(['--quick'], {}) }
    expect(resultFileName(quick)).toBe('2026-11-22-abc1234-partial.json')
  })
})

describe('the printed tables', () => {
  test('show ratios to nginx under what they compare, and leave empty what was not measured', () => {
    const table = measuredTable(measurements, ['direct', 'nginx', 'codelace-metadata', 'portkey'])
    const rows = table.split('\n').map((line) => line.trim().split(/\s{2,}/))
    expect(rows).toContainEqual(['CPU us/request', '20.0', '66.7'])
    expect(rows).toContainEqual(['x nginx', '1.00', '3.33'])
    expect(rows).toContainEqual(['p50 ms at 500/s', '0.200', '0.700'])
    expect(table).not.toContain('TTFT')
  })

  test('judge each number by its goal and never fail for it', () => {
    const table = headlineTable(measurements)
    expect(table).toMatch(/cpu_request_metadata_vs_nginx +<= 4.00 +3.33 +\? +reached/)
    expect(table).toMatch(/added_p50_ms +<= 0.600 +0.500 +\? +reached +0.700 +\? +missed/)
    expect(table).toMatch(/cpu_chunk_vs_nginx +<= 2.50 +- +-/)
  })

  test('say why a contender is missing', () => {
    expect(remarks(measurements)).toContain('portkey: no registry')
  })
})
