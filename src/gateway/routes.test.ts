import { expect, test } from 'vitest'

import { gatewayRoutes } from '#contract/gateway-routes.ts'
import type { Route } from '#contract/route.ts'

import { exactPaths, routeOf } from './routes.ts'

const declared: readonly Route[] = Object.values(gatewayRoutes)

test.each(declared)('$id is served where it is declared', ({ method, path }) => {
  const route = routeOf(path.replaceAll(/\{\w+\}/g, 'a'))
  expect(route?.allow.split(', ')).toContain(method)
})

test('every address is declared, but for those that only tell whether anybody is there', () => {
  const paths = new Set<string>(declared.map(({ path }) => path))
  expect(exactPaths.length).toBeGreaterThan(20)
  expect(exactPaths.filter((path) => !paths.has(path))).toEqual(['/', '/api/hello'])
})

test('every method of an address is declared', () => {
  const methods = Map.groupBy(declared, ({ path }) => path)
  for (const [path, routes] of methods) {
    const route = routeOf(path.replaceAll(/\{\w+\}/g, 'a'))
    const served = route?.allow.split(', ').filter((name) => name !== 'HEAD' && name !== 'OPTIONS')
    expect(served?.toSorted(), path).toEqual(routes.map(({ method }) => method).toSorted())
  }
})
