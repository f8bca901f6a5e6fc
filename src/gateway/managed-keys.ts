import { hash } from 'node:crypto'

import {
  type ManagedKeyChange,
  managedKeyChangeBody,
  managedKeyView,
  newManagedKeyBody,
  windowOf,
} from '#contract/managed-keys.ts'
import { type ApiKey, usualKeyScopes } from '#domain/accounts.ts'
import { Fault } from '#domain/faults.ts'
import { makeKeyId } from '#domain/identifiers.ts'
import { makeApiKey } from '#domain/keys.ts'
import { keysPerAccountMax } from '#domain/limits.ts'
import { type NanoUsd, parseUsd } from '#domain/money.ts'
import { spendWindows, type SpendWindow, utcDayOf } from '#domain/spend-windows.ts'
import { noLimits, noSpendLimits, storableLimits, type UsageLimits } from '#domain/usage-limits.ts'
import type { KeyChange, KeyWithAccount } from '#ports/api-keys.ts'

import type { House } from './house.ts'
import { readBody } from './read-body.ts'
import { callerOf, type ReadQuestion } from './read-routes.ts'

const keysPerPage = 100

/** Makes a key of the account whose management key asks. Its secret is in the answer and nowhere else. */
export async function createManagedKey(question: ReadQuestion): Promise<unknown> {
  const { house } = question
  const { key: maker, account } = await callerOf(house, question.request, 'manage_keys')
  const body = await readJson(question, newManagedKeyBody)
  const { keyStore, randomBytes } = house
  if ((await keyStore.list(account.id)).length >= keysPerAccountMax) {
    const detail = `An account has at most ${keysPerAccountMax} keys, deleted ones included.`
    throw new Fault('conflict', { details: { detail } })
  }
  const secret = makeApiKey('inference', randomBytes)
  const made = await keyStore.create({
    ...{ id: makeKeyId(randomBytes), accountId: account.id, kind: 'inference', name: body.name },
    ...{ prefix: secret.slice(0, 4), lastFour: secret.slice(-4), contentMode: null },
    hash: hash('sha256', secret, 'buffer'),
    limits: limitsWith(null, body.limit ?? null, windowOf(body.limit_reset ?? null)),
    expiresAt: expiryOf(house, body.expires_at ?? null),
    ...{ scopes: usualKeyScopes, projectId: null, createdBy: maker.id },
  })
  if (made === undefined) throw new Fault('account_not_found')
  return { ...(await answerOf(house, made, hash('sha256', secret, 'hex'))), key: secret }
}

/** Lists the keys of the account, newest first; those that were deleted only with `include_disabled`. */
export async function listManagedKeys(question: ReadQuestion): Promise<unknown> {
  const { house } = question
  const { account } = await callerOf(house, question.request, 'manage_keys')
  const query = new URLSearchParams(question.query)
  const offset = Number(query.get('offset') ?? '0')
  if (!Number.isSafeInteger(offset) || offset < 0) {
    const detail = `offset: "${query.get('offset')}" must be a whole number, 0 or more.`
    throw new Fault('invalid_request', { param: 'offset', details: { detail } })
  }
  const withDeleted = query.get('include_disabled') === 'true'
  const hashes = await house.keyStore.hashesOf(account.id)
  const keys = (await house.keyStore.list(account.id)).filter(
    (key) => key.kind === 'inference' && (withDeleted || key.revokedAt === null),
  )
  const page = keys.slice(offset, offset + keysPerPage)
  return {
    data: await Promise.all(
      page.map(async (key) => {
        const known = hashes.get(key.id)
        return (await answerOf(house, key, known === undefined ? '' : hexOf(known))).data
      }),
    ),
  }
}

/** Shows one key by the hash of its secret. */
export async function showManagedKey(question: ReadQuestion): Promise<unknown> {
  const { key } = await findManaged(question)
  return answerOf(question.house, key, question.rest)
}

/** Changes the name, the limit or the end of a key. It counts everywhere within seconds. */
export async function changeManagedKey(question: ReadQuestion): Promise<unknown> {
  const { house } = question
  const { key } = await findManaged(question)
  const body = await readJson(question, managedKeyChangeBody)
  if (body.disabled !== undefined && body.disabled !== (key.revokedAt !== null)) {
    const detail =
      'disabled: here a key is switched off for good, by DELETE; or set "expires_at" to let it end.'
    throw new Fault('invalid_request', { param: 'disabled', details: { detail } })
  }
  const change: KeyChange = {
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.expires_at === undefined ? {} : { expiresAt: expiryOf(house, body.expires_at) }),
    ...limitChange(key, body),
  }
  const changed = await house.keyStore.update(key.id, change)
  if (changed === undefined) throw new Fault('key_not_found')
  return answerOf(house, changed, question.rest)
}

/** Revokes a key for good. A management key may end itself. */
export async function deleteManagedKey(question: ReadQuestion): Promise<unknown> {
  const { key } = await findManaged(question)
  await question.house.keyStore.revoke(key.id)
  return { deleted: true }
}

/** Keys of other accounts, and tokens of operators, are not there. */
async function findManaged(question: ReadQuestion): Promise<KeyWithAccount> {
  const { house, rest } = question
  const { account } = await callerOf(house, question.request, 'manage_keys')
  if (!/^[0-9a-f]{64}$/.test(rest)) throw new Fault('key_not_found')
  const found = await house.keyStore.findByHash(Buffer.from(rest, 'hex'))
  const isTheirs = found?.account.id === account.id && found.key.kind === 'inference'
  if (!isTheirs) throw new Fault('key_not_found')
  return found
}

async function answerOf(house: House, key: ApiKey, hashInHex: string) {
  const spent = await house.budgets.spent(key.id, utcDayOf(house.clock.nowMs()))
  return { data: managedKeyView(key, { hash: hashInHex, spent }) }
}

function limitChange(key: ApiKey, body: ManagedKeyChange): KeyChange {
  if (body.limit === undefined && body.limit_reset === undefined) return {}
  const before = key.limits?.spendNanoUsd ?? noSpendLimits
  const limited = spendWindows.find((window) => before[window] !== null)
  const window = body.limit_reset === undefined ? (limited ?? 'total') : windowOf(body.limit_reset)
  if (body.limit !== undefined) return { limits: limitsWith(key.limits, body.limit, window) }
  const amount = limited === undefined ? null : before[limited]
  return { limits: limitsOf(key.limits, amount, window) }
}

function limitsWith(
  before: UsageLimits | null,
  limit: number | null,
  window: SpendWindow,
): UsageLimits | null {
  return limitsOf(before, limit === null ? null : amountOf(limit), window)
}

/** In OpenRouter's words a key has one spend limit; what else it is limited by stays as it is. */
function limitsOf(
  before: UsageLimits | null,
  amount: NanoUsd | null,
  window: SpendWindow,
): UsageLimits | null {
  return storableLimits({
    ...(before ?? noLimits),
    spendNanoUsd: { ...noSpendLimits, [window]: amount },
  })
}

/** The digits that the client wrote: the shortest text of a number says them exactly. */
function amountOf(limit: number): NanoUsd {
  const amount = parseUsd(String(limit))
  if (amount !== undefined) return amount
  const detail = `limit: ${limit} must be US dollars with at most nine decimals.`
  throw new Fault('invalid_request', { param: 'limit', details: { detail } })
}

function expiryOf({ clock }: House, text: string | null): Date | null {
  if (text === null) return null
  const at = new Date(text)
  if (at.getTime() > clock.nowMs()) return at
  const detail = `expires_at: ${text} is not in the future.`
  throw new Fault('invalid_request', { param: 'expires_at', details: { detail } })
}

/** A schema of the contract, as far as it is used here. */
interface BodySchema<Read> {
  readonly safeParse: (value: unknown) =>
    | { readonly success: true; readonly data: Read }
    | {
        readonly success: false
        readonly error: {
          readonly issues: readonly {
            readonly path: readonly PropertyKey[]
            readonly message: string
          }[]
        }
      }
}

/** The body of a request beside the hot path, checked. Throws a fault that names the first mistake. */
export async function readJson<Read>(
  { house, request }: Pick<ReadQuestion, 'house' | 'request'>,
  schema: BodySchema<Read>,
): Promise<Read> {
  const result = schema.safeParse(parseJson(await readBody(house, request)))
  if (result.success) return result.data
  const [issue] = result.error.issues
  const param = issue === undefined ? '' : issue.path.map(String).join('.')
  const detail = `${param === '' ? '' : `${param}: `}${issue?.message ?? 'this is not what is read here'}.`
  throw new Fault('invalid_request', { param: param === '' ? null : param, details: { detail } })
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    const detail = cause instanceof SyntaxError ? cause.message : 'it is not UTF-8'
    throw new Fault('invalid_json', { details: { detail: detail.slice(0, 200) } })
  }
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
