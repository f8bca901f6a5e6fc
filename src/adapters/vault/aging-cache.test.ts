import { beforeEach, expect, test } from 'vitest'

import { createAgingCache } from './aging-cache.ts'

let monotonicMs = 0
let loads: string[] = []
const makeCache = () =>
  createAgingCache<string, string>({
    entriesMax: 3,
    ageMsMax: 1000,
    clock: { monotonicMs: () => monotonicMs },
  })
const loader = (name: string) => async () => {
  loads.push(name)
  return name.toUpperCase()
}

beforeEach(() => {
  monotonicMs = 0
  loads = []
})

test('a value is loaded once and shared, also by those who ask while it loads', async () => {
  const cache = makeCache()
  const values = await Promise.all([cache.get('a', loader('a')), cache.get('a', loader('a'))])
  expect(values).toEqual(['A', 'A'])
  expect(await cache.get('a', loader('a'))).toBe('A')
  expect(loads).toEqual(['a'])
})

test('never more than the limit: the value loaded longest ago makes room', async () => {
  const cache = makeCache()
  for (const name of ['a', 'b', 'c', 'd']) await cache.get(name, loader(name))
  for (const name of ['b', 'c', 'd']) await cache.get(name, loader(name))
  expect(loads).toEqual(['a', 'b', 'c', 'd'])
  await cache.get('a', loader('a'))
  expect(loads).toEqual(['a', 'b', 'c', 'd', 'a'])
})

test('a value that is too old is loaded again', async () => {
  const cache = makeCache()
  await cache.get('a', loader('a'))
  monotonicMs = 999
  await cache.get('a', loader('a'))
  expect(loads).toEqual(['a'])
  monotonicMs = 1000
  await cache.get('a', loader('a'))
  expect(loads).toEqual(['a', 'a'])
})

test('a failed load is not remembered, and does not remove a newer value', async () => {
  const cache = makeCache()
  const failure = Promise.withResolvers<string>()
  const failed = cache.get('a', () => failure.promise)
  cache.remove('a')
  await cache.get('a', loader('a'))
  failure.reject(new TypeError('down'))
  await expect(failed).rejects.toThrow('down')
  expect(await cache.get('a', loader('a'))).toBe('A')
  expect(loads).toEqual(['a'])

  await expect(cache.get('b', () => Promise.reject(new TypeError('down')))).rejects.toThrow('down')
  expect(await cache.get('b', loader('b'))).toBe('B')
})
