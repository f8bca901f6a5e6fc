import { describe, expect, test } from 'vitest'

import { parseBody } from './parse-body.ts'

describe('bombs are refused without holding others up', () => {
  const million = Array.from({ length: 1_000_000 }, (_, index) => `"k${index}":1`).join(',')
  test.each([
    ['a million names', `{${million}}`],
    ['a million nested names', `{"a":{${million}}}`],
    ['ten million numbers', `{"a":[${'1,'.repeat(9_000_000)}1]}`],
    ['ten million brackets', '{"a":[' + '[],'.repeat(6_000_000)],
    ['five million quotes', `{"a":"${'\\"'.repeat(9_000_000)}`],
    ['200,000 messages that are none', `{"messages":[${'1,'.repeat(150_000)}1]}`],
  ])('%s', (_, body) => {
    const bytes = Buffer.from(body)
    let best = Infinity
    // The best of three, in time of this thread on a processor: what is measured is our work, not the
    // machine's other work.
    for (let run = 0; run < 3; run += 1) {
      const started = process.threadCpuUsage()
      expect(() => parseBody(bytes)).toThrow(/body|messages/)
      const { user, system } = process.threadCpuUsage(started)
      best = Math.min(best, (user + system) / 1000)
    }
    expect(best).toBeLessThan(50)
  })
})
