import { describe, expect, it } from 'vitest'

import { askEvents, askJson, userSays } from '#test/simulated/simulated-harness.ts'

const weather = tool('weather', {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 1 } },
  required: ['city', 'days'],
})
const time = tool('time', { type: 'object', properties: {} })
const tools = [weather, time]

function tool(name: string, parameters: object): object {
  return { type: 'function', function: { name, parameters } }
}

async function callsFor(content: string, rest: object = {}): Promise<readonly string[]> {
  const { choices } = await askJson(userSays(content, { tools, ...rest }))
  const calls = choices[0]?.message.tool_calls ?? []
  expect(choices[0]?.finish_reason).toBe(calls.length > 0 ? 'tool_calls' : 'stop')
  return calls.map((call) => `${call.function.name} ${call.function.arguments}`)
}

const least = 'weather {"city":"simulated","days":1}'

describe('tools are called', () => {
  it('when the message asks, with the least arguments that fit, or those it gives', async () => {
    expect(await callsFor('Please call weather now')).toEqual([least])
    expect(await callsFor('call weather {"city": "Ab}\\"c", "x": {"y": 1}} and call time')).toEqual(
      ['weather {"city":"Ab}\\"c","x":{"y":1}}', 'time {}'],
    )
    expect(await callsFor('call weather {broken')).toEqual([least])
  })

  it('when tool_choice says so', async () => {
    expect(await callsFor('Hello', { tool_choice: 'required' })).toEqual([least])
    const named = { type: 'function', function: { name: 'time' } }
    expect(await callsFor('Hello', { tool_choice: named })).toEqual(['time {}'])
    const allowed_tools = { mode: 'required', tools: [named] }
    const tool_choice = { type: 'allowed_tools', allowed_tools }
    expect(await callsFor('Hello', { tool_choice })).toEqual(['time {}'])
  })

  it('as often as asked, but one at a time where parallel calls are off', async () => {
    expect(await callsFor('Hello', { sim: { toolCalls: 3 } })).toEqual([least, 'time {}', least])
    const rest = { sim: { toolCalls: 3 }, parallel_tool_calls: false }
    expect(await callsFor('Hello', rest)).toEqual([least])
  })

  it('never unasked, never against tool_choice, never without tools', async () => {
    expect(await callsFor('Hello')).toEqual([])
    expect(await callsFor('call weather', { tool_choice: 'none' })).toEqual([])
    expect(await callsFor('call weather', { tools: [] })).toEqual([])
    expect(await callsFor('call somebody')).toEqual([])
  })

  it('not at all when tool_choice names one that is not there', async () => {
    const tool_choice = { type: 'function', function: { name: 'missing' } }
    const { error } = await askJson(userSays('Hi', { tools, tool_choice }))
    expect(error).toMatchObject({
      param: 'tool_choice',
      message: expect.stringContaining('missing'),
    })
  })

  it('with free text for custom tools', async () => {
    const custom = { type: 'custom', custom: { name: 'shell' } }
    const { choices } = await askJson(userSays('call shell', { tools: [custom] }))
    expect(choices[0]?.message.tool_calls?.[0]).toMatchObject({
      type: 'custom',
      custom: { name: 'shell', input: 'simulated input' },
    })
  })
})

describe('a streamed call', () => {
  it('comes in fragments that join to the whole, each under its own index and id', async () => {
    const body = userSays('call weather and call time', { tools })
    const events = await askEvents(body)
    const joined: { id: string; name: string; text: string }[] = []
    for (const { choices } of events) {
      for (const part of choices[0]?.delta.tool_calls ?? []) {
        const known = (joined[part.index] ??= {
          id: part.id,
          name: part.function.name,
          text: '',
        })
        known.text += part.function.arguments
      }
    }
    const { choices } = await askJson({ ...body, stream: false })
    const ids = joined.map(({ id }) => id)
    expect(joined.map(({ name, text }) => `${name} ${text}`)).toEqual([least, 'time {}'])
    expect(new Set(ids).size).toBe(2)
    expect(choices[0]?.message.tool_calls?.map(({ function: { name } }) => name)).toEqual([
      'weather',
      'time',
    ])
    expect(events.at(-1)?.choices[0]?.finish_reason).toBe('tool_calls')
  })
})
