import { describe, expect, it } from 'vitest'

import { isFree } from '#domain/pricing.ts'

import { checkConfig } from './check-config.ts'
import { simulatedSlug, wellKnownModels, wellKnownProviders } from './well-known.ts'

const now = new Date('2026-10-01T12:00:00Z')
const allKeys = Object.fromEntries(
  wellKnownProviders.flatMap(({ apiKeyEnv }) => (apiKeyEnv ? [[apiKeyEnv, 'sk-test']] : [])),
)

describe('what codelace knows by itself', () => {
  it('names every model, alias, provider and variable once', () => {
    for (const names of [
      wellKnownModels.flatMap(({ id, aliases }) => [id, ...aliases]),
      wellKnownProviders.map(({ slug }) => slug),
      wellKnownProviders.flatMap(({ apiKeyEnv, baseUrlEnv }) => [apiKeyEnv, baseUrlEnv]),
    ]) {
      const given = names.filter((name) => name !== null)
      expect(new Set(given).size).toBe(given.length)
    }
  })

  it('refers to known providers only, each once for a model', () => {
    const slugs = new Set(wellKnownProviders.map(({ slug }) => slug))
    for (const { id, endpoints } of wellKnownModels) {
      const own = endpoints.map(({ provider }) => provider)
      expect(new Set(own).size, id).toBe(own.length)
      for (const slug of own) expect(slugs, id).toContain(slug)
    }
  })

  it('fits: no answer is longer than the context', () => {
    for (const { id, maxOutput, contextLength } of wellKnownModels) {
      expect(maxOutput, id).toBeLessThanOrEqual(contextLength)
    }
  })

  it('has a price for every endpoint of every model: with all keys, all of them are served', () => {
    const { catalogue, problems } = checkConfig({ path: null, environment: allKeys, now })
    expect(problems).toEqual([])
    const served = catalogue?.models.map(({ id, endpoints }) => [
      id,
      ...endpoints.map(({ provider }) => provider.slug),
    ])
    expect(served).toEqual(
      wellKnownModels.map(({ id, endpoints }) => [
        id,
        ...endpoints.map(({ provider }) => provider),
      ]),
    )
    const free = (catalogue?.models ?? [])
      .filter(({ endpoints }) => endpoints.some(({ price }) => isFree(price.sheet)))
      .map(({ id }) => id)
    expect(free).toEqual(['openai/omni-moderation'])
  })

  it('asks for a key wherever somebody else is asked', () => {
    for (const { slug, apiKeyEnv, baseUrl } of wellKnownProviders) {
      expect(apiKeyEnv === null, slug).toBe(slug === simulatedSlug)
      expect(baseUrl.startsWith('https://'), slug).toBe(slug !== simulatedSlug)
    }
  })

  it('says plainly which models are simulated', () => {
    for (const model of wellKnownModels) {
      const isSimulated = model.endpoints.some(({ provider }) => provider === simulatedSlug)
      expect(model.id.startsWith('sim/')).toBe(isSimulated)
      expect(/simulated/i.test(model.name)).toBe(isSimulated)
    }
  })
})
