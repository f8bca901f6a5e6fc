import { fileURLToPath } from 'node:url'

import { describe, expect, test } from 'vitest'

import { codeRules } from './tidy/code-rules.ts'
import { importRules } from './tidy/import-rules.ts'
import { textRules } from './tidy/text-rules.ts'
import { plantTree, readTree, type Violation } from './tidy/tree.ts'

const tree = readTree(fileURLToPath(new URL('..', import.meta.url)))
const rules = [...importRules, ...textRules, ...codeRules]

function render(violations: readonly Violation[]): string[] {
  return violations.map(({ path, line, message }) => `${path}:${line} ${message}`)
}

describe('in this project', () => {
  test('there is something to judge', () => {
    expect(tree.files.length).toBeGreaterThan(20)
    expect(tree.packages).toContain('vitest')
  })

  test.each(rules)('$guarantee', ({ check }) => {
    expect(render(check(tree))).toEqual([])
  })
})

describe('a broken promise is found', () => {
  const planted = rules.flatMap((rule) => rule.planted.map((files) => ({ ...rule, files })))

  test.each(planted)('$guarantee: $files', ({ check, files }) => {
    expect(check(plantTree(files))).not.toEqual([])
  })
})

describe('what is lawful is left alone', () => {
  test.each(rules)('$guarantee', ({ check, lawful }) => {
    expect(render(check(plantTree(lawful)))).toEqual([])
  })
})
