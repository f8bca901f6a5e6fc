import { beforeEach, describe, expect, test } from 'vitest'

import { runProgram } from './program.ts'
import { coloursFor } from './terminal/colours.ts'

let out = ''
let err = ''
beforeEach(() => {
  out = ''
  err = ''
})

const run = (line: string) =>
  runProgram(
    line.split(' ').filter((word) => word !== ''),
    {
      environment: {},
      out: (text) => (out += text),
      note: (text) => (err += text),
      colours: coloursFor({}, {}),
    },
  )

describe('a command line that cannot be understood exits with 2', () => {
  test.each([
    '',
    'nonsense',
    '--nonsense',
    'accounts',
    'accounts nonsense',
    'accounts create',
    'accounts create a b',
    'accounts create a --content-mode some',
    'accounts list --limit 0',
    'accounts list --limit 201',
    'accounts list --limit many',
    'accounts list --nonsense',
    'accounts update acct_a',
    'accounts suspend acct_a',
    'credits grant acct_a',
    'credits grant acct_a 5 --kind gift',
    'credits grant acct_a 5 --priority high',
    'credits grant acct_a 5 --expires tomorrow',
    'credits grant acct_a 5 --expires 2027-13-01',
    'keys create acct_a',
    'keys create acct_a name --kind admin',
    'generations list --outcome won',
    'generations show',
    'prices show',
    'clients configure',
    'clients configure codex',
    'clients configure nobody --model a/b',
    'clients configure opencode --model a/b --protocol smoke',
    'setup now',
    'start now',
  ])('%j', async (line) => {
    expect(await run(line)).toBe(2)
    expect(out).toBe('')
    expect(err).toMatch(/error: |Usage: /)
  })
})

describe('help', () => {
  test.each([
    'accounts create',
    'accounts list',
    'accounts show',
    'accounts update',
    'accounts suspend',
    'accounts restore',
    'credits grant',
    'credits show',
    'keys create',
    'keys list',
    'keys revoke',
    'generations list',
    'generations show',
    'ledger verify',
    'prices history',
    'prices show',
    'prices diff',
    'config check',
    'clients configure',
    'setup',
  ])('of %s says what it takes, how to get JSON, and shows examples', async (line) => {
    expect(await run(`${line} --help`)).toBe(0)
    expect(err).toBe('')
    expect(out).toContain(`Usage: codelace ${line}`)
    expect(out).toContain('--json')
    expect(out).toContain(`$ codelace ${line}`)
  })

  test.each(['--help', 'help', 'help accounts', 'accounts --help', 'start --help'])(
    'asked for by "%s" is on standard output, and no failure',
    async (line) => {
      expect(await run(line)).toBe(0)
      expect(err).toBe('')
      expect(out).toContain('Usage: codelace')
    },
  )
})

test('a command that cannot do its part exits with 1 and names the next step', async () => {
  expect(await run('accounts list --url nonsense')).toBe(1)
  expect(out).toBe('')
  expect(err).toBe(
    'Error: "nonsense" is no address of a server.\nIt looks like http://127.0.0.1:8080\n',
  )
})
