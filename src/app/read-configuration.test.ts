import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { addressOf, readConfiguration, secretsOf } from './read-configuration.ts'
import { StartError } from './start-error.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'configuration-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const now = new Date('2026-11-22T00:00:00Z')

describe('reading the configuration', () => {
  test('nothing set is a whole configuration', () => {
    const { settings, catalogue, stopTimings } = readConfiguration({}, now)
    expect(settings).toMatchObject({ host: '127.0.0.1', port: 8080, dataFolder: '.codelace' })
    expect(catalogue.models.map(({ id }) => id)).toContain('sim/echo')
    expect(stopTimings.announceMs).toBe(0)
  })

  test('mistakes of the environment and of the file are told together', () => {
    const path = join(folder, 'wrong.json')
    writeFileSync(path, '{"models": 1}')
    const read = () =>
      readConfiguration({ PORT: 'x', CODELACE_STOP_DELAY_SECONDS: 'y', CODELACE_CONFIG: path }, now)
    expect(read).toThrow(StartError)
    for (const part of [
      'There are 3 mistakes',
      'PORT',
      'CODELACE_STOP_DELAY_SECONDS',
      'wrong.json',
    ]) {
      expect(read).toThrow(part)
    }
  })

  test('one mistake is one mistake', () => {
    expect(() => readConfiguration({ PORT: 'x' }, now)).toThrow('There is a mistake in the')
  })
})

describe('what must never be seen', () => {
  test('the database’s address and password, the master key and every provider’s key', () => {
    const configuration = readConfiguration(
      {
        DATABASE_URL: 'postgres://me:p%40ss@host/db',
        CODELACE_MASTER_KEY: 'master-canary',
        OPENAI_API_KEY: 'sk-canary',
      },
      now,
    )
    expect(secretsOf(configuration)).toEqual(
      expect.arrayContaining([
        'postgres://me:p%40ss@host/db',
        'p%40ss',
        'p@ss',
        'master-canary',
        'sk-canary',
      ]),
    )
  })

  test('nothing, where there is nothing', () => {
    expect(secretsOf(readConfiguration({}, now))).toEqual([])
  })
})

test.each([
  ['127.0.0.1', 'http://127.0.0.1:80'],
  ['0.0.0.0', 'http://127.0.0.1:80'],
  ['::', 'http://[::1]:80'],
  ['::1', 'http://[::1]:80'],
  ['example.com', 'http://example.com:80'],
])('listening on %s is reached at %s', (host, address) => {
  expect(addressOf(host, 80)).toBe(address)
})
