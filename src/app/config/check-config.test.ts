import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, it } from 'vitest'

import type { Model } from '#domain/catalogue.ts'
import { resolveModel } from '#domain/catalogue.ts'
import { isFree } from '#domain/pricing.ts'

import type { CheckedConfig } from './check-config.ts'
import { checkConfig, configFileBytesMax } from './check-config.ts'
import { configSchemaText } from './file-schema.ts'
import { describeProblem } from './problem.ts'
import type { Environment } from './providers.ts'

const folder = mkdtempSync(join(tmpdir(), 'codelace-config-'))
const path = join(folder, 'codelace.json')
afterAll(() => rmSync(folder, { recursive: true }))
const now = new Date('2026-10-01T12:00:00Z')

function check(file: unknown, environment: Environment = {}): CheckedConfig {
  const text = typeof file === 'string' ? file : JSON.stringify(file, null, 2)
  writeFileSync(path, text)
  return checkConfig({ path, environment, now })
}

function complaints(file: unknown, environment: Environment = {}): readonly string[] {
  const { problems, catalogue } = check(file, environment)
  expect(catalogue).toBeNull()
  return problems.map((problem) => describeProblem(problem).replace(`${path}:`, ''))
}

function modelOf({ problems, catalogue }: CheckedConfig, name: string): Model {
  expect(problems.map(describeProblem)).toEqual([])
  const model = catalogue && resolveModel(catalogue, name)
  if (!model) throw new RangeError(`no model ${name}`)
  return model
}

const up = { slug: 'up', baseUrl: 'https://up.example/v1/', apiKey: 'sk-up' }
const prices = { prompt: '0.15', completion: '0.6' }
const upEndpoint = { provider: 'up', upstreamModel: 'm', prices }
const one = { id: 'a/b', contextLength: 8192, maxOutput: 1024, endpoints: [upEndpoint] }

describe('a good configuration', () => {
  it('without a file serves the models of the keys in the environment', () => {
    const checked = checkConfig({ path: null, environment: { OPENAI_API_KEY: ' sk-x ' }, now })
    const model = modelOf(checked, 'gpt-4o-mini')
    expect(model).toMatchObject({ id: 'openai/gpt-4o-mini', contextLength: 128_000 })
    expect(model.endpoints[0]).toMatchObject({
      upstreamModel: 'gpt-4o-mini',
      provider: { slug: 'openai', baseUrl: 'https://api.openai.com/v1', apiKey: 'sk-x' },
      price: { sheet: { base: { prompt: 150_000n, completion: 600_000n, cacheRead: 75_000n } } },
    })
    const slugs = checked.catalogue?.providers.map(({ slug }) => slug)
    expect(slugs).toEqual(['openai', 'simulated'])
  })

  it('sends a known provider’s requests elsewhere where the environment says so', () => {
    const environment = { GROQ_API_KEY: 'k', GROQ_BASE_URL: 'http://proxy.internal:9/v1/' }
    const model = modelOf(checkConfig({ path: null, environment, now }), 'openai/gpt-oss-20b')
    expect(model.endpoints[0]?.provider.baseUrl).toBe('http://proxy.internal:9/v1')
  })

  it('of the file is read exactly, with comments and trailing commas', () => {
    const checked = check(
      `{
      // one provider
      "providers": [{ "slug": "up", "name": "Up", "kind": "compute", "protocol": "openai",
        "baseUrl": "https://up.example/v1", "apiKeyEnv": "UP_KEY",
        "dataPolicy": { "retentionDays": 0, "trains": false, "region": null } }],
      "models": [{ "id": "a/b", "name": "B", "contextLength": 8192, "maxOutput": 1024,
        "aliases": ["b"], "imageTokensMax": 99,
        "endpoints": [{ "provider": "up", "upstreamModel": "m", "prices": {
          "prompt": "0.000001", "completion": "1234567.5", "cacheRead": "0", "request": "0.0005",
          "tiers": [{ "minPromptTokens": 9, "prompt": "1", "completion": "2" }] } }] }],
    }`,
      { UP_KEY: 'sk-secret' },
    )
    const model = modelOf(checked, 'b')
    expect(model).toMatchObject({ id: 'a/b', name: 'B', maxOutput: 1024, imageTokensMax: 99 })
    expect(model.endpoints[0]).toMatchObject({
      provider: { apiKey: 'sk-secret', kind: 'compute', dataPolicy: { retentionDays: 0 } },
      price: {
        id: expect.stringMatching(/^price_[0-9a-f]{32}$/),
        sheet: {
          base: {
            prompt: 1n,
            completion: 1_234_567_500_000n,
            cacheRead: 0n,
            cacheWrite: 1n,
            request: 500_000_000n,
          },
          tiers: [{ minPromptTokens: 9, rates: { prompt: 1_000_000n, cacheRead: 0n } }],
        },
      },
    })
  })

  it('gives equal prices equal version ids, and others other ones', () => {
    const idOf = (own: object) =>
      modelOf(
        check({
          providers: [up],
          models: [{ ...one, endpoints: [{ ...upEndpoint, prices: own }] }],
        }),
        'a/b',
      ).endpoints[0]?.price.id
    const id = idOf(prices)
    expect(idOf({ ...prices, cacheRead: '0.150000' })).toBe(id)
    expect(idOf({ ...prices, cacheRead: '0.150001' })).not.toBe(id)
  })

  it('needs no more than a provider’s slug and address, and defaults the rest', () => {
    const bare = { providers: [{ slug: 'up', baseUrl: 'http://127.0.0.1:1/v1' }] }
    const { catalogue } = check({ ...bare, simulated: false })
    expect(catalogue).toMatchObject({
      providers: [
        {
          name: 'up',
          kind: 'model',
          protocol: 'openai',
          apiKey: null,
          dataPolicy: { retentionDays: null, trains: null, region: null },
        },
      ],
      models: [],
    })
  })

  it('takes limits and prices that are known from the lists', () => {
    const known = {
      id: 'my/mini',
      endpoints: [{ provider: 'openai', upstreamModel: 'gpt-4o-mini' }],
    }
    const model = modelOf(check({ models: [known] }, { OPENAI_API_KEY: 'k' }), 'my/mini')
    expect(model).toMatchObject({ contextLength: 128_000, maxOutput: 128_000 })
    expect(model.endpoints[0]?.price.sheet.base.prompt).toBe(150_000n)
  })

  it('lets the file’s word about a known model win over what is known', () => {
    const own = {
      id: 'openai/gpt-4o',
      endpoints: [{ provider: 'openai', upstreamModel: 'x', prices }],
    }
    const checked = check({ models: [own] }, { OPENAI_API_KEY: 'k' })
    const model = modelOf(checked, 'gpt-4o')
    expect(model.endpoints[0]).toMatchObject({ upstreamModel: 'x' })
    expect(model).toMatchObject({ name: 'GPT-4o', maxOutput: 16_384 })
    const ids = checked.catalogue?.models.map(({ id }) => id) ?? []
    expect(ids.filter((id) => id === 'openai/gpt-4o')).toHaveLength(1)
  })

  it('gives a name that the file uses to the file’s model', () => {
    const own = { ...one, aliases: ['gpt-4o'] }
    const checked = check({ providers: [up], models: [own] }, { OPENAI_API_KEY: 'k' })
    expect(modelOf(checked, 'gpt-4o').id).toBe('a/b')
    expect(modelOf(checked, 'openai/gpt-4o').aliases).toEqual([])
  })

  it('of a declared known provider serves only what the file says, unless it says more', () => {
    const openai = { slug: 'openai', baseUrl: 'https://eu.example/v1', apiKeyEnv: 'OPENAI_API_KEY' }
    const environment = { OPENAI_API_KEY: 'k' }
    const few = check({ simulated: false, providers: [openai] }, environment)
    expect(few.catalogue?.models).toEqual([])
    expect(few.catalogue?.providers).toHaveLength(1)
    const many = check({ providers: [{ ...openai, wellKnownModels: true }] }, environment)
    const [endpoint] = modelOf(many, 'gpt-4o').endpoints
    expect(endpoint?.provider.baseUrl).toBe('https://eu.example/v1')
  })

  it('may say that an endpoint is free', () => {
    const free = { provider: 'up', upstreamModel: 'm', free: true }
    const model = modelOf(
      check({ providers: [up], models: [{ ...one, endpoints: [free] }] }),
      'a/b',
    )
    expect(model.endpoints.every(({ price }) => isFree(price.sheet))).toBe(true)
  })
})

describe('the simulated models', () => {
  const served = (file: object, environment: Environment = {}) =>
    check(file, environment).catalogue?.models.map(({ id }) => id)

  it('are served where nothing says otherwise, with a price', () => {
    const sims = served({}) ?? []
    expect(sims.slice(0, 4)).toEqual(['sim/echo', 'sim/stream', 'sim/tools', 'sim/reason'])
    expect(sims.every((id) => id.startsWith('sim/'))).toBe(true)
    expect(served({ simulated: true }, { NODE_ENV: 'production' })).toEqual(sims)
    const [endpoint] = modelOf(check({}), 'sim/echo').endpoints
    expect(endpoint?.provider.baseUrl).toBe('simulated:')
    expect(endpoint && isFree(endpoint.price.sheet)).toBe(false)
  })

  it('are not served in production, or where the file says no', () => {
    expect(served({}, { NODE_ENV: 'production' })).toEqual([])
    expect(served({ simulated: false })).toEqual([])
  })
})

describe('every mistake is told, with its place', () => {
  const file = `{
  "simulatd": true,
  "providers": [
    { "slug": "up", "baseUrl": "http://up.example/v1", "apiKey": "a", "apiKeyEnv": "NOPE" },
    { "slug": "up", "baseUrl": "https://up.example/v1", "apiKeyEnv": "NOPE" },
    { "slug": "Bad slug", "baseUrl": 3, "apiKey": "two words", "dataPolicy": { "trains": 1 } }
  ],
  "models": [
    { "id": "a/b", "contextLength": 10, "maxOutput": 20, "aliases": ["x", "x"], "endpoints": [
      { "provider": "upp", "upstreamModel": "m", "prices": { "prompt": 2.5, "completion": "-1" } },
      { "provider": "up", "upstreamModel": "m" },
      { "provider": "up", "upstreamModel": "m", "free": true },
      { "provider": "groq", "upstreamModel": "m", "free": true }
    ] },
    { "id": "a/b", "endpoints": [] },
    { "id": "ab", "endpoints": [{ "provider": "up", "upstreamModel": "m",
      "prices": { "prompt": "0", "completion": "0", "request": "1e-3" } }] }
  ]
}`
  it('in one go, in the order of the file', () => {
    const decimal =
      'a decimal text in US dollars per million tokens with at most 6 decimals, such as "2.5"'
    expect(complaints(file)).toEqual([
      '2:3 simulatd: found a member that is not known here, expected one of $schema, simulated, ownCredentials, providers, models. Did you mean "simulated"?',
      '4:32 providers[0].baseUrl: found the text "http://up.example/v1", expected an address that starts with https://. Plain http shows keys and messages to the network; "allowInsecureHttp": true permits it.',
      '4:84 providers[0].apiKeyEnv: found the text "NOPE", expected either apiKeyEnv or apiKey, not both.',
      '5:15 providers[1].slug: found the text "up", expected a slug that no other provider has.',
      '5:70 providers[1].apiKeyEnv: found NOPE, which is not set in the environment, expected the name of an environment variable that holds the key.',
      '6:15 providers[2].slug: found the text "Bad slug", expected small letters, digits and hyphens, 1 to 40.',
      '6:38 providers[2].baseUrl: found the number 3, expected an address such as "https://api.example.com/v1".',
      '6:51 providers[2].apiKey: found a text that is not shown here, expected a key: visible characters on one line.',
      '6:90 providers[2].dataPolicy.trains: found the number 1, expected true, false, or null where unknown.',
      '9:54 models[0].maxOutput: found the number 20, expected at most contextLength, which is 10.',
      '9:75 models[0].aliases[1]: found the text "x", expected a name that no other model or alias has.',
      '10:21 models[0].endpoints[0].provider: found the text "upp", expected the slug of a provider of this file, or of one whose key is in the environment. Did you mean "up"?',
      `10:72 models[0].endpoints[0].prices.prompt: found the number 2.5, expected ${decimal}. Put the price in quotes, so that it is read exactly as written: "2.5".`,
      `10:91 models[0].endpoints[0].prices.completion: found the text "-1", expected ${decimal}.`,
      '11:7 models[0].endpoints[1].prices: found nothing, expected prices, or "free": true. No list price is known for "m" at up.',
      '12:21 models[0].endpoints[2].provider: found the text "up", expected each provider once for a model.',
      '13:21 models[0].endpoints[3].provider: found the text "groq", expected the slug of a provider of this file, or of one whose key is in the environment. Set GROQ_API_KEY, or declare the provider.',
      '15:5 models[1].contextLength: found nothing, expected the longest prompt and answer together, in tokens: it is not known for this model.',
      '15:13 models[1].id: found the text "a/b", expected a name that no other model has.',
      '15:33 models[1].endpoints: found a list of 0, expected a list with at least one endpoint.',
      '16:5 models[2].contextLength: found nothing, expected the longest prompt and answer together, in tokens: it is not known for this model.',
      '16:13 models[2].id: found the text "ab", expected a name of the form "author/slug".',
      '17:64 models[2].endpoints[0].prices.request: found the text "1e-3", expected a decimal text in US dollars per request with at most 12 decimals, such as "0.005".',
    ])
  })

  it.each([
    ['', '1:1: found the end of the file'],
    ['{"models": [,]}', 'found the text ",]}", expected a value'],
    ['{"models": []', 'expected a closing brace'],
    ["{'models': []}", 'expected'],
    ['[]', 'found a list of 0, expected an object with providers and models'],
    ['{"models": [], "models": []}', 'models: found a second member with this name'],
    ['{"models": [3]}', 'models[0]: found the number 3, expected an object with id and endpoints'],
    ['{"models": {}}', 'models: found an object, expected a list of models'],
    ['{"simulated": "no"}', 'simulated: found the text "no", expected true or false'],
  ])('%s', (text, words) => {
    expect(complaints(text).join('\n')).toContain(words)
  })

  it('about the file itself', () => {
    const ask = (file: string) => checkConfig({ path: file, environment: {}, now }).problems
    expect(ask(join(folder, 'none'))).toMatchObject([{ found: 'no such file', line: null }])
    expect(ask(folder)).toMatchObject([{ found: 'a folder' }])
    writeFileSync(path, Buffer.from([0x7b, 0xff, 0x7d]))
    expect(ask(path)).toMatchObject([{ expected: 'a text in UTF-8' }])
    writeFileSync(path, ' '.repeat(configFileBytesMax + 1))
    expect(ask(path)).toMatchObject([{ found: `${configFileBytesMax + 1} bytes` }])
  })

  it('about prices that would serve something for nothing', () => {
    const withPrices = (own: object) =>
      complaints({
        providers: [up],
        models: [{ ...one, endpoints: [{ ...upEndpoint, ...own }] }],
      }).join('\n')
    const zero = { prompt: '0', completion: '0.000000' }
    expect(withPrices({ prices: zero })).toContain('found prices that are all zero')
    expect(withPrices({ free: true })).toContain('either prices or "free": true')
    expect(withPrices({ prices: undefined, free: false })).toContain('expected prices, or "free"')
    expect(withPrices({ prices: { prompt: '1' } })).toContain('completion: found nothing')
    expect(withPrices({ prices: { ...prices, cacheRead: '0.0000001' } })).toContain('6 decimals')
    expect(withPrices({ prices: { ...prices, prompt: '12345678' } })).toContain('prices.prompt')
    const tiers = [7, 7].map((minPromptTokens) => ({ minPromptTokens, ...prices }))
    expect(withPrices({ prices: { ...prices, tiers } })).toContain('more than in the tier before')
  })

  it.each([
    ['ftp://up.example', 'starts with https://'],
    ['up.example/v1', 'starts with https://'],
    ['https://name:word@up.example/v1', 'without a user name or password'],
    ['https://up.example/v1?a=b', 'without ? or #'],
    ['https://up.example/v1/chat/completions', 'the address before /chat/completions'],
    ['http://localhost.example.com', 'starts with https://'],
    ['simulated:', 'starts with https://'],
  ])('about the address %s', (baseUrl, words) => {
    expect(complaints({ providers: [{ slug: 'up', baseUrl }] }).join()).toContain(words)
  })

  it('about simulated addresses where nothing is to be simulated', () => {
    const providers = ['anthropic', 'bedrock', 'gemini', 'responses'].map((name) => ({
      slug: `my-${name}`,
      baseUrl: `simulated:${name}`,
    }))
    expect(check({ providers }).problems).toEqual([])
    expect(complaints({ providers }, { NODE_ENV: 'production' }).join()).toContain(
      'as "simulated" is not true here',
    )
    const told = { simulated: true, providers }
    expect(check(told, { NODE_ENV: 'production' }).problems).toEqual([])
  })

  it('but not about plain http to this machine, or where it is allowed', () => {
    for (const provider of [
      { baseUrl: 'http://127.0.0.1:1234/v1' },
      { baseUrl: 'http://[::1]:1234' },
      { baseUrl: 'http://localhost:11434/v1' },
      { baseUrl: 'http://up.internal/v1', allowInsecureHttp: true },
    ]) {
      expect(check({ providers: [{ slug: 'up', ...provider }] }).problems).toEqual([])
    }
  })

  it('about keys and addresses in the environment, without showing the key', () => {
    const environment = { OPENAI_API_KEY: 'sk-se cret', OPENAI_BASE_URL: 'nowhere' }
    const told = complaints({}, environment)
    expect(told).toEqual([
      'OPENAI_API_KEY: found a text that is not shown here, expected a key: visible characters on one line.',
      'OPENAI_BASE_URL: found "nowhere", expected an address that starts with https://.',
    ])
    const named = { slug: 'up', baseUrl: 'https://up.example', apiKeyEnv: 'UP_KEY' }
    expect(complaints({ providers: [named] }, { UP_KEY: 'sk-se\ncret' }).join()).not.toMatch(/cret/)
  })

  it('about the name of the built-in provider', () => {
    const taken = { slug: 'simulated', baseUrl: 'https://up.example' }
    expect(complaints({ providers: [taken] }).join()).toContain('another slug')
  })

  it('and never shows a key of the file', () => {
    const { problems } = check({ providers: [{ ...up, apiKey: 'sk-very secret', kind: 'x' }] })
    expect(problems.length).toBe(2)
    expect(JSON.stringify(problems)).not.toContain('secret')
  })
})

describe('the published schema', () => {
  it('is the one that files are checked with (codelace config check --schema writes it)', () => {
    const published = new URL('../../../docs/config.schema.json', import.meta.url)
    const read = (text: string): unknown => JSON.parse(text)
    expect(read(readFileSync(published, 'utf8'))).toEqual(read(configSchemaText()))
  })
})
