import { expect, test } from 'vitest'

import { readStopSettings } from './stop-settings.ts'

test('production keeps listening for five seconds, development stops at once; both drain ten minutes', () => {
  expect(readStopSettings({ NODE_ENV: 'production' }).timings).toEqual({
    announceMs: 5000,
    drainMs: 600_000,
  })
  expect(readStopSettings({}).timings).toEqual({ announceMs: 0, drainMs: 600_000 })
})

test('both times can be chosen, in seconds', () => {
  const environment = { CODELACE_STOP_DELAY_SECONDS: '15', CODELACE_DRAIN_SECONDS: '0' }
  expect(readStopSettings(environment)).toEqual({
    timings: { announceMs: 15_000, drainMs: 0 },
    problems: [],
  })
})

test.each(['-1', '1.5', '5s', '301', 'x'])('%s is refused with what was expected', (text) => {
  const { problems } = readStopSettings({ CODELACE_STOP_DELAY_SECONDS: text })
  expect(problems).toMatchObject([
    { path: 'CODELACE_STOP_DELAY_SECONDS', expected: expect.stringContaining('from 0 to 300') },
  ])
})
