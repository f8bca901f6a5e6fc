import { createHash, createHmac, randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { SealError } from '#ports/server-secrets.ts'

import { makeMasterKey } from './master-key.ts'
import { createServerSecrets } from './server-secrets.ts'

const older = makeMasterKey(randomBytes(32))
const current = makeMasterKey(randomBytes(32))
const secrets = createServerSecrets({ current, older: [] })

describe('keys that are not in the database', () => {
  test('a keyed hash is the same on every node, and another for every part and purpose', () => {
    const node = createServerSecrets({ current, older: [] })
    const hash = secrets.keyedHash('code', ['chal_1', 'ada@example.com', '123456'])
    expect(hash).toHaveLength(32)
    expect(node.keyedHash('code', ['chal_1', 'ada@example.com', '123456'])).toEqual(hash)
    for (const [purpose, ...parts] of [
      ['code', 'chal_2', 'ada@example.com', '123456'],
      ['code', 'chal_1', 'eve@example.com', '123456'],
      ['code', 'chal_1', 'ada@example.com', '123457'],
      ['code', 'chal_1ada@example.com', '123456'],
      ['address', 'chal_1', 'ada@example.com', '123456'],
    ] as [string, ...string[]][]) {
      expect(secrets.keyedHash(purpose, parts)).not.toEqual(hash)
    }
    expect(() => secrets.keyedHash('code', ['a\0b'])).toThrow('NUL')
  })

  test('a million codes tried on a row of a dump, without the key, find nothing', () => {
    const [id, email, code] = ['chal_abcdefghijklmnopqrstuvwx', 'ada@example.com', '271828']
    const stored = Buffer.from(secrets.keyedHash('code', [id, email, code])).toString('hex')
    let found = 0
    for (let guess = 0; guess < 1_000_000; guess += 1) {
      const text = `${id}\0${email}\0${String(guess).padStart(6, '0')}`
      if (createHash('sha256').update(text).digest('hex') === stored) found += 1
      if (guess % 50 === 0 && createHmac('sha256', '').update(text).digest('hex') === stored) {
        found += 1
      }
    }
    expect(found).toBe(0)
    // With the key the same search would succeed: the test can fail.
    const again = Buffer.from(secrets.keyedHash('code', [id, email, code])).toString('hex')
    expect(again).toBe(stored)
  }, 120_000)

  test('what was sealed opens with its context only, whole only, and after a change of the key', async () => {
    const before = createServerSecrets({ current: older, older: [] })
    const sealed = await before.seal('mail 1', 'code 123456')
    const after = createServerSecrets({ current, older: [older] })
    expect(after.open('mail 1', sealed)).toBe('code 123456')
    expect(Buffer.from(sealed).includes('123456')).toBe(false)
    expect(() => after.open('mail 2', sealed)).toThrow(SealError)
    expect(() => secrets.open('mail 1', sealed)).toThrow(SealError)
    expect(() => after.open('mail 1', sealed.with(20, (sealed[20] ?? 0) ^ 1))).toThrow(SealError)
  })
})
