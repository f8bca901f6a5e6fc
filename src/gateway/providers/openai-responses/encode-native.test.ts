import { describe, expect, test } from 'vitest'

import type { EncodingTarget } from '#gateway/canonical/provider-protocol.ts'
import type { ReasoningFormat } from '#gateway/canonical/request.ts'
import { sealReasoning } from '#gateway/canonical/sealed-reasoning.ts'

import { encodeNative } from './encode-native.ts'

const target: EncodingTarget = {
  provider: 'openai',
  upstreamModel: 'gpt-5.4',
  maxOutputTokens: 100_000,
  maxTokens: null,
  baseUrl: 'https://api.openai.com/v1/',
}

describe('the body of a client that speaks the same protocol', () => {
  test('goes on as it is, but for the model, what is stored, and what is ours', () => {
    const { body, url } = encodeNative(
      {
        model: 'openai/gpt-5.4',
        models: ['x/y'],
        provider: { sort: 'price' },
        input: 'Hi.',
        store: true,
        previous_response_id: 'resp_1',
        reasoning: { effort: 'low', context: 'all_turns' },
        brand_new: [1],
      },
      { ...target, maxTokens: 99 },
    )
    expect(url).toBe('https://api.openai.com/v1/responses')
    expect(body).toEqual({
      model: 'gpt-5.4',
      input: 'Hi.',
      store: false,
      reasoning: { effort: 'low', context: 'all_turns' },
      brand_new: [1],
      max_output_tokens: 99,
      include: ['reasoning.encrypted_content'],
    })
  })

  test('keeps encrypted reasoning for its maker alone, sealed or not', () => {
    const sealed = (format: ReasoningFormat) => ({
      type: 'reasoning',
      id: 'rs_1764150000AbCdEfGhIjKlMnOpQrSt_0',
      summary: [],
      encrypted_content: sealReasoning({
        form: 'encrypted',
        signature: null,
        data: 'own',
        id: 'rs_9',
        format,
        callId: null,
      }),
    })
    const raw = (encrypted_content: string) => ({
      type: 'reasoning',
      id: 'rs_8',
      summary: [],
      encrypted_content,
    })
    const input = [
      sealed('xai-responses-v1'),
      sealed('google-gemini-v1'),
      raw('gAAAAx'),
      raw('m/Nx'),
    ]
    const inputFor = (provider: string) =>
      encodeNative({ input }, { ...target, provider }).body['input']
    expect(inputFor('openai')).toEqual([raw('gAAAAx')])
    expect(inputFor('xai')).toEqual([
      { type: 'reasoning', summary: [], encrypted_content: 'own' },
      raw('m/Nx'),
    ])
  })

  test('keeps the very lists that need no change, so that nothing is written anew', () => {
    const input = [{ role: 'user', content: 'Hi.' }]
    const tools = [{ type: 'function', name: 'f' }]
    const { body } = encodeNative({ input, tools }, target)
    expect(body['input']).toBe(input)
    expect(body['tools']).toBe(tools)
  })

  test('loses ids that were made here, which its provider never stored', () => {
    const ours = { type: 'function_call', id: 'fc_1764150000AbCdEfGhIjKlMnOpQrSt_1', call_id: 'a' }
    const theirs = { type: 'function_call', id: 'fc_05020a91', call_id: 'b' }
    const { body } = encodeNative({ input: [ours, theirs] }, target)
    expect(body['input']).toEqual([{ type: 'function_call', call_id: 'a' }, theirs])
  })

  test('loses tools that are billed by the call, and the demand for them', () => {
    const { body, warnings } = encodeNative(
      { input: 'x', tools: [{ type: 'web_search' }], tool_choice: { type: 'web_search' } },
      target,
    )
    expect(body).not.toHaveProperty('tools')
    expect(body).not.toHaveProperty('tool_choice')
    expect(warnings.map(({ param }) => param)).toEqual(['tools[0]'])
  })
})
