import { describe, expect, test } from 'vitest'

import { parseOptions, WrongOptions } from './options.ts'

describe('parseOptions', () => {
  test('without options everything runs, three times, and the results are complete', () => {
    const options = parseOptions([], {})
    expect(options.parts).toEqual([
      'request',
      'stream',
      'latency',
      'memory',
      'translated',
      'settlement',
    ])
    expect(options.contenders).toEqual([
      'direct',
      'nginx',
      'codelace-metadata',
      'codelace-full',
      'portkey',
    ])
    expect(options.effort.alternations).toBe(3)
    expect(options.effort.heldStreams).toBe(5000)
    expect(options.complete).toBe(true)
  })

  test('a run that leaves something out says so in its results', () => {
    expect(parseOptions(['--quick'], {}).complete).toBe(false)
    expect(parseOptions(['--only', 'request'], {}).complete).toBe(false)
    expect(parseOptions(['--contenders', 'nginx,direct'], {}).complete).toBe(false)
    expect(parseOptions(['--profile'], {}).complete).toBe(false)
    const all = 'direct,nginx,node-floor,codelace-metadata,codelace-full,portkey'
    expect(parseOptions(['--contenders', all], {}).complete).toBe(true)
  })

  test('names are taken in the order of the benchmark, not of the command line', () => {
    expect(parseOptions(['--only', 'stream, request'], {}).parts).toEqual(['request', 'stream'])
  })

  test('the option for the database wins over the environment', () => {
    const environment = { BENCH_DATABASE_URL: 'postgres://a/b' }
    expect(parseOptions([], environment).databaseUrl).toBe('postgres://a/b')
    expect(parseOptions(['--database', 'postgres://c/d'], environment).databaseUrl).toBe(
      'postgres://c/d',
    )
  })

  test.each([
    [['--only', 'requests'], '--only: unknown requests'],
    [['--contenders', 'nginx,apache'], '--contenders: unknown apache'],
    [['--alternations', '0'], '--alternations: 0 is not'],
    [['--alternations', '3.5'], '--alternations: 3.5 is not'],
    [['--fast'], '--fast'],
    [['request'], 'request'],
  ])('%j is refused with what is wrong', (commandLine, message) => {
    expect(() => parseOptions(commandLine, {})).toThrow(WrongOptions)
    expect(() => parseOptions(commandLine, {})).toThrow(message)
  })
})
