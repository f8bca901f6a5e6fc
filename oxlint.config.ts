import { defineConfig, type OxlintOverride } from 'oxlint'

import { rooms } from './rooms.ts'

/**
 * Lint is an allowlist: the `correctness` category, and the rules named below, each for one reason. A
 * rule is never switched off for a folder without the reason standing next to it. The borders between
 * rooms come from `rooms.ts`; what lint cannot see is in `test/tidy.test.ts`.
 */
const testFiles = ['**/*.test.{ts,tsx}', '**/*.conformance.ts', 'test/**/*.ts']

const parentImports = {
  group: ['../**', '..', './../**'],
  message: 'Write ./name.ts inside a folder and #room/path.ts across folders, never ../ .',
}

/** The message at a forbidden border says what is allowed instead. */
function bordersOf(room: string, allowed: readonly string[]): OxlintOverride {
  const names = [...Object.keys(rooms), 'test', 'catalog']
  const mayRead = (name: string) => name === 'catalog' && room === 'app'
  const forbidden = names.filter(
    (name) => name !== room && !allowed.includes(name) && !mayRead(name),
  )
  const list = allowed.map((name) => `#${name}`).join(', ') || 'no other room'
  const border = {
    group: forbidden.flatMap((name) => [`#${name}`, `#${name}/**`]),
    message: `${room} may import ${list}. What it needs beyond that is a rule (domain), a shape (contract) or a capability (ports): see rooms.ts.`,
  }
  return {
    files: room === 'web' ? ['web/**/*.{ts,tsx}'] : [`src/${room}/**/*.ts`],
    rules: { 'no-restricted-imports': ['error', { patterns: [border, parentImports] }] },
  }
}

export default defineConfig({
  plugins: ['eslint', 'typescript', 'unicorn', 'oxc', 'import', 'vitest'],
  categories: { correctness: 'error' },
  options: { typeAware: true, reportUnusedDisableDirectives: 'error' },
  env: { builtin: true, node: true },
  ignorePatterns: ['node_modules', '.codelace', 'coverage', 'bench/results', 'web/dist'],
  rules: {
    // An unawaited promise is a lost posting.
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/await-thenable': 'error',
    // A new state must be handled where states are told apart.
    'typescript/switch-exhaustiveness-check': [
      'error',
      { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
    ],
    // Types that can be switched off are no types.
    'typescript/no-explicit-any': 'error',
    'typescript/ban-ts-comment': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/consistent-type-imports': 'error',
    // What is thrown has a stack and a class.
    'typescript/only-throw-error': 'error',
    'typescript/prefer-promise-reject-errors': 'error',
    // The reader's first question is which of the two comparisons was meant.
    eqeqeq: 'error',
    'prefer-const': 'error',
    'no-var': 'error',
    'no-param-reassign': 'error',
    'no-console': 'error',
    // Size: what does not fit on a screen does not fit in a head.
    'max-lines': ['error', { max: 400, skipBlankLines: false, skipComments: false }],
    'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
    'max-params': ['error', { max: 4 }],
    // It does not know that a branded bigint is a bigint.
    'typescript/no-unsafe-unary-minus': 'off',
    // Flat lists of pairs (headers) are written one pair a line, as spreads.
    'unicorn/no-useless-spread': 'off',
    // One name for one thing, and imports that show the direction.
    'import/no-default-export': 'error',
    'import/no-cycle': 'error',
    'unicorn/prefer-node-protocol': 'error',
    'no-restricted-imports': ['error', { patterns: [parentImports] }],
  },
  overrides: [
    ...Object.entries(rooms).map(([room, law]) => bordersOf(room, law.rooms)),
    {
      // Pages: React's own rules, and those that keep a page usable without a mouse or without sight.
      files: ['web/**/*.{ts,tsx}'],
      plugins: ['eslint', 'typescript', 'unicorn', 'oxc', 'import', 'react', 'jsx-a11y'],
      env: { builtin: true, browser: true },
      rules: {
        'react/rules-of-hooks': 'error',
        'react/no-danger': 'error',
        'react/jsx-key': 'error',
        'react/button-has-type': 'error',
        // Markup is many short lines that do nothing: a component may be longer than a function.
        'max-lines-per-function': ['error', { max: 110, skipBlankLines: true, skipComments: true }],
        // Focus moves into a dialog when it opens: that is what a person who opened it expects.
        'jsx-a11y/no-autofocus': 'off',
        // Virtual rows are placed by hand, which a real table does not allow; axe judges the roles.
        'jsx-a11y/prefer-tag-over-role': 'off',
        'jsx-a11y/no-noninteractive-tabindex': 'off',
        // Rows are opened from the keyboard by the keys of the page.
        'jsx-a11y/click-events-have-key-events': 'off',
        // It is about a compiler that is not used here.
        'react/incompatible-library': 'off',
        // The router and event handlers take functions whose promise nobody needs.
        'typescript/no-misused-promises': ['error', { checksVoidReturn: false }],
      },
    },
    {
      // The rules of the domain take time and chance as arguments, so that a test can choose them.
      files: ['src/domain/**/*.ts'],
      rules: {
        'no-restricted-properties': [
          'error',
          { object: 'Date', property: 'now', message: 'Take the time as an argument (nowMs).' },
          { object: 'Math', property: 'random', message: 'Take RandomBytes as an argument.' },
        ],
      },
    },
    {
      // Tests and suites nest their cases in one callback, and may build what they test from real
      // adapters; which rooms they may reach is checked by test/tidy.test.ts.
      files: testFiles,
      rules: {
        'max-lines-per-function': 'off',
        // Random suites print their seed.
        'no-console': 'off',
        // A suite may keep its assertions in a function of its own, and `expect.fail()` is how a test
        // narrows a union.
        'vitest/expect-expect': 'off',
        'vitest/no-conditional-expect': 'off',
        'vitest/no-standalone-expect': 'off',
        // A title may be the name of the case.
        'vitest/valid-title': ['error', { ignoreTypeOfTestName: true }],
        // The second argument is the message: vitest takes it, the rule's origin does not.
        'vitest/valid-expect': ['error', { maxArgs: 2 }],
        'no-restricted-imports': ['error', { patterns: [parentImports] }],
      },
    },
    {
      // Programs for a terminal talk to the terminal.
      files: ['scripts/**', 'bench/**', 'src/app/**'],
      rules: { 'no-console': 'off' },
    },
    {
      // The tools that read these files demand a default export.
      files: ['*.config.ts', 'scripts/count-reporter.ts'],
      rules: { 'import/no-default-export': 'off' },
    },
  ],
})
