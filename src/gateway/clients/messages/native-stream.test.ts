import { expect, test } from 'vitest'

import { Fault } from '#domain/faults.ts'
import { closingFor, factsFor } from '#test/fixtures/answer-facts.ts'
import { readEvents } from '#test/fixtures/stored-exchanges.ts'
import { asked } from '#test/gateway/asked.ts'

import { messagesProtocol } from './messages-protocol.ts'

const facts = factsFor(asked(), {})
const closing = closingFor([{ kind: 'usage', usage: { prompt_tokens: 30, completion_tokens: 4 } }])

const recorded = `event: message_start
data: {"type":"message_start","message":{"id":"msg_1","model":"claude-x","usage":{"input_tokens":30}}   }

event: ping
data: {"type": "ping"}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"ä"}     }

event: novelty_of_tomorrow
data: {"type":"novelty_of_tomorrow"}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"pause_turn"},"usage":{"output_tokens":4,"server_tool_use":{"web_search_requests":1}},"context_management":{}}

event: message_stop
data: {"type":"message_stop"    }

`

test('events pass as they came; names, counts and cost are ours, and the end waits', () => {
  const stream = messagesProtocol.openNative(facts)
  const passed = readEvents(recorded).map((event) => stream.pass(event))
  expect(passed.slice(1, 4).join('')).toBe(
    recorded
      .slice(recorded.indexOf('event: ping'), recorded.indexOf('event: message_delta'))
      .replaceAll(/ +(?=\n)/g, ''),
  )
  expect(passed[0]).toContain(`"id":"${facts.id}"`)
  expect(passed[0]).toContain('"model":"maker/model"')
  expect(passed.slice(4)).toEqual(['', ''])
  const [delta, stop] = readEvents(stream.end(closing)).map((event): unknown =>
    JSON.parse(event.data),
  )
  expect(delta).toMatchObject({
    type: 'message_delta',
    delta: { stop_reason: 'pause_turn' },
    context_management: {},
    usage: {
      input_tokens: 30,
      output_tokens: 4,
      server_tool_use: { web_search_requests: 1 },
      cost: 0.000150001,
    },
  })
  expect(stop).toEqual({ type: 'message_stop' })
})

test('an error of the upstream is told in our words only', () => {
  const stream = messagesProtocol.openNative(facts)
  expect(stream.pass({ name: 'error', data: '{"type":"error"}', isException: false })).toBe('')
  expect(stream.fail(new Fault('provider_error'))).toMatch(/^event: error\ndata: \{"type":"error"/)
})

test('a whole answer keeps what we do not know of', () => {
  const body = { id: 'msg_1', type: 'message', novelty: 1, usage: { input_tokens: 30, geo: 'x' } }
  expect(JSON.parse(messagesProtocol.editWhole(body, facts, closing))).toMatchObject({
    id: facts.id,
    model: facts.model,
    novelty: 1,
    usage: { input_tokens: 30, output_tokens: 4, geo: 'x', cost: 0.000150001 },
  })
})
