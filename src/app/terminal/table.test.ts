import { expect, test } from 'vitest'

import { coloursFor } from './colours.ts'
import { renderPairs, renderTable } from './table.ts'

interface Row {
  readonly name: string
  readonly cost: string
}
const name = { title: 'name', value: (row: Row) => row.name }
const cost = { title: 'cost', value: (row: Row) => row.cost, right: true }

test('columns line up: text on the left, numbers on the right, no blanks at the end', () => {
  const rows = [
    { name: 'a', cost: '$12.5' },
    { name: 'longer', cost: '$3' },
  ]
  expect(renderTable([name, cost], rows)).toBe(
    ['NAME     COST', 'a       $12.5', 'longer     $3', ''].join('\n'),
  )
  expect(renderTable([cost, name], rows)).toBe(
    [' COST  NAME', '$12.5  a', '   $3  longer', ''].join('\n'),
  )
})

test('without rows there are the titles', () => {
  expect(renderTable([name, cost], [])).toBe('NAME  COST\n')
})

test('colour does not count as width', () => {
  const painted = { ...name, paint: (text: string) => `\u001b[31m${text}\u001b[39m` }
  expect(renderTable([painted, cost], [{ name: 'a', cost: '1' }])).toBe(
    'NAME  COST\n\u001b[31ma   \u001b[39m     1\n',
  )
})

test('wide characters count as two, combining ones as none', () => {
  const rows = [
    { name: '日本', cost: '1' },
    { name: 'e\u0301te', cost: '2' },
  ]
  expect(renderTable([name, cost], rows)).toBe('NAME  COST\n日本     1\ne\u0301te      2\n')
})

test('a control character in a name cannot drive the terminal', () => {
  const rows = [{ name: 'x\u001b[2J\ny', cost: '' }]
  expect(renderTable([name, cost], rows)).toBe('NAME     COST\nx�[2J�y\n')
  expect(renderPairs([['name', 'a\rb']])).toBe('name  a�b\n')
})

test('pairs line up', () => {
  expect(
    renderPairs([
      ['id', 'acct_1'],
      ['status', 'active'],
    ]),
  ).toBe('id      acct_1\nstatus  active\n')
})

test('colour is for terminals only, and NO_COLOR is honoured', () => {
  const red = (stream: { isTTY?: boolean }, environment: Record<string, string>) =>
    coloursFor(stream, environment).red('x')
  expect(red({ isTTY: true }, {})).toBe('\u001b[31mx\u001b[39m')
  expect(red({ isTTY: true }, { NO_COLOR: '' })).not.toBe('x')
  expect(red({ isTTY: true }, { NO_COLOR: '1' })).toBe('x')
  expect(red({ isTTY: true }, { TERM: 'dumb' })).toBe('x')
  expect(red({}, {})).toBe('x')
})
