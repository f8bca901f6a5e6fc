import { describe, expect, test } from 'vitest'

import { divideCores, onCores } from './cores.ts'

describe('divideCores', () => {
  test('gives the contender a core of its own', () => {
    expect(divideCores({ cores: 2, hasTaskset: true })).toMatchObject({
      contender: '0',
      others: '1',
    })
    expect(divideCores({ cores: 8, hasTaskset: true })).toMatchObject({
      contender: '0',
      others: '1-7',
    })
  })

  test('where it cannot, it says so', () => {
    const single = divideCores({ cores: 1, hasTaskset: true })
    expect(single).toMatchObject({ contender: null, others: null })
    expect(single.note).toContain('one core')
    const bare = divideCores({ cores: 4, hasTaskset: false })
    expect(bare).toMatchObject({ contender: null, others: null })
    expect(bare.note).toContain('taskset is missing')
  })
})

test('a command runs on the cores it is given, or as it is', () => {
  expect(onCores('1', ['node', 'x.ts'])).toEqual(['taskset', '-c', '1', 'node', 'x.ts'])
  expect(onCores(null, ['node', 'x.ts'])).toEqual(['node', 'x.ts'])
})
