import { describe, expect, test } from 'vitest'

import {
  answerText,
  closingEvents,
  firstEvent,
  messagesClosingEvents,
  messagesFirstEvents,
  messagesMiddleEvent,
  middleEvent,
  pacedBasePath,
  paceOfPath,
} from './answers.ts'
import { requestText } from './request.ts'

describe('the load', () => {
  test('asks about 1.6 KB, streaming or not', () => {
    for (const form of ['answer', 'stream'] as const) {
      const bytes = Buffer.byteLength(requestText('bench-model', form))
      expect(bytes).toBeGreaterThan(1500)
      expect(bytes).toBeLessThan(1750)
    }
    expect(JSON.parse(requestText('m', 'answer'))).not.toHaveProperty('stream')
    expect(JSON.parse(requestText('m', 'stream'))).toMatchObject({
      model: 'm',
      stream: true,
      stream_options: { include_usage: true },
    })
  })
})

describe('the upstream', () => {
  test('answers about 0.5 KB with usage', () => {
    expect(Buffer.byteLength(answerText)).toBeGreaterThan(450)
    expect(Buffer.byteLength(answerText)).toBeLessThan(700)
    expect(JSON.parse(answerText)).toMatchObject({ usage: { total_tokens: 419 } })
  })

  test('says nothing that a configuration of nginx would read as its own', () => {
    expect(answerText).not.toMatch(/['$\\]/)
  })

  test('sends events that a client can read, the last but one with the usage', () => {
    const text = firstEvent + middleEvent + closingEvents(2)
    const events = text.split('\n\n').filter((event) => event !== '')
    expect(events.every((event) => event.startsWith('data: '))).toBe(true)
    expect(events.at(-1)).toBe('data: [DONE]')
    expect(JSON.parse(events.at(-2)?.slice(6) ?? '')).toMatchObject({
      choices: [],
      usage: { completion_tokens: 2, total_tokens: 390 },
    })
  })

  test('sends the events of the Messages protocol in their order', () => {
    const text = messagesFirstEvents + messagesMiddleEvent + messagesClosingEvents(2)
    const types = [...text.matchAll(/^event: (\w+)\ndata: (.+)$/gm)].map(([, name, data]) => {
      expect(JSON.parse(data ?? '')).toMatchObject({ type: name })
      return name
    })
    expect(types).toEqual([
      ...['message_start', 'content_block_start', 'content_block_delta', 'content_block_delta'],
      ...['content_block_stop', 'message_delta', 'message_stop'],
    ])
  })

  test('reads the pace that the path of its base URL names', () => {
    const path = `${pacedBasePath({ intervalMs: 20, chunks: 200 })}/chat/completions`
    expect(paceOfPath(path)).toEqual({ intervalMs: 20, chunks: 200 })
    expect(paceOfPath('/v1/chat/completions')).toBeUndefined()
  })
})
