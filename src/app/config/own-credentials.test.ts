import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, test } from 'vitest'

import { resolveModel } from '#domain/catalogue.ts'

import { checkConfig } from './check-config.ts'
import { describeProblem } from './problem.ts'

const folder = mkdtempSync(join(tmpdir(), 'codelace-own-'))
afterAll(() => rmSync(folder, { recursive: true }))

function check(file: object, environment: Readonly<Record<string, string>> = {}) {
  const path = join(folder, 'codelace.json')
  writeFileSync(path, JSON.stringify(file))
  const { catalogue, problems } = checkConfig({ path, environment, now: new Date('2026-10-01') })
  return { catalogue, problems: problems.map(describeProblem).join('\n') }
}

test('nothing said is no fee, no inner address, and the usual port', () => {
  expect(check({}).catalogue?.ownCredentials).toEqual({
    ...{ feePartsPerMillion: 0, openedRanges: [], ports: [443] },
  })
})

test.each([
  ['0', 0],
  ['5', 50_000],
  ['5.5', 55_000],
  ['0.0001', 1],
  ['100', 1_000_000],
])('a fee of %s %% is %s parts in a million, exactly', (feePercent, parts) => {
  const { catalogue } = check({ ownCredentials: { feePercent } })
  expect(catalogue?.ownCredentials?.feePartsPerMillion).toBe(parts)
})

test('a known provider without a key is served to those who bring one', () => {
  const { catalogue } = check(
    { ownCredentials: { providers: ['anthropic', 'openai'] } },
    {
      ...{ OPENAI_API_KEY: 'sk-of-the-house' },
    },
  )
  const lacking = catalogue?.providers.filter((one) => one.needsOwnCredential)
  expect(lacking).toMatchObject([{ slug: 'anthropic', apiKey: null, protocol: 'anthropic' }])
  const model = catalogue?.models.find(({ id }) => id.startsWith('anthropic/'))
  expect(model?.endpoints[0]?.provider.needsOwnCredential).toBe(true)
  const served = catalogue && resolveModel(catalogue, 'openai/gpt-4o-mini')
  expect(served?.endpoints[0]?.provider.needsOwnCredential).toBeUndefined()
})

test.each([
  ['"feePercent"', { feePercent: 5 }, 'a percentage as decimal text'],
  ['"feePercent"', { feePercent: '101' }, 'from "0" to "100"'],
  ['"feePercent"', { feePercent: '0.00001' }, 'at most 4 decimals'],
  ['providers', { providers: ['antropic'] }, 'Did you mean "anthropic"?'],
  ['providers', { providers: ['openai', 'openai'] }, 'each provider once'],
  ['openedRanges', { openedRanges: ['10.0.0.1/8'] }, 'an address or range'],
  ['ports', { ports: [0] }, 'a port from 1 to 65535'],
  ['ports', { ports: [] }, 'at least one port'],
  ['an unknown member', { fee: '5' }, 'Did you mean'],
])('a mistake in %s stops the start and is told: %j', (_, ownCredentials, words) => {
  const { catalogue, problems } = check({ ownCredentials })
  expect(catalogue).toBeNull()
  expect(problems).toContain('ownCredentials')
  expect(problems).toContain(words)
})
