import { describe, expect, test } from 'vitest'

import { compare, find, type Question } from './comparisons.ts'
import type { Measurements, Sample } from './sample.ts'

function sample(change: Partial<Sample>): Sample {
  return {
    part: 'request',
    contender: 'nginx',
    alternation: 1,
    values: {},
    failed: 0,
    reason: null,
    ...change,
  }
}

const nginx: Question = { part: 'request', contender: 'nginx', metric: 'cpu_us_per_request' }
const codelace: Question = { ...nginx, contender: 'codelace-metadata' }

const measurements: Measurements = {
  samples: [
    sample({ alternation: 1, values: { cpu_us_per_request: 20 } }),
    sample({ alternation: 2, values: { cpu_us_per_request: 40 } }),
    sample({ alternation: 3, values: { cpu_us_per_request: 30 } }),
    sample({
      contender: 'codelace-metadata',
      alternation: 1,
      values: { cpu_us_per_request: 60 },
    }),
    sample({
      contender: 'codelace-metadata',
      alternation: 2,
      values: { cpu_us_per_request: 120 },
    }),
    sample({
      contender: 'codelace-full',
      alternation: 1,
      values: { cpu_us_per_request: null },
      reason: '12 of 13 failed',
    }),
  ],
  absences: [{ part: null, contender: 'portkey', reason: 'no registry' }],
}

const ratio = (left: number, right: number): number => left / right

describe('find', () => {
  test('gives the median of the alternations with its range', () => {
    expect(find(measurements, nginx)).toEqual({
      kind: 'measured',
      spread: { median: 30, min: 20, max: 40, count: 3 },
    })
  })

  test('another part or another metric is not mixed in', () => {
    expect(find(measurements, { ...nginx, part: 'stream' }).kind).toBe('unmeasured')
    expect(find(measurements, { ...nginx, metric: 'p50_ms' }).kind).toBe('unmeasured')
  })

  test('a number that is missing comes with its reason', () => {
    expect(find(measurements, { ...nginx, contender: 'codelace-full' })).toEqual({
      kind: 'unmeasured',
      reason: 'codelace-full: 12 of 13 failed',
    })
    expect(find(measurements, { ...nginx, contender: 'portkey' })).toEqual({
      kind: 'unmeasured',
      reason: 'portkey: no registry',
    })
    expect(find(measurements, { ...nginx, contender: 'direct' })).toEqual({
      kind: 'unmeasured',
      reason: 'direct: not in this run',
    })
  })
})

describe('compare', () => {
  test('takes both numbers of a ratio from the same alternation', () => {
    expect(compare(measurements, [codelace, nginx], ratio)).toEqual({
      kind: 'measured',
      spread: { median: 3, min: 3, max: 3, count: 2 },
    })
  })

  test('one missing side leaves no ratio, and the reason names that side', () => {
    const portkey: Question = { ...nginx, contender: 'portkey' }
    expect(compare(measurements, [codelace, portkey], ratio)).toEqual({
      kind: 'unmeasured',
      reason: 'portkey: no registry',
    })
  })

  test('a ratio to nothing is not a number, so it is not given', () => {
    const zero = {
      ...measurements,
      samples: measurements.samples.map((one) =>
        one.contender === 'nginx' ? { ...one, values: { cpu_us_per_request: 0 } } : one,
      ),
    }
    expect(compare(zero, [codelace, nginx], ratio).kind).toBe('unmeasured')
  })
})
