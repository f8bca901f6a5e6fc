import type { IncomingMessage } from 'node:http'

import { creditsAnswer, keyAnswer } from '#contract/account-view.ts'
import { contentAnswer, generationAnswer } from '#contract/generation.ts'
import { endpointsAnswer, modelCountAnswer, providersAnswer } from '#contract/model-endpoints.ts'
import { modelAnswer } from '#contract/models.ts'
import { type KeyScope, strictestContentMode } from '#domain/accounts.ts'
import { sumOf } from '#domain/budgets.ts'
import type { Model } from '#domain/catalogue.ts'
import { assert, Fault } from '#domain/faults.ts'
import type { GenerationRecord } from '#domain/generation.ts'
import { isGenerationId, type GenerationId } from '#domain/identifiers.ts'
import { nearNames } from '#domain/near-names.ts'
import { utcDayOf } from '#domain/spend-windows.ts'
import type { KeyWithAccount } from '#ports/api-keys.ts'
import { VaultError } from '#ports/content-vault.ts'

import { boardName } from './endpoint-health.ts'
import type { House } from './house.ts'
import { identify, refusalOf } from './identify.ts'

/** One question to a read route. `query` is what stands behind the question mark. */
export interface ReadQuestion {
  readonly house: House
  readonly request: IncomingMessage
  /** What follows the route's own path, decoded. */
  readonly rest: string
  readonly query: string
}

/** Answers a question with a value for JSON, or throws a `Fault`. */
export type ReadRoute = (question: ReadQuestion) => unknown

/** One model, by id or alias; readable without a key. */
export const readModel: ReadRoute = (question) => modelAnswer(findModel(question))

/** One model with every way to reach it, and how each did lately. */
export const readModelEndpoints: ReadRoute = async (question) => {
  const model = findModel(question)
  const board = await question.house.readHealth()
  return endpointsAnswer(model, (provider, upstream) => board.get(boardName(provider, upstream)))
}

/** How many models there are. */
export const countModels: ReadRoute = ({ house }) => modelCountAnswer(house.catalogue)

/** Who may receive requests. */
export const listProviders: ReadRoute = ({ house }) => providersAnswer(house.catalogue)

/** The model that a question names. Throws `model_not_found`. */
export function findModel({ house, rest }: ReadQuestion): Model {
  const model = house.catalogue.byName.get(rest)
  if (model) return model
  const near = nearNames(rest, house.catalogue.byName.keys(), 3)
  const suggestion =
    near.length === 0 ? '' : ` Did you mean ${near.map((name) => `"${name}"`).join(' or ')}?`
  throw new Fault('model_not_found', { details: { model: rest.slice(0, 200), suggestion } })
}

/** One line of the request log: readable from the moment the answer's end has left. */
export const readGeneration: ReadRoute = async ({ house, request, query }) => {
  const caller = await callerOf(house, request, 'read_usage')
  return { data: generationAnswer(await findRecord(house, caller, idIn(query))) }
}

/** What was sent and received, if it was kept. */
export const readGenerationContent: ReadRoute = async ({ house, request, query }) => {
  const caller = await callerOf(house, request, 'read_usage')
  const id = idIn(query)
  const waiting = house.contentQueue.find(id)
  if (waiting && waiting.accountId === caller.account.id) return { data: contentTexts(waiting) }
  const sealed = await house.generations.findContent(id, caller.account.id)
  if (sealed) {
    try {
      return { data: contentTexts(await house.vault.open(sealed)) }
    } catch (error) {
      if (!(error instanceof VaultError)) throw error
      house.log.alarm('content_unreadable', { id, error: error.message })
      throw notKept('it can no longer be read', error)
    }
  }
  const { contentMode } = await findRecord(house, caller, id)
  throw notKept(
    contentMode === 'full'
      ? 'nothing was produced, or it was not stored'
      : `content logging was "${contentMode}" for this request`,
  )
}

/** What was given and spent. */
export const readCredits: ReadRoute = async ({ house, request }) => {
  const { account } = await callerOf(house, request, 'read_usage')
  const balance = await house.ledger.balance(account.id)
  assert(balance, 'an account that has a key exists')
  return creditsAnswer(balance)
}

/** The key that asks, with its limits and what it has spent, what this node has yet to book included. */
export const readKey: ReadRoute = async ({ house, request }) => {
  const { key, account } = await callerOf(house, request, null)
  const day = utcDayOf(house.clock.nowMs())
  const settled = await house.budgets.spent(key.id, day)
  const spent = sumOf(settled, house.credit.pendingSpent(key.id, day))
  const contentMode = strictestContentMode(account.contentMode, key.contentMode)
  return keyAnswer({ key, contentMode, spent })
}

/** The holder of the key that a request shows. Throws the fault that refuses it. */
export async function callerOf(
  house: House,
  request: IncomingMessage,
  scope: KeyScope | null,
): Promise<KeyWithAccount> {
  const caller = await identify(request, house.keys)
  if (!caller) throw new Fault('missing_api_key')
  const clientIp = house.clientAddressOf(request)
  const refusal = refusalOf(caller, { clock: house.clock, clientIp, scope })
  if (refusal) throw refusal
  return caller
}

function idIn(query: string): GenerationId {
  const id = new URLSearchParams(query).get('id')
  if (id === null || id === '') {
    throw new Fault('invalid_request', {
      param: 'id',
      details: { detail: 'Name the generation: ?id=gen-...' },
    })
  }
  if (!isGenerationId(id)) throw new Fault('generation_not_found', { param: 'id' })
  return id
}

async function findRecord(
  house: House,
  { account }: KeyWithAccount,
  id: GenerationId,
): Promise<GenerationRecord> {
  const pending = house.credit.findPending(id)
  if (pending && pending.accountId === account.id) return pending
  const stored = await house.generations.find(id, account.id)
  if (!stored) throw new Fault('generation_not_found', { param: 'id' })
  return stored
}

function contentTexts(content: {
  request: Uint8Array
  response: Uint8Array
  streamed: boolean
}): unknown {
  const decoder = new TextDecoder()
  return contentAnswer({
    request: decoder.decode(content.request),
    response: decoder.decode(content.response),
    streamed: content.streamed,
  })
}

function notKept(detail: string, cause?: unknown): Fault {
  return new Fault('content_not_kept', { details: { detail }, cause })
}
