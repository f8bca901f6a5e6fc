import { describe, expect, test } from 'vitest'

import { median, noiseOf, percentile, percentileOfSorted, spread } from './statistics.ts'

describe('percentile', () => {
  test('is a sample that was really seen, by nearest rank', () => {
    const samples = Array.from({ length: 100 }, (_, index) => 100 - index)
    expect(percentile(samples, 50)).toBe(50)
    expect(percentile(samples, 99)).toBe(99)
    expect(percentile(samples, 100)).toBe(100)
    expect(percentile(samples, 0)).toBe(1)
  })

  test('of one sample is that sample', () => {
    expect(percentile([7], 1)).toBe(7)
    expect(percentile([7], 99)).toBe(7)
  })

  test('sorts by value, not by text', () => {
    expect(percentile([10, 9, 100], 50)).toBe(10)
  })

  test('does not exist without samples', () => {
    expect(percentile([], 50)).toBeUndefined()
    expect(percentileOfSorted(new Float64Array(0), 50)).toBeUndefined()
  })
})

describe('median', () => {
  test('of an odd number is the middle one, of an even number the mean of the two', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 3, 2])).toBe(2.5)
  })

  test('leaves the samples as they were', () => {
    const samples = [3, 1, 2]
    median(samples)
    expect(samples).toEqual([3, 1, 2])
  })

  test('does not exist without samples', () => {
    expect(median([])).toBeUndefined()
  })
})

describe('spread', () => {
  test('reports the median with the least and the greatest sample', () => {
    expect(spread([5, 1, 3])).toEqual({ median: 3, min: 1, max: 5, count: 3 })
    expect(spread([])).toBeUndefined()
  })

  test('noise is the whole range as a share of the median, and never divides by zero', () => {
    expect(noiseOf({ median: 10, min: 9, max: 11, count: 3 })).toBeCloseTo(0.2)
    expect(noiseOf({ median: -10, min: -11, max: -9, count: 3 })).toBeCloseTo(0.2)
    expect(noiseOf({ median: 0, min: -1, max: 1, count: 3 })).toBe(0)
  })
})
