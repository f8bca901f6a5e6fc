import { createHash } from 'node:crypto'

import type { JsonObject } from './json-values.ts'
import { isObject, listOrEmpty, objectOrEmpty } from './json-values.ts'
import { refuse, type Refusal } from './refusal.ts'
import { splitTokens } from './words.ts'

/** What `sim/reason` thinks before it answers. */
export interface Thought {
  readonly pieces: readonly string[]
  /** Goes back with the text, byte for byte; another one is refused. */
  readonly signature: string
  /** The client asked not to see the text: the signature is sent alone. */
  readonly isHidden: boolean
}

/** The thought about a question, of at most so many tokens: the same for the same question. */
export function thoughtAbout(
  question: string,
  { most, isHidden }: { most: number; isHidden: boolean },
): Thought {
  const text =
    'This thought is simulated, as the answer will be. ' +
    `The question has ${question.length} characters. Repeating it is the best answer I know.`
  const pieces = splitTokens(text).slice(0, most)
  return { pieces, signature: signatureOf(pieces.join('')), isHidden }
}

const seal = 'simulated '

/** What proves that a thought is one of `sim/reason`. */
function signatureOf(text: string): string {
  const digest = createHash('sha256').update(`simulated thought: ${text}`).digest('hex')
  return Buffer.from(seal + digest).toString('base64')
}

/** True of a signature or encrypted text that a simulated model may have made. */
export function isOurSignature(signature: string): boolean {
  return Buffer.from(signature, 'base64').toString().startsWith(seal)
}

/**
 * Why the earlier thoughts of a conversation are refused: one that is not, byte for byte, what was thought.
 * A signature without its text proves itself. Those of other makers are left alone.
 */
export function forgedThought(messages: readonly JsonObject[]): Refusal | undefined {
  for (const [place, message] of messages.entries()) {
    for (const detail of listOrEmpty(message['reasoning_details']).filter(isObject)) {
      const { signature } = detail
      if (typeof signature !== 'string' || !isOurSignature(signature)) continue
      const text = detail['text'] ?? ''
      if (typeof text === 'string' && (text === '' || signatureOf(text) === signature)) continue
      const param = `messages.${place}`
      const said = `${param}: Invalid \`signature\` in \`thinking\` block: the thought was changed.`
      return refuse(said, param)
    }
  }
  return undefined
}

/** Whether a request wants no thoughts, or does not want to see them. */
export function thinkingWish(body: JsonObject): { isOff: boolean; isHidden: boolean } {
  const wish = objectOrEmpty(body['reasoning'])
  const effort = wish['effort'] ?? body['reasoning_effort']
  return {
    isOff: effort === 'none' || wish['enabled'] === false,
    isHidden: wish['exclude'] === true,
  }
}
