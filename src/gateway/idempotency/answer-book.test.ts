import { randomBytes } from 'node:crypto'

import { beforeEach, describe, expect, test } from 'vitest'

import type { GenerationRecord } from '#domain/generation.ts'
import { nanoUsd } from '#domain/money.ts'
import { newGeneration } from '#ports/generations.conformance.ts'
import { newClaim } from '#ports/idempotency.conformance.ts'
import { makeStoppedClock, type StoppedClock } from '#test/stopped-clock.ts'

import { createAnswerBook, type AnswerBook, type AnswerBookLimits } from './answer-book.ts'
import { keepNothing, type KeptAnswers, type RequestName } from './kept-answers.ts'
import type { Recording } from './recording.ts'

const dayMs = 24 * 60 * 60_000
let time: StoppedClock
let runs = 0
beforeEach(() => {
  time = makeStoppedClock()
  runs = 0
})

function makeBook(limits: Partial<AnswerBookLimits> = {}, kept: KeptAnswers = keepNothing) {
  return createAnswerBook({ kept, clock: time.clock, limits })
}

function newName(): RequestName {
  const { nodeId: _node, ttlMs: _ttl, ...name } = newClaim()
  return name
}

const finished = (id: RequestName['generationId']): GenerationRecord => ({
  ...newGeneration(),
  ...{ id, outcome: 'completed', costNanoUsd: nanoUsd(1n) },
})

/** Work that answers at once with this text. */
const saying = (name: RequestName, text: string) => async (recording: Recording) => {
  runs += 1
  recording.writeHead(200, ['content-type', 'text/plain'])
  recording.end(text)
  return finished(name.generationId)
}

async function textOf(book: AnswerBook, name: RequestName, text = 'hello'): Promise<string> {
  const { answer } = await book.enter(name, saying(name, text))
  await time.settle()
  return answer.recording.body().toString()
}

describe('the answers in memory', () => {
  test('are given again for 24 hours, and not a moment longer', async () => {
    const book = makeBook()
    const name = newName()
    expect(await textOf(book, name, 'first')).toBe('first')
    await time.advance(dayMs - 1)
    expect(await textOf(book, name, 'second')).toBe('first')
    await time.advance(1)
    expect(book.size()).toEqual({ answers: 0, bytes: 0 })
    expect(await textOf(book, name, 'second')).toBe('second')
    expect(runs).toBe(2)
  })

  test('are forgotten oldest first when their bytes or their number grow too large', async () => {
    for (const limits of [{ memoryBytesMax: 25 }, { answersMax: 2 }]) {
      const book = makeBook(limits)
      const names = [newName(), newName(), newName()]
      for (const name of names) await textOf(book, name, '0123456789')
      expect(book.size()).toEqual({ answers: 2, bytes: 20 })
      runs = 0
      await textOf(book, names[2] as RequestName)
      await textOf(book, names[1] as RequestName)
      expect(runs).toBe(0)
      await textOf(book, names[0] as RequestName)
      expect(runs).toBe(1)
    }
  })

  test('larger than the limit are not given again: the client is told, and nothing is asked twice', async () => {
    const book = makeBook({ answerBytesMax: 5 })
    const name = newName()
    await textOf(book, name, 'far too long')
    await expect(book.enter(name, saying(name, 'again'))).rejects.toMatchObject({
      code: 'idempotent_answer_not_kept',
      message: expect.stringContaining(name.generationId),
    })
    expect(runs).toBe(1)
    expect(book.size().bytes).toBe(0)
  })

  test('are not forgotten before the store has them', async () => {
    const stored = Promise.withResolvers<void>()
    const book = makeBook({ answersMax: 1 }, { ...keepNothing, keep: () => stored.promise })
    const names = [newName(), newName()]
    for (const name of names) await textOf(book, name)
    expect(book.size().answers).toBe(2)
    expect(await Promise.race([book.flush(10), time.advance(10).then(() => false)])).toBe(false)
    stored.resolve()
    await time.settle()
    expect(book.size().answers).toBe(1)
    expect(await book.flush(10)).toBe(true)
  })
})

describe('a key whose fate is not known yet', () => {
  test('makes others wait for the claim, with the same request or another', async () => {
    const claim = Promise.withResolvers<{ kind: 'claimed' }>()
    const book = makeBook({}, { ...keepNothing, claim: () => claim.promise })
    const name = newName()
    const first = textOf(book, name, 'one')
    const same = book.enter({ ...name }, saying(name, 'two'))
    const other = book.enter(
      { ...name, fingerprint: Uint8Array.from(randomBytes(32)) },
      saying(name, 'three'),
    )
    const refused = other.catch((error: unknown) => error)
    await time.settle()
    expect(runs).toBe(0)
    claim.resolve({ kind: 'claimed' })
    await first
    expect(await refused).toMatchObject({ code: 'idempotency_key_reused' })
    expect((await same).isFirst).toBe(false)
    expect(runs).toBe(1)
  })

  test('is not begun again before it was freed', async () => {
    const freed = Promise.withResolvers<void>()
    const book = makeBook({}, { ...keepNothing, release: () => freed.promise })
    const name = newName()
    const failing = async (recording: Recording) => {
      recording.writeHead(502, [])
      recording.end('failed')
      return {
        ...finished(name.generationId),
        outcome: 'upstream_failed',
        costNanoUsd: nanoUsd(0n),
      } as const
    }
    await book.enter(name, failing)
    await time.settle()
    const again = textOf(book, name, 'now')
    await time.settle()
    expect(runs).toBe(0)
    freed.resolve()
    expect(await again).toBe('now')
  })

  test('that fails for a reason of ours refuses with a fault, and is free again', async () => {
    let isBroken = true
    const claim: KeptAnswers['claim'] = async () => {
      if (isBroken) throw new TypeError('a row that cannot be read')
      return { kind: 'claimed' }
    }
    const book = makeBook({}, { ...keepNothing, claim })
    const name = newName()
    const { answer } = await book.enter(name, saying(name, 'never'))
    await time.settle()
    expect(answer.fault?.code).toBe('internal')
    isBroken = false
    expect(await textOf(book, name, 'now')).toBe('now')
  })
})
