import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { startGatewayWorld, type GatewayWorld } from '#test/gateway/gateway-world.ts'
import {
  chunk,
  completion,
  answerWith,
  startScriptedUpstream,
  streamOf,
  type ScriptedUpstream,
} from '#test/gateway/scripted-upstream.ts'

import { AnswerMemory } from './answer-memory.ts'

describe('the memory for answers under way', () => {
  const told: unknown[] = []
  let nowMs = 0
  const log = {
    warn: (event: string, details: unknown) => void told.push({ event, details }),
    alarm: () => {},
  }
  let memory: AnswerMemory
  beforeEach(() => {
    told.length = 0
    nowMs = 0
    memory = new AnswerMemory({ log, nowMs: () => nowMs, bytesMax: 100 })
  })

  test('is shared by all answers, and free again when one is over', () => {
    const [one, other] = [{ answerBytes: 0 }, { answerBytes: 0 }]
    expect(memory.roomOf(one).take(60)).toBe(true)
    expect(memory.roomOf(other).take(60)).toBe(false)
    expect(memory.roomOf(other).take(40)).toBe(true)
    memory.free(one)
    memory.free(one)
    expect(memory.byteLength).toBe(40)
    expect(memory.roomOf(other).take(60)).toBe(true)
    memory.free(other)
    expect(memory.byteLength).toBe(0)
  })

  test('that is full is told once a minute, with how often it was', () => {
    const room = memory.roomOf({ answerBytes: 0 })
    for (let time = 0; time < 5; time += 1) room.take(101)
    nowMs = 60_000
    room.take(101)
    expect(told).toMatchObject([{ details: { cutCount: 1 } }, { details: { cutCount: 6 } }])
  })
})

describe('a node whose memory for answers is full', () => {
  const answersBytesMax = 64 * 1024
  let upstream: ScriptedUpstream
  let world: GatewayWorld
  beforeAll(async () => {
    upstream = await startScriptedUpstream(answerWith(200, completion()))
    world = await startGatewayWorld({
      providers: [{ baseUrl: upstream.baseUrl }],
      limits: { answersBytesMax },
      balanceUsd: 1_000,
      contentMode: 'full',
      model: { contextLength: 100_000_000, maxOutput: 1_000_000 },
    })
  })
  afterAll(async () => {
    await world.close()
    await upstream.close()
  })

  const ask = (text: string, times: number) => {
    upstream.script = streamOf([
      ...Array.from({ length: times }, () => chunk({ content: text })),
      chunk({}, {}, 'stop'),
      'data: [DONE]\n\n',
    ])
    return world.chat({
      model: 'test/model',
      stream: true,
      max_tokens: 1_000_000,
      messages: [{ role: 'user', content: 'Hi' }],
    })
  }

  /** What was kept of the last request: it waits for the store, or is there. */
  const lastKept = async () => {
    const record = world.credit.records.at(-1)
    if (!record) return undefined
    const { contentQueue, generations, vault } = world.parts
    const waiting = contentQueue.find(record.id)
    if (waiting) return waiting
    const sealed = await generations.findContent(record.id, record.accountId)
    return sealed && vault.open(sealed)
  }

  test('passes a longer answer on whole, counts all of it, and keeps its beginning', async () => {
    const piece = 'word '.repeat(800)
    const text = await (await ask(piece, 100)).text()
    expect(text.split('word ').length - 1).toBe(80_000)
    const record = world.credit.records.at(-1)
    // Nothing was reported: a quarter of a token for each letter, scaled up from what was kept.
    expect(record?.usageSource).not.toBe('upstream')
    expect(record?.usage.completionTokens).toBeGreaterThan(99_000)
    expect(record?.usage.completionTokens).toBeLessThan(101_000)
    const kept = await lastKept()
    expect(kept?.response.byteLength).toBeGreaterThan(0)
    expect(kept?.response.byteLength).toBeLessThanOrEqual(answersBytesMax)
    expect(world.events.map(({ event }) => event)).toContain('answers_not_kept_whole')
  })

  test('has room again for the next one', async () => {
    await (await ask('short', 3)).text()
    const kept = await lastKept()
    expect(kept?.response.toString()).toContain('[DONE]')
  })
})
