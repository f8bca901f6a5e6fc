import { describe, expect, test } from 'vitest'

import { buildCatalogue, type Model, type Provider } from './catalogue.ts'
import type { OpenedCredential, OwnCredential } from './own-credentials.ts'
import { lastFourOf } from './own-credentials.ts'
import { ownEndpointOf, ownProviderChoices, ownProviderOf } from './own-providers.ts'
import { freeSheet } from './price-sheets.ts'

const provider = (more: Partial<Provider>): Provider => ({
  ...{ slug: 'openai', name: 'OpenAI', kind: 'model', protocol: 'openai' },
  ...{ baseUrl: 'https://api.openai.example/v1', apiKey: 'sk-of-the-house' },
  dataPolicy: { retentionDays: 0, trains: false, region: 'us' },
  ...more,
})
const openai = provider({ alsoSpeaks: ['openai-responses'] })
const bedrock = provider({
  ...{ slug: 'bedrock', name: 'Amazon Bedrock', protocol: 'bedrock' },
  baseUrl: 'https://bedrock-runtime.us-east-1.amazonaws.com',
})
const google = provider({ slug: 'google', name: 'Google', protocol: 'gemini' })
const model: Model = {
  ...{ id: 'openai/small', name: 'Small', description: '', createdAtSeconds: 0, aliases: [] },
  ...{ contextLength: 1_000, maxOutput: 100 },
  ...{ inputModalities: ['text'], outputModalities: ['text'] },
  endpoints: [
    { provider: openai, upstreamModel: 'small-1', price: { id: 'price_1', sheet: freeSheet } },
    { provider: bedrock, upstreamModel: 'us.small', price: { id: 'price_2', sheet: freeSheet } },
  ],
}
const catalogue = buildCatalogue({ providers: [openai, bedrock, google], models: [model] })

const opened = (
  more: Partial<OwnCredential> = {},
  secret: OpenedCredential['secret'] = { kind: 'api_key', apiKey: 'sk-of-the-customer' },
): OpenedCredential => ({
  credential: {
    ...{ id: 'cred_1', accountId: 'acct_1', provider: 'openai', label: 'Mine' },
    ...{ secretKind: 'api_key', lastFour: '', baseUrl: null, protocol: null, region: null },
    ...{ models: null, keyIds: null, use: 'first', isEnabled: true, createdBy: null },
    ...{ createdAt: new Date(0), lastTest: null },
    ...more,
  },
  secret,
})

describe('the provider of an own credential', () => {
  test('is the one that is served, with the customer’s key in the place of ours', () => {
    expect(ownProviderOf(opened(), catalogue)).toMatchObject({
      ...{ slug: 'openai', name: 'OpenAI', baseUrl: openai.baseUrl },
      ...{ apiKey: 'sk-of-the-customer', alsoSpeaks: ['openai-responses'] },
      own: { credentialId: 'cred_1', label: 'Mine', isGuarded: false },
    })
  })

  test('has a data policy that nobody here knows, so the strict wishes leave it out', () => {
    expect(ownProviderOf(opened(), catalogue)?.dataPolicy).toEqual({
      ...{ retentionDays: null, trains: null, region: null },
    })
  })

  test('is guarded wherever the customer chose the address', () => {
    const baseUrl = 'https://llm.example.com/v1'
    expect(ownProviderOf(opened({ baseUrl }), catalogue)).toMatchObject({
      ...{ baseUrl, own: { isGuarded: true } },
    })
    const custom = opened({ provider: 'custom', baseUrl, protocol: 'anthropic' }, { kind: 'none' })
    expect(ownProviderOf(custom, catalogue)).toMatchObject({
      ...{ slug: 'custom', name: 'Mine', protocol: 'anthropic', apiKey: null },
      own: { isGuarded: true },
    })
  })

  test('of Amazon is signed for in its region, and reached there', () => {
    const aws = { accessKeyId: 'AKIA', secretAccessKey: 's', sessionToken: null }
    const own = opened({ provider: 'bedrock', region: 'eu-west-1' }, { kind: 'aws', ...aws })
    expect(ownProviderOf(own, catalogue)).toMatchObject({
      ...{ apiKey: null, baseUrl: 'https://bedrock-runtime.eu-west-1.amazonaws.com' },
      signing: { ...aws, region: 'eu-west-1' },
      own: { isGuarded: false },
    })
  })

  test('of Google gets its tokens from Google, whatever the key of the account says', () => {
    const secret = { kind: 'google_service_account', clientEmail: 'a@b', privateKey: 'k' } as const
    const own = ownProviderOf(opened({ provider: 'google' }, secret), catalogue)
    expect(own?.signing).toMatchObject({ tokenUrl: 'https://oauth2.googleapis.com/token' })
  })

  test('is none where the secret did not open, or nothing of that name is served any more', () => {
    expect(ownProviderOf(opened({}, null), catalogue)).toBeUndefined()
    expect(ownProviderOf(opened({ provider: 'gone' }), catalogue)).toBeUndefined()
  })
})

describe('the endpoint of an own credential', () => {
  const endpointFor = (more: Partial<OwnCredential>) => {
    const own = opened(more)
    const made = ownProviderOf(own, catalogue) ?? expect.fail()
    return ownEndpointOf(model, { credential: own.credential, provider: made }, 50_000)
  }

  test('is the model’s own of that provider, at its list price', () => {
    expect(endpointFor({})).toMatchObject({
      ...{ upstreamModel: 'small-1', price: { id: 'price_1' }, feePartsPerMillion: 50_000 },
    })
    expect(endpointFor({ provider: 'bedrock' })).toMatchObject({
      ...{ upstreamModel: 'us.small', price: { id: 'price_2' } },
    })
  })

  test('has the name that the credential gives it', () => {
    const models = [{ model: 'openai/small', upstreamModel: 'my-deployment' }]
    const baseUrl = 'https://mine.openai.azure.com'
    expect(endpointFor({ provider: 'azure', baseUrl, models })).toMatchObject({
      ...{ upstreamModel: 'my-deployment', price: { id: 'price_1' } },
    })
  })

  test('is none for a model that it is not for, or that its provider does not have', () => {
    const others = [{ model: 'openai/other', upstreamModel: 'x' }]
    expect(endpointFor({ models: others })).toBeUndefined()
    expect(endpointFor({ provider: 'google' })).toBeUndefined()
    expect(endpointFor({ provider: 'custom', baseUrl: 'https://a.example' })).toBeUndefined()
  })
})

test('what may be brought: everything that is served, then servers of one’s own', () => {
  const choices = ownProviderChoices(catalogue)
  expect(choices.map(({ slug }) => slug)).toEqual([
    'openai',
    'bedrock',
    'google',
    'azure',
    'custom',
  ])
  expect(choices.map(({ address }) => address)).toEqual([
    ...['optional', 'none', 'optional', 'required', 'required'],
  ])
})

test('no more than four characters of a secret are kept to be shown, and none of a short one', () => {
  expect(lastFourOf({ kind: 'api_key', apiKey: 'sk-0123456789abcdef' })).toBe('cdef')
  expect(lastFourOf({ kind: 'api_key', apiKey: 'short' })).toBe('')
  expect(lastFourOf({ kind: 'none' })).toBe('')
})
