import { readFileSync } from 'node:fs'

import { describe, expect, test } from 'vitest'
import type { z } from 'zod'

import { buildCatalogue } from '#domain/catalogue.ts'
import { faults } from '#domain/faults.ts'
import type { GenerationRecord } from '#domain/generation.ts'
import { nanoUsd, picoUsd } from '#domain/money.ts'
import { zeroUsage } from '#domain/usage.ts'

import { creditsAnswer, keyAnswer } from './account-view.ts'
import { gatewayRoutes } from './gateway-routes.ts'
import * as shapes from './gateway-shapes.ts'
import { contentAnswer, generationAnswer } from './generation.ts'
import { modelAnswer, modelList } from './models.ts'
import { openApiText } from './openapi-text.ts'
import { faultsOf, type Route } from './route.ts'
import { controlRoutes } from './routes.ts'

interface Operation {
  readonly operationId: string
  readonly parameters?: readonly { name: string; in: string; required: boolean }[]
  readonly security: readonly Readonly<Record<string, unknown>>[]
  readonly responses: Readonly<Record<string, { description: string }>>
}
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
}

const text = openApiText()
const document: OpenApi = JSON.parse(text)
const routes: readonly Route[] = [...Object.values(gatewayRoutes), ...Object.values(controlRoutes)]
const operationOf = (route: Route) => document.paths[route.path]?.[route.method.toLowerCase()]

describe('the OpenAPI document', () => {
  test('that is committed is the one that is served', () => {
    const committed = readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')
    expect(JSON.parse(committed), 'run npm run docs').toEqual(document)
  })

  test('has every route, once, and nothing else', () => {
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path))
    const ids = operations.map(({ operationId }) => operationId)
    expect(ids.toSorted()).toEqual(routes.map(({ id }) => id).toSorted())
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('refers only to schemas that it holds', () => {
    const names = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name)
    expect(names.length).toBeGreaterThan(20)
    for (const name of names) expect(document.components.schemas).toHaveProperty([name ?? ''])
    expect(text).not.toContain('#/$defs/')
  })

  test.each(routes)('$id: every name in the path is a parameter', (route) => {
    const named = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    const declared = (operationOf(route)?.parameters ?? []).filter((one) => one.in === 'path')
    expect(declared.map(({ name }) => name)).toEqual(named)
    expect(declared.every(({ required }) => required)).toBe(true)
  })

  test.each(routes)('$id: says which key it takes', (route) => {
    const schemes = (operationOf(route)?.security ?? []).flatMap((one) => Object.keys(one))
    const expected: Record<string, string[]> = {
      anyone: [],
      inference: ['apiKey'],
      operator: ['operatorToken', 'sessionToken'],
      session: ['sessionToken'],
    }
    expect(schemes).toEqual(expected[route.caller] ?? ['sessionToken', 'operatorToken'])
  })

  test.each(routes)('$id: declares the status of every fault it may have', (route) => {
    const responses = operationOf(route)?.responses ?? {}
    expect(responses).toHaveProperty([String(route.status)])
    for (const code of faultsOf(route)) {
      expect(responses[String(faults[code].status)]?.description).toContain(`\`${code}\``)
    }
  })
})

test('every fault of the table is declared by a route, or can happen before one is found', () => {
  const declared = new Set(routes.flatMap(faultsOf))
  const undeclared = Object.keys(faults).filter((code) => !declared.has(code as never))
  expect(undeclared).toEqual(['method_not_allowed', 'websocket_not_offered'])
})

describe('what the gateway answers is what is declared', () => {
  const rates = {
    prompt: picoUsd(1n),
    completion: picoUsd(2n),
    cacheRead: picoUsd(0n),
    cacheWrite: picoUsd(0n),
    cacheWrite1h: picoUsd(0n),
    reasoning: picoUsd(2n),
    audioPrompt: picoUsd(0n),
    audioCompletion: picoUsd(0n),
    imagePrompt: picoUsd(0n),
    imageCompletion: picoUsd(0n),
    request: picoUsd(0n),
  }
  const provider = {
    slug: 'openai',
    name: 'OpenAI',
    kind: 'model',
    protocol: 'openai',
    baseUrl: 'https://api.openai.com/v1',
    apiKey: 'sk-canary',
    dataPolicy: { retentionDays: 30, trains: false, region: null },
  } as const
  const model = {
    id: 'openai/gpt-5',
    name: 'GPT-5',
    description: '',
    createdAtSeconds: 1,
    contextLength: 1000,
    maxOutput: 100,
    aliases: ['gpt-5'],
    inputModalities: ['text'],
    outputModalities: ['text'],
    endpoints: [
      {
        provider,
        upstreamModel: 'gpt-5',
        price: {
          id: 'price_a',
          sheet: { base: rates, tiers: [{ minPromptTokens: 5, rates }] },
        },
      },
    ],
  } as const
  const record: GenerationRecord = {
    id: 'gen-1764000000-00000000000000000000',
    accountId: 'acct_a',
    keyId: 'key_a',
    createdAtMs: 1,
    requestedModel: 'gpt-5',
    resolvedModel: 'openai/gpt-5',
    provider: 'openai',
    upstreamModel: 'gpt-5',
    upstreamId: null,
    routingPath: [
      {
        provider: 'openai',
        upstreamModel: 'gpt-5',
        startedAtMs: 1,
        status: null,
        latencyMs: 1,
        errorClass: 'reset',
      },
    ],
    outcome: 'completed',
    status: 200,
    faultCode: null,
    streamed: true,
    timeToFirstTokenMs: null,
    latencyMs: 1,
    usage: zeroUsage,
    usageSource: 'upstream',
    finishReason: null,
    costNanoUsd: nanoUsd(1n),
    priceVersionId: 'price_a',
    clientIp: null,
    userAgent: null,
    contentMode: 'full',
  }
  const check = (schema: z.ZodType, answer: unknown) =>
    expect(schema.safeParse(JSON.parse(JSON.stringify(answer))).error).toBeUndefined()

  test('the list of models, and one model', () => {
    const catalogue = buildCatalogue({ providers: [provider], models: [model] })
    check(shapes.modelListShape, modelList(catalogue))
    check(shapes.modelShape, modelAnswer(model))
    expect(JSON.stringify(modelList(catalogue))).not.toContain('canary')
  })

  test('a generation and its content', () => {
    check(shapes.generationAnswerShape, { data: generationAnswer(record) })
    const content = { request: '{"messages":[]}', response: '{"choices":[]}', streamed: false }
    check(shapes.generationContentShape, { data: contentAnswer(content) })
    check(shapes.generationContentShape, {
      data: contentAnswer({ request: '', response: 'data: {', streamed: true }),
    })
  })

  test('the credit and the key', () => {
    const balance = { grantedNanoUsd: nanoUsd(5n), spentNanoUsd: nanoUsd(1n) }
    check(shapes.accountCreditsShape, creditsAnswer(balance))
    const key = {
      id: 'key_a',
      accountId: 'acct_a',
      kind: 'inference',
      name: 'a',
      prefix: 'cl_k',
      lastFour: 'abcd',
      contentMode: null,
      limits: null,
      createdAt: new Date(0),
      expiresAt: null,
      revokedAt: null,
      scopes: ['inference'],
      projectId: null,
      createdBy: null,
      oldSecretsEndAt: null,
    } as const
    const spent = { day: nanoUsd(1n), week: nanoUsd(1n), month: nanoUsd(1n), total: nanoUsd(2n) }
    check(shapes.ownKeyShape, keyAnswer({ key, contentMode: 'full', spent }))
  })
})
