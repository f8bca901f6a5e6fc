import { spawnSync } from 'node:child_process'

import { expect, test } from 'vitest'

/** What the server's own program does with these words; without them it would run until it is stopped. */
function serverProgram(...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['src/app/main.ts', ...words], {
    encoding: 'utf8',
    timeout: 60_000,
    // A server that starts after all is seen: it cannot, with a database that is none.
    env: { PATH: process.env['PATH'], DATABASE_URL: 'nothing' },
  })
  return { status, stdout, stderr }
}

test('the server asked for help prints it and ends without starting', () => {
  const { status, stdout, stderr } = serverProgram('--help')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toMatch(/^Usage: codelace start /)
  expect(stdout).toContain('CODELACE_CONFIG')
}, 120_000)

test.each([
  ['--prot=80', "error: unknown option '--prot=80'"],
  ['now', "error: too many arguments for 'start'"],
])(
  'the server refuses %s by name and does not start',
  (word, complaint) => {
    const { status, stdout, stderr } = serverProgram(word)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain(complaint)
  },
  120_000,
)
