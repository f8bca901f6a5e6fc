import { describe, expect, it } from 'vitest'

import { describeProblem } from './problem.ts'
import type { Environment } from './providers.ts'
import { readSettings } from './settings.ts'

function complaints(environment: Environment): readonly string[] {
  const { settings, problems } = readSettings(environment)
  expect(settings).toBeNull()
  return problems.map(describeProblem)
}

describe('settings', () => {
  const defaults = {
    host: '127.0.0.1',
    port: 8080,
    production: false,
    databaseUrl: null,
    dataFolder: '.codelace',
    configPath: null,
    masterKey: null,
    masterKeyFile: null,
    trustedProxies: [],
    wholeAnswerTimeoutMs: 600_000,
    nodeCount: 1,
    publicUrl: null,
    smtp: null,
    operatorEmail: null,
  }

  it('have defaults that need nothing, also when variables are set to nothing', () => {
    expect(readSettings({}).settings).toEqual(defaults)
    expect(readSettings({ PORT: '', HOST: ' ', DATABASE_URL: '' }).settings).toEqual(defaults)
  })

  it('are what the environment says', () => {
    const { settings, problems } = readSettings({
      HOST: '::1',
      PORT: '0',
      NODE_ENV: 'production',
      DATABASE_URL: 'postgresql://u:p@db:5432/c',
      CODELACE_DATA: '/var/lib/codelace',
      CODELACE_CONFIG: 'codelace.json',
      CODELACE_MASTER_KEY_FILE: '/run/key',
      CODELACE_TRUSTED_PROXIES: '10.0.0.0/8, ::1,192.0.2.7 ,',
      CODELACE_NODE_COUNT: '3',
      CODELACE_ANSWER_TIMEOUT_SECONDS: '90',
      CODELACE_PUBLIC_URL: 'https://codelace.example/',
      CODELACE_OPERATOR_EMAIL: 'Ada@Example.com',
      SMTP_URL: 'smtps://u%40x:p%2Fw@mail.example:2465',
      MAIL_FROM: 'hello@codelace.example',
    })
    expect(problems).toEqual([])
    expect(settings).toEqual({
      host: '::1',
      port: 0,
      production: true,
      databaseUrl: 'postgresql://u:p@db:5432/c',
      dataFolder: '/var/lib/codelace',
      configPath: 'codelace.json',
      masterKey: null,
      masterKeyFile: '/run/key',
      trustedProxies: ['10.0.0.0/8', '::1', '192.0.2.7'],
      wholeAnswerTimeoutMs: 90_000,
      nodeCount: 3,
      publicUrl: 'https://codelace.example',
      operatorEmail: 'ada@example.com',
      smtp: {
        host: 'mail.example',
        port: 2465,
        isTlsFromStart: true,
        user: 'u@x',
        password: 'p/w',
        requiresTls: false,
        from: 'hello@codelace.example',
      },
    })
  })

  it('are refused with every mistake in one go', () => {
    expect(
      complaints({
        HOST: 'http://here',
        PORT: '80a',
        CODELACE_TRUSTED_PROXIES: '10.0.0.0/33',
        CODELACE_MASTER_KEY: 'k',
        CODELACE_MASTER_KEY_FILE: 'f',
      }),
    ).toHaveLength(4)
  })

  it.each([
    [{ PORT: '65536' }, 'PORT: found "65536", expected a whole number from 0 to 65535.'],
    [{ PORT: '-1' }, 'PORT: found "-1"'],
    [{ HOST: 'a b' }, 'HOST: found "a b"'],
    [{ CODELACE_ANSWER_TIMEOUT_SECONDS: '0' }, 'CODELACE_ANSWER_TIMEOUT_SECONDS: found "0"'],
    [{ CODELACE_ANSWER_TIMEOUT_SECONDS: '1801' }, 'from 1 to 1800'],
    [{ CODELACE_NODE_COUNT: '0' }, 'CODELACE_NODE_COUNT: found "0"'],
    [{ CODELACE_NODE_COUNT: '1.5' }, 'CODELACE_NODE_COUNT: found "1.5"'],
    [{ CODELACE_NODE_COUNT: '1001' }, 'CODELACE_NODE_COUNT'],
    [{ CODELACE_TRUSTED_PROXIES: 'all' }, 'CODELACE_TRUSTED_PROXIES: found "all"'],
    [{ CODELACE_TRUSTED_PROXIES: '10.0.0.0/8/8' }, 'CODELACE_TRUSTED_PROXIES'],
    [{ CODELACE_TRUSTED_PROXIES: '::1/x' }, 'CODELACE_TRUSTED_PROXIES'],
  ])('%j is refused', (environment, words) => {
    expect(complaints(environment).join('\n')).toContain(words)
  })

  it('never shows what may hold a password', () => {
    const told = complaints({ DATABASE_URL: 'mysql://root:hunter2@db/x' }).join('\n')
    expect(told).toContain('DATABASE_URL')
    expect(told).not.toContain('hunter2')
  })
})
