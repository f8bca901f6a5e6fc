import type { IncomingMessage, ServerResponse } from 'node:http'

import type { ContentMode } from '#domain/accounts.ts'
import { strictestContentMode } from '#domain/accounts.ts'
import { assert, Fault } from '#domain/faults.ts'

import { admit } from './admit.ts'
import type { Answered } from './answered.ts'
import { askUpstreams } from './attempt.ts'
import { conclude } from './conclude.ts'
import type { House } from './house.ts'
import { answerOnce } from './idempotency/answer-once.ts'
import { idempotencyKeyHeader } from './idempotency/idempotency-key.ts'
import { identify, refusalOf } from './identify.ts'
import type { KnownKey } from './key-directory.ts'
import { beginLife, endLife, type Life } from './life.ts'
import { refuseFullRates, takeRates } from './limits/take-rates.ts'
import { planPlain, wordsOf } from './plain/plan-plain.ts'
import { planChat } from './plan-chat.ts'
import { ClientGone, readBody, readFormBody } from './read-body.ts'
import type { Ending } from './record.ts'
import { asFault } from './respond.ts'
import { completeResponses } from './responses/in-a-life.ts'
import { readClientBody } from './translate/client-body.ts'
import type { Door } from './translate/doors.ts'

/**
 * The life of one model request, whatever protocol its client speaks: identify, parse, plan, take rates, admit, attempt; then meter, settle and deliver
 * in one exit, however it went. With an `Idempotency-Key`, all after identification is done once for all who
 * send it. Never rejects.
 */
export async function chat(
  house: House,
  exchange: { request: IncomingMessage; response: ServerResponse; door: Door },
): Promise<void> {
  const { request, response } = exchange
  const life = beginLife(house, exchange)
  let ending: Ending
  try {
    await letIn(house, life)
    const { plain } = life.door
    const body = await (plain?.takesForm ? readFormBody : readBody)(house, request)
    if (request.headers[idempotencyKeyHeader] !== undefined) {
      const work = (own: Life) => answerAlone(house, own, body)
      const words = plain ? await wordsOf(plain, body, request.headers) : body
      await answerOnce(house, { life, response }, { path: life.door.path, words, work })
      endLife(house, life)
      return
    }
    ending = await ask(house, life, body)
  } catch (error) {
    ending = endingOf(house, error)
  }
  await endWith(house, life, ending)
}

/** Answers a body that was read. Never rejects. */
async function answerAlone(house: House, life: Life, body: Buffer): Promise<void> {
  let ending: Ending
  try {
    ending = await ask(house, life, body)
  } catch (error) {
    ending = endingOf(house, error)
  }
  await endWith(house, life, ending)
}

async function ask(house: House, life: Life, body: Buffer): Promise<Answered> {
  const { door } = life
  const caller = callerOf(life)
  if (door.plain) life.plan = await planPlain(house, life, { endpoint: door.plain, body, caller })
  else {
    const isKept = door.client === 'responses'
    const complete = isKept ? completeResponses(house, caller.account.id) : null
    const read = readClientBody(door, life.request.headers, { bytes: body, complete })
    life.body = read instanceof Promise ? await read : read
    life.plan = planChat(house.catalogue, life.body, { caller, uses: door.uses, path: door.path })
  }
  takeRates(house, life, life.plan)
  await admit(house, life, life.plan)
  return askUpstreams(house, life, life.plan)
}

function endingOf(house: House, error: unknown): Ending {
  if (error instanceof ClientGone) return { kind: 'gone' }
  return { kind: 'refused', fault: asFault(house, error) }
}

async function endWith(house: House, life: Life, ending: Ending): Promise<void> {
  try {
    await conclude(house, life, ending)
  } catch (error) {
    asFault(house, error)
    life.response.destroy()
  } finally {
    endLife(house, life)
  }
}

function callerOf({ caller }: Life): KnownKey {
  assert(caller, 'a request is planned after it is identified')
  return caller
}

/** Who asks, whether they may, and how much of it may be kept. Throws the fault that refuses them. */
async function letIn(house: House, life: Life): Promise<void> {
  const { request } = life
  const found = identify(request, house.keys)
  const caller = found instanceof Promise ? await found : found
  if (!caller) throw new Fault('missing_api_key')
  life.caller = caller
  life.contentMode = strictestContentMode(caller.account.contentMode, caller.key.contentMode)
  // Now: a connection that has closed no longer knows its address.
  life.clientIp = house.clientAddressOf(request)
  const refusal = refusalOf(caller, { clock: house.clock, clientIp: life.clientIp })
  if (refusal) throw refusal
  if (caller.key.kind !== 'inference') {
    throw new Fault('permission_denied', {
      details: { detail: 'an operator token opens the control API, not models' },
    })
  }
  life.contentMode = strictestContentMode(life.contentMode, wishedMode(request))
  // What was answered already is given again whatever the rates: they are counted when it is not.
  if (request.headers[idempotencyKeyHeader] === undefined) refuseFullRates(house, caller)
}

const contentModeHeader = 'x-codelace-log'

function wishedMode({ headers }: IncomingMessage): ContentMode | null {
  const wish = headers[contentModeHeader]
  if (wish === undefined) return null
  if (wish === 'none' || wish === 'metadata' || wish === 'full') return wish
  throw new Fault('invalid_request', {
    param: 'X-Codelace-Log',
    details: { detail: 'The header X-Codelace-Log must be "none", "metadata" or "full".' },
  })
}
