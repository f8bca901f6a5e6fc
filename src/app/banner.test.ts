import { describe, expect, test } from 'vitest'

import { buildCatalogue } from '#domain/catalogue.ts'

import { banner, curlExample, modelFactsOf, welcome, type BannerFacts } from './banner.ts'
import { readConfiguration } from './read-configuration.ts'
import { coloursFor } from './terminal/colours.ts'

const colours = coloursFor({}, {})
const facts: BannerFacts = {
  url: 'http://127.0.0.1:8080',
  modelCount: 2,
  database: 'embedded',
  dataFolder: '.codelace',
  onlySimulated: true,
  exampleModel: 'sim/echo',
  listening: true,
}
const firstRun = {
  url: facts.url,
  api_key: 'cl_kSECRET',
  operator_token: 'cl_oSECRET',
  account_id: 'acct_a',
  email: 'you@codelace.test',
}

describe('the welcome', () => {
  const text = welcome(firstRun, facts, colours)

  test('has the address, the key, and a request to paste', () => {
    expect(text).toContain('codelace is listening on http://127.0.0.1:8080\n')
    expect(text).toContain('The dashboard: http://127.0.0.1:8080/app\n')
    expect(text).toContain('Sign in there as you@codelace.test: the code is printed here.\n')
    expect(text).toContain('$5.00 of demo credit')
    expect(text).toContain('cl_kSECRET')
    for (const line of curlExample(firstRun, 'sim/echo').split('\n')) expect(text).toContain(line)
  })

  test('says how to reach real models, unless they are there', () => {
    expect(text).toContain('OPENAI_API_KEY=sk-... npm start')
    expect(welcome(firstRun, { ...facts, onlySimulated: false }, colours)).not.toContain(
      'npm start',
    )
  })

  test('names no model that is not served: the simulated one may be off, and all others too', () => {
    const real = { ...facts, onlySimulated: false, exampleModel: 'openai/gpt-6' }
    const withReal = welcome(firstRun, real, colours)
    expect(withReal).toContain('{"model": "openai/gpt-6"')
    expect(withReal).not.toContain('sim/echo')
    const withNone = welcome(firstRun, { ...real, exampleModel: null }, colours)
    expect(withNone).not.toContain('curl')
    expect(withNone).toContain('No model is served yet. For real models, start codelace')
  })

  test('finds the model to try in what is served', () => {
    const none = buildCatalogue({ providers: [], models: [] })
    expect(modelFactsOf(none)).toEqual({ modelCount: 0, onlySimulated: false, exampleModel: null })
    const configured = readConfiguration({}, new Date(0)).catalogue
    expect(modelFactsOf(configured)).toMatchObject({
      onlySimulated: true,
      exampleModel: 'sim/echo',
    })
  })

  test('does not show the operator token: it can do more than most need', () => {
    expect(text).not.toContain('cl_oSECRET')
    expect(text).toContain('.codelace/first-run.json')
  })

  test('of an installation that was only prepared does not say that it listens', () => {
    const prepared = welcome(firstRun, { ...facts, listening: false }, colours)
    expect(prepared).toContain('codelace is prepared for http')
  })

  test('fits a terminal of 100 columns', () => {
    const longKey = { ...firstRun, api_key: `cl_k${'x'.repeat(36)}` }
    for (const line of welcome(longKey, facts, colours).split('\n')) {
      expect(line.length).toBeLessThanOrEqual(100)
    }
  })
})

describe('the banner of later starts', () => {
  test('is two lines without a secret', () => {
    expect(banner(facts, colours)).toBe(
      'codelace is listening on http://127.0.0.1:8080, the dashboard is at http://127.0.0.1:8080/app\n' +
        '2 models, all simulated · embedded database · data in .codelace\n',
    )
  })

  test('names what is there', () => {
    const text = banner(
      { ...facts, modelCount: 1, database: 'server', onlySimulated: false },
      colours,
    )
    expect(text).toContain('1 model · PostgreSQL ·')
  })
})
