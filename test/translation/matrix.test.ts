import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { unreachable } from '#domain/faults.ts'

import { features } from './features.ts'
import { matrixPage, type MatrixCell } from './matrix-page.ts'
import { providerNames, startTranslationWorld, type TranslationWorld } from './translation-world.ts'

/**
 * Every client's own library against a provider of every protocol. What each cell gave is written to
 * `docs/protocols.md` with CODELACE_WRITE_DOCS=1; otherwise the page must say the same.
 */
const cells: MatrixCell[] = []
const clientNames = ['chat', 'responses', 'messages', 'gemini'] as const
const page = join(import.meta.dirname, '..', '..', 'docs', 'protocols.md')

describe.each(providerNames)('a provider that speaks %s', (protocol) => {
  let world: TranslationWorld
  beforeAll(async () => {
    world = await startTranslationWorld(protocol)
  })
  afterAll(() => world.close())

  describe.each(clientNames)('asked by a client of %s', (client) => {
    test.each(features)('$name', async (feature) => {
      const library = world.libraries.find(({ name }) => name === client)
      if (!library) return unreachable(client as never)
      world.upstream.received.length = 0
      const heards = await feature.check(world, library)
      const warnings = heards.flatMap(({ warnings: told }) => told.map(({ param }) => param))
      cells.push({ protocol, client, feature: feature.name, warnings: [...new Set(warnings)] })
    })
  })
})

test('the page of protocols says what was seen', () => {
  const text = matrixPage(cells)
  if (process.env['CODELACE_WRITE_DOCS'] === '1') writeFileSync(page, text)
  expect(readFileSync(page, 'utf8')).toBe(text)
})
