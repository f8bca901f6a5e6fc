import { describe, expect, test } from 'vitest'

import { csvLine } from './csv.ts'

describe('a line of CSV', () => {
  test('is what RFC 4180 says: commas, quotes and ends of lines stay inside their cell', () => {
    expect(csvLine(['a', 1, true, null, 'b,c', 'say "x"', 'two\nlines'])).toBe(
      'a,1,true,,"b,c","say ""x""","two\nlines"\r\n',
    )
  })

  test.each(['=1+1', '+1+1', '-1+1', '@SUM(A1)', '\t=1', '\r=1', '\0=1', ' =1', '=HYPERLINK("x")'])(
    '%j is text to a spreadsheet, and no formula',
    (cell) => {
      const [first = ''] = csvLine([cell]).replace(/^"/, '')
      expect(first).toBe("'")
    },
  )

  test('numbers stay numbers', () => {
    expect(csvLine(['-1', '0.25', 7, '-3.5'])).toBe('-1,0.25,7,-3.5\r\n')
  })
})
