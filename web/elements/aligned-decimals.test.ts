import { expect, test } from 'vitest'

import { alignedDecimals } from './aligned-decimals.ts'

test('decimals of one column end at the same place, and none of them loses a digit', () => {
  expect(alignedDecimals(['0.000018', '0.00008', '1'])).toEqual([
    '0.000018',
    '0.000080',
    '1.000000',
  ])
})

test('whole numbers alone stay as they are, and so does a column of nothing', () => {
  expect(alignedDecimals(['18', '4'])).toEqual(['18', '4'])
  expect(alignedDecimals([])).toEqual([])
})
