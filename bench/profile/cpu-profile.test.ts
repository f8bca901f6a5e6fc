import { describe, expect, test } from 'vitest'

import { areaOf, placeOf, sharesOf, type CpuProfile, type ProfileNode } from './cpu-profile.ts'

function node(change: {
  id: number
  name: string
  url?: string
  children?: readonly number[]
}): ProfileNode {
  return {
    id: change.id,
    callFrame: { functionName: change.name, url: change.url ?? '', lineNumber: 9 },
    children: change.children ?? [],
  }
}

const serve = 'file:///somewhere/src/gateway/serve.ts'
const everything = { fromUs: 0, toUs: Number.POSITIVE_INFINITY }

/** serve calls itself, parse and write; each sample lasts until the next. */
const profile: CpuProfile = {
  nodes: [
    node({ id: 1, name: '(root)', children: [2, 3, 7] }),
    node({ id: 2, name: '(idle)' }),
    node({ id: 3, name: 'serve', url: serve, children: [4, 5] }),
    node({ id: 4, name: 'serve', url: serve, children: [6] }),
    node({ id: 5, name: 'write', url: 'node:internal/streams' }),
    node({ id: 6, name: 'parse' }),
    node({ id: 7, name: '(garbage collector)' }),
  ],
  startTime: 1000,
  endTime: 2000,
  samples: [2, 3, 4, 6, 5, 7, 2],
  timeDeltas: [0, 500, 10, 20, 30, 40, 50],
}

describe('sharesOf', () => {
  const shares = sharesOf(profile, everything)

  test('leaves idle time out', () => {
    expect(shares.busyUs).toBe(150)
    expect(shares.functions.map((share) => share.name)).not.toContain('(idle)')
  })

  test('adds a function up over all places that call it, and counts recursion once', () => {
    expect(shares.functions).toContainEqual({
      name: 'serve  src/gateway/serve.ts:10',
      selfUs: 30,
      totalUs: 100,
    })
  })

  test('puts the greatest self time first', () => {
    expect(shares.functions.map((share) => share.selfUs)).toEqual([50, 40, 30, 30])
  })

  test('adds up areas', () => {
    expect(shares.areas).toEqual([
      { name: '(garbage collector)', selfUs: 50, totalUs: 0 },
      { name: 'node', selfUs: 40, totalUs: 0 },
      { name: 'native', selfUs: 30, totalUs: 0 },
      { name: 'src/gateway', selfUs: 30, totalUs: 0 },
    ])
  })

  test('looks only at the samples of its window', () => {
    const window = { fromUs: 1510, toUs: 1530 }
    expect(sharesOf(profile, window).busyUs).toBe(20 + 30)
    expect(sharesOf(profile, { fromUs: 0, toUs: 10 })).toEqual({
      busyUs: 0,
      functions: [],
      areas: [],
    })
  })
})

test('places are short and do not tell where the project lies', () => {
  expect(placeOf(serve)).toBe('src/gateway/serve.ts')
  expect(placeOf('file:///a/node_modules/undici/lib/core/request.js')).toBe(
    'undici/lib/core/request.js',
  )
  expect(placeOf('file:///a/node_modules/b/node_modules/@c/d/e.js')).toBe('@c/d/e.js')
  expect(placeOf('node:net')).toBe('node:net')
})

test.each([
  [serve, 'x', 'src/gateway'],
  ['file:///a/node_modules/undici/lib/x.js', 'x', 'undici'],
  ['file:///a/node_modules/@c/d/lib/x.js', 'x', '@c/d'],
  ['node:net', 'x', 'node'],
  ['', 'writev', 'native'],
  ['', '(program)', '(program)'],
])('the area of %s %s is %s', (url, functionName, area) => {
  expect(areaOf({ functionName, url, lineNumber: 0 })).toBe(area)
})
