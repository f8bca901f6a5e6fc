import { randomBytes } from 'node:crypto'

import { beforeEach, expect, test } from 'vitest'

import { makeApiKey } from '#domain/keys.ts'

import { createLog } from './log.ts'

let lines: string[] = []
const makeLog = (secrets: readonly string[] = []) =>
  createLog({ write: (line) => lines.push(line), nowMs: () => 0, secrets })

beforeEach(() => {
  lines = []
})

test('a line is one JSON object with its time, level and name', () => {
  const log = makeLog()
  log.info('started', { port: 8080 })
  log.warn('slow')
  log.alarm('ledger_difference', { nanoUsd: 12n })
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { at: '1970-01-01T00:00:00.000Z', level: 'info', event: 'started', port: 8080 },
    { at: '1970-01-01T00:00:00.000Z', level: 'warn', event: 'slow' },
    { at: '1970-01-01T00:00:00.000Z', level: 'alarm', event: 'ledger_difference', nanoUsd: '12' },
  ])
  expect(
    lines.every((line) => line.endsWith('}\n') && line.indexOf('\n') === line.length - 1),
  ).toBe(true)
})

test('an error is logged with its stack and its cause', () => {
  makeLog().alarm('failed', { error: new TypeError('outer', { cause: new RangeError('inner') }) })
  const [line] = lines.map((text) => JSON.parse(text))
  expect(line.error).toMatchObject({
    name: 'TypeError',
    message: 'outer',
    cause: { name: 'RangeError', message: 'inner' },
  })
  expect(line.error.stack).toContain('log.test.ts')
})

test('a key never gets into the log whole, wherever it stands', () => {
  const key = makeApiKey('operator', randomBytes)
  makeLog().warn('failed', { error: new TypeError(`bad header "Bearer ${key}"`), [key]: [key] })
  expect(lines[0]).not.toContain(key)
  expect(lines[0]).toContain(`cl_o…${key.slice(-4)}`)
})

test('the secrets of this installation are blacked out, also those that JSON has to escape', () => {
  makeLog(['sk-provider-canary', 'pass"word\\1']).warn('failed', {
    detail: 'Authorization: Bearer sk-provider-canary',
    url: 'postgres://user:pass"word\\1@host',
  })
  expect(lines[0]).not.toContain('canary')
  expect(lines[0]).not.toContain('word')
})

test('a short text is no secret: blacking it out would make the log unreadable', () => {
  makeLog(['a', '']).info('started', { detail: 'a b c' })
  expect(lines[0]).toContain('a b c')
})

test('what cannot be written as JSON does not take the process down', () => {
  const loop: Record<string, unknown> = {}
  loop['self'] = loop
  makeLog().info('odd', { loop })
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'alarm', event: 'log_failed' })
})
