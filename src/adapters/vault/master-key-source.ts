import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

import { keyBytes, MasterKeyError, parseMasterKeys, type MasterKeys } from './master-key.ts'

/** Where a master key may come from. */
export interface MasterKeySource {
  /** The value of `CODELACE_MASTER_KEY`; null when it is not set. */
  readonly value: string | null
  /** The value of `CODELACE_MASTER_KEY_FILE`, a path; null when it is not set. */
  readonly file: string | null
  /** True where one must be given; false where one may be generated. */
  readonly isRequired: boolean
}

/** The name of the generated key in the data folder. */
export const generatedFileName = 'master.key'

/**
 * The installation's master keys as given, or null when none is given and none must be. Throws
 * `MasterKeyError` when one is missing or cannot be used.
 */
export function givenMasterKeys({ value, file, isRequired }: MasterKeySource): MasterKeys | null {
  if (value !== null && file !== null) {
    throw new MasterKeyError('Set CODELACE_MASTER_KEY or CODELACE_MASTER_KEY_FILE, not both.')
  }
  if (value !== null) return parseMasterKeys(value, 'CODELACE_MASTER_KEY')
  if (file !== null) {
    return parseMasterKeys(readKeyFile(file), `CODELACE_MASTER_KEY_FILE (${file})`)
  }
  if (!isRequired) return null
  throw new MasterKeyError(
    'A master key is needed to encrypt what customers send: set CODELACE_MASTER_KEY ' +
      '(32 bytes in base64, from: openssl rand -base64 32) or CODELACE_MASTER_KEY_FILE.',
  )
}

/**
 * The master key that is kept in a data folder, in a file that only its owner can read. Made on first
 * use. Throws `MasterKeyError` when it cannot be written or read.
 */
export function generatedMasterKeys(dataFolder: string): MasterKeys {
  return readOrGenerate(join(dataFolder, generatedFileName))
}

function readKeyFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new MasterKeyError(`The master key file ${path} cannot be read (${codeOf(cause)}).`, {
      cause,
    })
  }
}

function readOrGenerate(path: string): MasterKeys {
  try {
    writeNewFile(path, `${randomBytes(keyBytes).toString('base64')}\n`)
  } catch (cause) {
    if (codeOf(cause) !== 'EEXIST') {
      throw new MasterKeyError(`The master key ${path} cannot be written (${codeOf(cause)}).`, {
        cause,
      })
    }
  }
  return parseMasterKeys(readKeyFile(path), path)
}

/** Content sealed under a key that a power cut takes away is lost, so the key reaches the disk first. */
function writeNewFile(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  const folder = openSync(join(path, '..'), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
}
