import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { nearNames } from './near-names.ts'

const models = [
  'openai/gpt-4o',
  'openai/gpt-4o-mini',
  'openai/gpt-4.1',
  'deepseek/deepseek-chat',
  'mistralai/mistral-large',
  'sim/echo',
  'sim/stream',
]

describe('near names', () => {
  it('finds a model by a name with letters left out, swapped, added or in the wrong case', () => {
    expect(nearNames('openai/gpt-4o-mni', models, 3)[0]).toBe('openai/gpt-4o-mini')
    expect(nearNames('deepseek/deepsekc-chat', models, 3)[0]).toBe('deepseek/deepseek-chat')
    expect(nearNames('SIM/ECHO', models, 3)[0]).toBe('sim/echo')
  })

  it('finds a model by its name without the author, and by a part of it', () => {
    expect(nearNames('gpt-4o', models, 2)).toEqual(['openai/gpt-4o', 'openai/gpt-4.1'])
    expect(nearNames('mistral', models, 1)).toEqual(['mistralai/mistral-large'])
  })

  it('suggests nothing when nothing is near, or nothing was asked', () => {
    expect(nearNames('anthropic/claude-opus', models, 3)).toEqual([])
    expect(nearNames('', models, 3)).toEqual([])
  })

  it('suggests a known name first for itself, and never more than asked', () => {
    fc.assert(
      fc.property(fc.constantFrom(...models), fc.nat({ max: 5 }), (name, countMax) => {
        const found = nearNames(name, models, countMax)
        expect(found.length).toBeLessThanOrEqual(countMax)
        if (countMax > 0) expect(found[0]).toBe(name)
      }),
    )
  })

  it('stays quick for a name of any length', () => {
    expect(nearNames('x'.repeat(1_000_000), models, 3)).toEqual([])
  })
})
