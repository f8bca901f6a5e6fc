import { describe, expect, test } from 'vitest'

import { drawTable, threeDigits } from './table.ts'

describe('drawTable', () => {
  test('aligns names to the left and numbers to the right, under a rule', () => {
    const table = drawTable([
      ['what', 'nginx', 'codelace'],
      ['CPU us', '20', '61.5'],
      ['p50', '1.25', ''],
    ])
    expect(table.split('\n')).toEqual([
      'what    nginx  codelace',
      '-----------------------',
      'CPU us     20      61.5',
      'p50      1.25',
    ])
  })

  test('a row may be shorter than the others', () => {
    expect(drawTable([['a', 'b'], ['c']])).toBe('a  b\n----\nc')
  })

  test('nothing is drawn of nothing', () => {
    expect(drawTable([])).toBe('\n')
  })
})

test.each([
  [0, '0'],
  [0.01234, '0.0123'],
  [0.5, '0.500'],
  [4.561, '4.56'],
  [61.52, '61.5'],
  [123.4, '123'],
  [12_345.6, '12346'],
  [-1.5, '-1.50'],
  [0.000000123, '0.000000'],
])('%d is written with three digits that matter: %s', (value, text) => {
  expect(threeDigits(value)).toBe(text)
})
