import { expect, test } from 'vitest'

import { managesKeys, originOf, scopesOf } from './key-purpose.ts'

const keys = [{ id: 'key_1', name: 'billing' }] as const

test('a key of an app, and one that a program made, are told from those that a person made', () => {
  const words = (app: string | null, maker: string | null) =>
    originOf({ app, created_by: maker }, keys)?.words ?? null
  expect(words('app.example', 'usr_1')).toBe('for the app app.example')
  expect(words(null, 'key_1')).toBe('made by the key billing')
  expect(words(null, 'key_of_an_operator')).toBe('made by a program')
  expect(words(null, 'usr_1')).toBeNull()
  expect(words(null, null)).toBeNull()
})

test('only a management key manages keys', () => {
  expect(scopesOf('models')).toBeUndefined()
  for (const purpose of ['keys', 'both'] as const) {
    expect(managesKeys({ scopes: scopesOf(purpose) ?? [] })).toBe(true)
  }
})
