import fc from 'fast-check'
import { expect, test } from 'vitest'

import type { GenerationRecord } from './generation.ts'
import { logTextLengthMax } from './limits.ts'
import { nanoUsd } from './money.ts'
import { storableGeneration } from './storable-generation.ts'
import { zeroUsage } from './usage.ts'

const plain: GenerationRecord = {
  id: 'gen-1900000000-aaaaaaaaaaaaaaaaaaaa',
  accountId: 'acct_a',
  keyId: 'key_a',
  createdAtMs: 1_900_000_000_123,
  requestedModel: 'a/b',
  resolvedModel: 'a/b',
  provider: 'a',
  upstreamModel: 'b',
  upstreamId: 'c',
  routingPath: [],
  outcome: 'completed',
  status: 200,
  faultCode: null,
  streamed: false,
  timeToFirstTokenMs: null,
  latencyMs: 12,
  usage: zeroUsage,
  usageSource: 'upstream',
  finishReason: 'stop',
  costNanoUsd: nanoUsd(12n),
  priceVersionId: 'price_a',
  clientIp: '127.0.0.1',
  userAgent: 'x',
  contentMode: 'full',
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 2 * logTextLengthMax }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes)),
)

test('any text becomes text that every database holds, and mending it again changes nothing', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const mended = storableGeneration({ ...plain, userAgent: text })
      const { userAgent } = mended
      expect(userAgent?.includes('\u0000')).toBe(false)
      expect(userAgent?.isWellFormed()).toBe(true)
      expect(userAgent?.length).toBeLessThanOrEqual(logTextLengthMax)
      expect(storableGeneration(mended)).toEqual(mended)
    }),
  )
})

test('text that is fine stays as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 50 }), (text) => {
      fc.pre(!text.includes('\u0000'))
      expect(storableGeneration({ ...plain, upstreamId: text }).upstreamId).toBe(text)
    }),
  )
})

test('a clipped pair of surrogates leaves no half behind', () => {
  const text = `${'x'.repeat(logTextLengthMax - 1)}🦊`
  const { provider } = storableGeneration({ ...plain, provider: text })
  expect(provider).toBe(`${'x'.repeat(logTextLengthMax - 1)}\ufffd`)
})

test('any number becomes a whole number in range', () => {
  fc.assert(
    fc.property(fc.double(), fc.double(), (count, time) => {
      const record = storableGeneration({
        ...plain,
        status: count,
        latencyMs: time,
        timeToFirstTokenMs: time,
        usage: { ...zeroUsage, promptTokens: count },
      })
      for (const value of [
        record.latencyMs,
        record.timeToFirstTokenMs,
        record.usage.promptTokens,
      ]) {
        expect(Number.isInteger(value)).toBe(true)
        expect(value).toBeGreaterThanOrEqual(0)
        expect(value).toBeLessThanOrEqual(2_147_483_647)
      }
      expect(record.status).toBeGreaterThanOrEqual(100)
      expect(record.status).toBeLessThanOrEqual(599)
    }),
  )
})

test('money, ids and everything that is in range are untouched', () => {
  expect(storableGeneration(plain)).toEqual(plain)
})
