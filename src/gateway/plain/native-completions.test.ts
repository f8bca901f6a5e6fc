import { afterAll, beforeAll, expect, test } from 'vitest'

import { startGatewayWorld, type GatewayWorld } from '#test/gateway/gateway-world.ts'
import { faultOf, jsonOf, post } from '#test/gateway/plain-client.ts'
import {
  answerWith,
  startScriptedUpstream,
  streamOf,
  type ScriptedUpstream,
} from '#test/gateway/scripted-upstream.ts'

let upstream: ScriptedUpstream
let world: GatewayWorld

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerWith(200, {}))
  const providers = [{ baseUrl: upstream.baseUrl }]
  world = await startGatewayWorld({ providers, model: { serves: ['completions'] } })
})

afterAll(async () => {
  await world.close()
  await upstream.close()
})

const path = '/v1/completions'
const asked = { model: 'test/model', prompt: ['Once', 'Twice'], suffix: 'end', max_tokens: 5 }
const usage = { prompt_tokens: 4, completion_tokens: 6, total_tokens: 10 }
const choice = (index: number, text: string, finish: string | null) => ({
  ...{ index, text, logprobs: null, finish_reason: finish },
})

test('plain completions go as they were written, several prompts at once, and are charged', async () => {
  const choices = [choice(0, ' upon', 'length'), choice(1, ' more', 'stop')]
  upstream.script = answerWith(200, { id: 'cmpl-1', object: 'text_completion', choices, usage })
  const { response, body } = await jsonOf(post(world, { path, body: asked }))
  expect(body).toMatchObject({ object: 'text_completion', choices, provider: 'Provider 1' })
  expect(body.usage).toMatchObject({ ...usage, cost: 0.000_016 })
  const [received] = upstream.received
  expect(received?.path).toBe('/v1/completions')
  expect(JSON.parse(received?.body ?? '')).toEqual({ ...asked, model: 'upstream-model-1' })
  const record = await world.recordOf(response.headers.get('x-generation-id'))
  expect(record).toMatchObject({ outcome: 'completed', usageSource: 'upstream' })
})

test('a stream of them comes as it was, and is whole only with its end', async () => {
  const event = (members: object) => `data: ${JSON.stringify({ id: 'cmpl-1', ...members })}\n\n`
  upstream.script = streamOf([
    event({ object: 'text_completion', choices: [choice(0, ' upon', null)] }),
    event({ object: 'text_completion', choices: [choice(0, '', 'stop')] }),
    event({ object: 'text_completion', choices: [], usage }),
    'data: [DONE]\n\n',
  ])
  const response = await post(world, { path, body: { ...asked, stream: true } })
  const text = await response.text()
  expect(text).toContain('" upon"')
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
  expect(text.match(/"cost":0\.000016/g)).toHaveLength(1)
  upstream.script = streamOf([event({ choices: [choice(0, ' upon', null)] })])
  const cut = await (await post(world, { path, body: { ...asked, stream: true } })).text()
  expect(cut).not.toContain('[DONE]')
  expect(cut).toContain('"error"')
})

test('such a model is not chatted with', async () => {
  const body = { model: 'test/model', messages: [{ role: 'user', content: 'Hi' }] }
  expect(await faultOf(post(world, { path: '/v1/chat/completions', body }))).toMatchObject({
    ...{ status: 400, code: 'model_not_for_endpoint' },
  })
})
