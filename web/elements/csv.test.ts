import { expect, test } from 'vitest'

import { csvOf } from './csv.ts'

test('commas, quotes and line breaks stay within their cell', () => {
  expect(csvOf(['a', 'b'], [['1,2', 'say "x"\nand go']])).toBe(
    'a,b\r\n"1,2","say ""x""\nand go"\r\n',
  )
})

test.each(['=1+1', '+1', '-cmd', '@SUM(A1)', '\t=1', '\r=1', '\0=1', '=HYPERLINK("http://x")'])(
  'a cell that a spreadsheet would calculate stays text: %j',
  (text) => {
    const [, row = ''] = csvOf(['a'], [[text]]).split('a\r\n')
    expect(row.startsWith(`"'`)).toBe(true)
  },
)

test('a number stays a number, below zero too', () => {
  expect(csvOf(['a'], [['-4.5'], ['12']])).toBe('a\r\n-4.5\r\n12\r\n')
})
