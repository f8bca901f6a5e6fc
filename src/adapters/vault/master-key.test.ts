import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { generatedFileName, generatedMasterKeys, givenMasterKeys } from './master-key-source.ts'
import { makeMasterKey, MasterKeyError, parseMasterKeys } from './master-key.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vault-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const none = { value: null, file: null, isRequired: true }

describe('a master key as text', () => {
  test('is 32 bytes in base64 or base64url, with or without padding', () => {
    const bytes = randomBytes(32)
    const { id } = makeMasterKey(bytes)
    for (const text of [
      bytes.toString('base64'),
      bytes.toString('base64url'),
      bytes.toString('base64').replace('=', ''),
      `\n  ${bytes.toString('base64')}\n`,
    ]) {
      expect(parseMasterKeys(text, 'it').current.id).toBe(id)
    }
  })

  test('may be followed by older ones, which only open', () => {
    const texts = [1, 2, 3].map(() => randomBytes(32).toString('base64'))
    const keys = parseMasterKeys(texts.join(', '), 'it')
    const ids = texts.map((text) => parseMasterKeys(text, 'it').current.id)
    expect([keys.current.id, ...keys.older.map((key) => key.id)]).toEqual(ids)
  })

  test.each(['', '  ', 'secret-canary', randomBytes(31).toString('base64'), 'a'.repeat(64)])(
    'is refused when it is %j, in one sentence that does not repeat it',
    (text) => {
      const parse = () => parseMasterKeys(text, 'CODELACE_MASTER_KEY')
      expect(parse).toThrow(MasterKeyError)
      expect(parse).toThrow(/^CODELACE_MASTER_KEY .*openssl rand -base64 32$/)
      if (text.trim() !== '') expect(parse).not.toThrow(text)
    },
  )
})

describe('where the master key comes from', () => {
  test('the environment', () => {
    const bytes = randomBytes(32)
    const keys = givenMasterKeys({ ...none, value: bytes.toString('base64') })
    expect(keys?.current.id).toBe(makeMasterKey(bytes).id)
  })

  test('a file', () => {
    const bytes = randomBytes(32)
    const file = join(folder, 'key')
    writeFileSync(file, `${bytes.toString('base64')}\n`)
    expect(givenMasterKeys({ ...none, file })?.current.id).toBe(makeMasterKey(bytes).id)
  })

  test('a file that is not there: one sentence names it', () => {
    const file = join(folder, 'absent')
    expect(() => givenMasterKeys({ ...none, file })).toThrow(/absent cannot be read \(ENOENT\)/)
  })

  test('both at once is refused: nobody could say which one counts', () => {
    const value = randomBytes(32).toString('base64')
    expect(() => givenMasterKeys({ ...none, value, file: 'x' })).toThrow(/not both/)
  })

  test('nowhere, where one must be given: the sentence says what to set', () => {
    expect(() => givenMasterKeys(none)).toThrow(/set CODELACE_MASTER_KEY/)
  })

  test('nowhere, where one may be generated: nothing is given', () => {
    expect(givenMasterKeys({ ...none, isRequired: false })).toBeNull()
  })

  test('a file that is generated once and then kept, readable by its owner only', () => {
    const first = generatedMasterKeys(folder)
    const second = generatedMasterKeys(folder)
    expect(second.current.id).toBe(first.current.id)
    const path = join(folder, generatedFileName)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(Buffer.from(readFileSync(path, 'utf8'), 'base64')).toHaveLength(32)
  })

  test('a folder that cannot be written: one sentence names the file', () => {
    expect(() => generatedMasterKeys(join(folder, 'absent'))).toThrow(
      /master\.key cannot be written \(ENOENT\)/,
    )
  })
})
