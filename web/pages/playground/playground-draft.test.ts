import { expect, test } from 'vitest'

import { blankDraft, draftOf, readDraft } from './playground-draft.ts'

const parts = { model: 'sim/echo', before: [] }

test('an empty field is not sent', () => {
  expect(readDraft({ ...blankDraft, message: 'Hi' }, parts)).toEqual({
    kind: 'body',
    body: { model: 'sim/echo', messages: [{ role: 'user', content: 'Hi' }] },
  })
})

test.each([
  ['tools', '{"a":1}'],
  ['tools', '[oops'],
  ['schema', '[]'],
  ['schema', 'oops'],
  ['temperature', 'warm'],
  ['maxTokens', 'many'],
])('what cannot be read is named: %s %s', (field, text) => {
  expect(readDraft({ ...blankDraft, [field]: text }, parts)).toMatchObject({
    kind: 'problem',
    field,
  })
})

test('a request of the log comes back as what was typed', () => {
  const draft = {
    models: ['sim/echo'],
    system: 'Be brief.',
    message: 'Hi',
    temperature: '0.5',
    maxTokens: '10',
    tools: JSON.stringify([{ type: 'function', function: { name: 'f' } }], null, 2),
    schema: JSON.stringify({ type: 'object' }, null, 2),
  }
  const read = readDraft(draft, parts)
  expect(read.kind).toBe('body')
  if (read.kind === 'body') expect(draftOf(read.body)).toEqual(draft)
})

test('a request of any shape breaks nothing', () => {
  for (const request of [{}, { messages: 1 }, { messages: [null, 3, { role: 'user' }] }]) {
    expect(draftOf(request).models).toEqual([])
  }
})
