import { parentPort } from 'node:worker_threads'

import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'

import type { CountAnswer, CountQuestion } from './count-protocol.ts'
import { cutText } from './cut-text.ts'

/** Runs in a thread of its own: counts each text, piece by piece. */
parentPort?.on('message', ({ id, texts }: CountQuestion) => {
  parentPort?.postMessage(answer(id, texts))
})

function answer(id: number, texts: readonly string[]): CountAnswer {
  try {
    return { id, counts: texts.map((text) => countOne(text)), error: null }
  } catch (error) {
    return { id, counts: [], error: String(error) }
  }
}

function countOne(text: string): number {
  let count = 0
  // Text that looks like a control token is text here.
  for (const piece of cutText(text)) count += countTokens(piece, { disallowedSpecial: new Set() })
  return count
}
