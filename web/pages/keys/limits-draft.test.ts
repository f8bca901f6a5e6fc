import { expect, test } from 'vitest'

import { draftOfLimits, limitWords, noLimits, readLimits } from './limits-draft.ts'

test('an empty sentence lifts every limit', () => {
  expect(readLimits(noLimits)).toEqual({ kind: 'limits', limits: null })
})

test('what was typed comes back as it was saved', () => {
  const typed = {
    ...noLimits,
    day: '$1,234.50',
    requestsPerMinute: '60',
    models: 'openai/*, sim/echo',
  }
  const read = readLimits(typed)
  expect(read).toMatchObject({
    kind: 'limits',
    limits: {
      spend: { day: '1234.5', week: null, month: null, total: null },
      requests_per_minute: 60,
      allowed_models: ['openai/*', 'sim/echo'],
      allowed_ip_ranges: null,
    },
  })
  if (read.kind !== 'limits' || !read.limits) return
  const { limits } = read
  expect(draftOfLimits({ ...limits, allowed_providers: null })).toEqual({ ...typed, day: '1234.5' })
  expect(limitWords({ ...limits, allowed_providers: null })).toBe(
    '$1,234.50 a day · 60 requests a minute · openai/*, sim/echo',
  )
})

test.each([
  ['day', 'ten'],
  ['total', '1e3'],
  ['requestsPerMinute', '-1'],
  ['concurrentRequests', '1.5'],
])('what cannot be read is said: %s "%s"', (name, text) => {
  expect(readLimits({ ...noLimits, [name]: text }).kind).toBe('problem')
})
