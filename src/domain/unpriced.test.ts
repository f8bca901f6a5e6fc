import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { unpricedMembers } from './unpriced.ts'

describe('members that no price sheet covers', () => {
  it.each([
    [{ service_tier: 'priority' }, ['service_tier']],
    [{ web_search_options: {} }, ['web_search_options']],
    [{ search_parameters: { mode: 'auto' } }, ['search_parameters']],
    [{ plugins: [{ id: 'web' }] }, ['plugins']],
    [{ tools: [{ type: 'function' }, { type: 'web_search' }] }, ['tools[1]']],
    [{ tools: [{ type: 'browser_search' }] }, ['tools[0]']],
  ])('%j is named', (body, names) => {
    expect(unpricedMembers(body)).toEqual(names)
  })

  it.each([
    [{}],
    [null],
    [{ service_tier: 'auto' }],
    [{ service_tier: null }],
    [{ plugins: [] }],
    [{ web_search_options: null }],
    [{ tools: [{ type: 'openrouter:web_search' }] }],
    [{ tools: [{ type: 'function' }, { type: 'custom' }, { function: {} }, null] }],
  ])('%j has none', (body) => {
    expect(unpricedMembers(body)).toEqual([])
  })

  it('are looked for in any JSON without failing', () => {
    fc.assert(fc.property(fc.jsonValue(), (body) => Array.isArray(unpricedMembers(body))))
  })
})
