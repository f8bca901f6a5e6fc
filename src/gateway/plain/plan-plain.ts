import type { IncomingHttpHeaders } from 'node:http'

import { parseProviderPreferences } from '#contract/chat.ts'
import { boundCharge } from '#domain/own-fee.ts'
import { formBytes } from '#gateway/canonical/form.ts'
import { invalid } from '#gateway/canonical/json.ts'
import type { House } from '#gateway/house.ts'
import type { KnownKey } from '#gateway/key-directory.ts'
import type { Life } from '#gateway/life.ts'
import { chooseAttempts, planOf, type ChatPlan } from '#gateway/plan-chat.ts'

import type { PlainEndpoint } from './plain-endpoints.ts'
import { readFormMessage, readJsonMessage } from './read-message.ts'

/**
 * Reads what is asked, and chooses who may answer, with the most that it can cost. Throws `invalid_json`,
 * `invalid_request`, and what `chooseAttempts` throws.
 */
export async function planPlain(
  house: Pick<House, 'catalogue'>,
  life: Life,
  asked: { endpoint: PlainEndpoint; body: Buffer; caller: KnownKey },
): Promise<ChatPlan> {
  const { endpoint, body, caller } = asked
  const { headers } = life.request
  const message = endpoint.takesForm ? await readFormMessage(body, headers) : readJsonMessage(body)
  const question = endpoint.read(message)
  life.plain = question
  const { model: name } = question
  if (name === null || name === '') throw invalid('model', 'is missing: name the model to use')
  const provider = parseProviderPreferences(question.provider)
  const wish = {
    name,
    fallbacks: [],
    provider,
    promptTokensMax: question.bound('tokens').promptTokens,
  }
  const { use, path } = endpoint
  const chosen = chooseAttempts(house.catalogue, { ...wish, uses: [use], path }, caller)
  const bounded = chosen.map((attempt) => {
    const bound = question.bound(attempt.model.countedIn ?? 'tokens')
    return { ...attempt, bound, boundNanoUsd: boundCharge(bound, attempt.endpoint) }
  })
  return { ...planOf(name, bounded, true), isUnlimitable: true }
}

/** What makes a request the same one when it is sent again: of a form its fields, without the boundary. */
export async function wordsOf(
  { takesForm }: PlainEndpoint,
  body: Buffer,
  headers: IncomingHttpHeaders,
): Promise<Buffer> {
  if (!takesForm) return body
  const message = await readFormMessage(body, headers)
  return message.kind === 'form' ? formBytes(message.fields, 'words') : body
}
