import { randomInt } from 'node:crypto'

import { expect, test } from 'vitest'

import {
  addHistograms,
  countOf,
  emptyHistogram,
  type Histogram,
  measured,
  percentileOf,
} from './histogram.ts'

const of = (values: readonly number[]): Histogram => values.reduce(measured, emptyHistogram)

test('nothing measured has no percentile', () => {
  expect(percentileOf(emptyHistogram, 0.5)).toBeNull()
  expect(countOf(emptyHistogram)).toBe(0)
})

test('a percentile is within a fifth of the exact one, whatever was measured', () => {
  const seed = randomInt(2 ** 31)
  let state = seed
  const next = () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31
  for (let round = 0; round < 200; round += 1) {
    const values = Array.from({ length: 1 + Math.floor(next() * 300) }, () =>
      Math.floor(2 ** (next() * 21)),
    )
    const sorted = values.toSorted((left, right) => left - right)
    for (const part of [0.5, 0.9, 0.99, 1]) {
      const exact = sorted[Math.max(1, Math.ceil(values.length * part)) - 1] ?? 0
      const found = percentileOf(of(values), part) ?? Number.NaN
      expect(Math.abs(found - exact) / exact, `seed ${seed} round ${round}`).toBeLessThan(0.2)
    }
  }
})

test('the histogram of the whole is the sum of those of its parts', () => {
  const left = [0, 1, 5, 900, 70_000]
  const right = [3, 5, 1_000_000]
  expect(addHistograms(of(left), of(right))).toEqual(of([...left, ...right]))
  expect(addHistograms(of(right), of(left))).toEqual(of([...left, ...right]))
  expect(countOf(of([...left, ...right]))).toBe(8)
})
