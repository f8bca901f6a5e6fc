import { expect, test } from 'vitest'

import { modelsText, readModels } from './models-draft.ts'

test('what was typed comes back as it was saved', () => {
  const text = 'openai/gpt-4o = prod=4o\nopenai/gpt-4o-mini'
  const read = readModels(` ${text}\n\n`)
  expect(read).toEqual({
    kind: 'models',
    models: [
      { model: 'openai/gpt-4o', upstream_model: 'prod=4o' },
      { model: 'openai/gpt-4o-mini', upstream_model: null },
    ],
  })
  expect(modelsText(read.kind === 'models' ? read.models : null)).toBe(text)
})

test('nothing typed is every model', () => {
  expect(readModels('\n ')).toEqual({ kind: 'models', models: null })
  expect(modelsText(null)).toBe('')
})

test.each(['= name', 'openai/gpt-4o ='])('a line that cannot be read is said: %s', (text) => {
  expect(readModels(text).kind).toBe('problem')
})
