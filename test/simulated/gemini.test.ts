import { describe, expect, test } from 'vitest'

import { listOf, objectOf } from '#gateway/canonical/json.ts'
import { geminiProvider } from '#gateway/providers/gemini/gemini-protocol.ts'

import { ask } from './simulated-harness.ts'
import { answerTo, continued, encode, requestOf, send, type SpokenAt } from './translated.ts'

const at: SpokenAt = {
  protocol: geminiProvider,
  provider: 'simulated',
  baseUrl: 'simulated:gemini',
  model: 'sim/echo',
}

describe('what is Gemini’s own', () => {
  test('reasons are told in its words, and absent thoughts are shown where they are counted', async () => {
    const short = requestOf({ messages: [user('Hi')], max_tokens: 3 })
    expect(await answerTo(short, at)).toMatchObject({
      finish: 'length',
      nativeFinish: 'MAX_TOKENS',
    })
    const counted = requestOf({ messages: [user('Hi\nsim: reasoningTokens=7')], stream: true })
    const answer = await answerTo(counted, at)
    expect(answer.items[0]).toMatchObject({ kind: 'reasoning' })
    expect(answer).toMatchObject({
      nativeFinish: 'STOP',
      usage: { completion_tokens_details: { reasoning_tokens: 7 } },
    })
  })

  test.each([false, true])(
    'the first call is signed, and the signature goes back on it (stream: %s)',
    async (stream) => {
      const first = requestOf({
        messages: [user('call weather {"city": "Oslo"}')],
        tools: [{ type: 'function', function: { name: 'weather', parameters: {} } }],
        stream,
      })
      const answer = await answerTo(first, at)
      const call = answer.items.find((item) => item.kind === 'tool_call')
      const signature = answer.items.find((item) => item.kind === 'reasoning')
      expect(signature).toMatchObject({ callId: call?.id, format: 'google-gemini-v1' })
      const turn = objectOf(
        listOf(encode(continued(first, answer, 'rain'), at).body['contents'])[1],
      )
      expect(listOf(turn['parts'])).toMatchObject([
        { thoughtSignature: signature?.kind === 'reasoning' ? signature.data : null },
      ])
    },
  )

  test.each([
    [429, 'RESOURCE_EXHAUSTED'],
    [503, 'UNAVAILABLE'],
    [400, 'INVALID_ARGUMENT'],
  ])('status %i is called %s', async (asked, type) => {
    const request = requestOf({ messages: [user(`Hi\nsim: error=${asked}`)] })
    const heard = await send(encode(request, at))
    expect(JSON.parse(heard.chunks.join(''))).toMatchObject({ error: { status: type } })
  })

  test('an unknown model is refused in its envelope', async () => {
    const heard = await ask(
      { contents: [] },
      { url: 'simulated:gemini/models/none:generateContent' },
    )
    expect(heard.status).toBe(404)
    expect(JSON.parse(heard.chunks.join(''))).toMatchObject({ error: { code: 404 } })
  })
})

function user(content: string) {
  return { role: 'user', content }
}
