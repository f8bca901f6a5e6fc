import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, expect, test } from 'vitest'

/** One file that breaks one lint rule. The rule's name is what must be reported for the file. */
const planted: readonly { rule: string; path: string; text: string }[] = [
  {
    rule: 'typescript(no-floating-promises)',
    path: 'src/gateway/floating.ts',
    text: 'async function settle() {}\nexport function end() {\n  settle()\n}\n',
  },
  {
    rule: 'typescript(no-misused-promises)',
    path: 'src/gateway/misused.ts',
    text: 'export function each(ids: string[]) {\n  ids.forEach(async () => {})\n}\n',
  },
  {
    rule: 'typescript(switch-exhaustiveness-check)',
    path: 'src/gateway/exhaustive.ts',
    text: "export function name(state: 'a' | 'b') {\n  switch (state) {\n    case 'a':\n      return 1\n  }\n  return 2\n}\n",
  },
  {
    rule: 'typescript(no-explicit-any)',
    path: 'src/gateway/any.ts',
    text: 'export const a = (b: any) => b\n',
  },
  {
    rule: 'typescript(ban-ts-comment)',
    path: 'src/gateway/ignore.ts',
    text: '// @ts-ignore\nexport const a = 1\n',
  },
  {
    rule: 'typescript(consistent-type-imports)',
    path: 'src/gateway/type-import.ts',
    text: "import { Room } from '#domain/room.ts'\nexport const a = (room: Room) => room\n",
  },
  {
    rule: 'eslint(eqeqeq)',
    path: 'src/gateway/equal.ts',
    text: 'export const a = (b: unknown) => b == 1\n',
  },
  {
    rule: 'eslint(prefer-const)',
    path: 'src/gateway/let.ts',
    text: 'export function a() {\n  let b = 1\n  return b\n}\n',
  },
  {
    rule: 'eslint(no-restricted-imports)',
    path: 'src/gateway/border.ts',
    text: "import { a } from '#control/keys.ts'\nexport const b = a\n",
  },
  {
    rule: 'eslint(no-restricted-imports)',
    path: 'src/control/border.ts',
    text: "import { a } from '#gateway/any.ts'\nexport const b = a\n",
  },
  {
    rule: 'eslint(no-restricted-imports)',
    path: 'src/gateway/credit/parent.ts',
    text: "import { a } from '../any.ts'\nexport const b = a\n",
  },
  {
    rule: 'eslint(no-restricted-properties)',
    path: 'src/domain/clock.ts',
    text: 'export const now = () => Date.now()\n',
  },
  {
    rule: 'eslint(no-restricted-properties)',
    path: 'src/domain/chance.ts',
    text: 'export const pick = () => Math.random()\n',
  },
  {
    rule: 'import(no-default-export)',
    path: 'src/gateway/default.ts',
    text: 'export default function a() {}\n',
  },
  {
    rule: 'import(no-cycle)',
    path: 'src/gateway/cycle-one.ts',
    text: "import { two } from './cycle-two.ts'\nexport const one = () => two\n",
  },
  {
    rule: 'eslint(max-lines)',
    path: 'src/gateway/long.ts',
    text: 'export const a = 1\n' + '// a line\n'.repeat(400),
  },
  {
    rule: 'eslint(max-lines-per-function)',
    path: 'src/gateway/long-function.ts',
    text: `export function a() {\n${'  process.title\n'.repeat(71)}}\n`,
  },
  {
    rule: 'eslint(max-params)',
    path: 'src/gateway/params.ts',
    text: 'export const f = (a: 1, b: 1, c: 1, d: 1, e: 1) => [a, b, c, d, e]\n',
  },
  { rule: 'eslint(no-console)', path: 'src/gateway/print.ts', text: "console.log('here')\n" },
]

const lawful = {
  'src/domain/room.ts': 'export interface Room {\n  readonly name: string\n}\n',
  'src/control/keys.ts': 'export const a = 1\n',
  'src/gateway/cycle-two.ts':
    "import { one } from './cycle-one.ts'\nexport const two = () => one\n",
  'src/gateway/long.test.ts':
    "import { test } from 'vitest'\n\ntest('long', () => {\n" +
    '  process.title\n'.repeat(80) +
    '})\n',
}

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'codelace-lint-'))
let reported: { code: string; filename: string }[] = []

beforeAll(() => {
  for (const name of ['oxlint.config.ts', 'rooms.ts', 'tsconfig.json', 'package.json']) {
    copyFileSync(join(root, name), join(folder, name))
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir')
  const files = [...planted.map(({ path, text }) => [path, text]), ...Object.entries(lawful)]
  for (const [path = '', text = ''] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const oxlint = join(root, 'node_modules', 'oxlint', 'bin', 'oxlint')
  const run = spawnSync(process.execPath, [oxlint, '--format', 'json'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}:${process.env['PATH']}` },
  })
  expect(run.status, run.stderr + run.stdout.slice(0, 500)).toBe(1)
  reported = JSON.parse(run.stdout).diagnostics
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each(planted)('lint finds $rule in $path', ({ rule, path }) => {
  const found = reported.filter(({ filename }) => filename === path).map(({ code }) => code)
  expect(found).toContain(rule)
})

test('a long test file function is not held against it', () => {
  expect(
    reported.filter(({ filename }) => filename === 'src/gateway/long.test.ts'),
  ).not.toContainEqual(expect.objectContaining({ code: 'eslint(max-lines-per-function)' }))
})
