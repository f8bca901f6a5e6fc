import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { reasonOf, Unmeasurable } from './unmeasurable.ts'

describe('reasonOf', () => {
  test('is one line, and not a long one', () => {
    expect(reasonOf(new Unmeasurable('first\n  second'))).toBe('first second')
    expect(reasonOf('x'.repeat(1000))).toHaveLength(400)
  })

  test('does not tell where on this machine something lies', () => {
    const file = join(tmpdir(), 'nginx.conf')
    expect(reasonOf(new Unmeasurable(`cannot read ${file}`))).toBe('cannot read .../nginx.conf')
    expect(reasonOf(process.cwd())).toBe('...')
  })
})
