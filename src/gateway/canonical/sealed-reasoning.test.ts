import { expect, test } from 'vitest'

import { openReasoning, sealReasoning, type SealedReasoning } from './sealed-reasoning.ts'

const part: SealedReasoning = {
  form: 'encrypted',
  signature: null,
  data: 'ErUBCkYIBxgCIkA…\u0000"\\',
  id: 'rs_1',
  format: 'google-gemini-v1',
  callId: 'call_1',
}

test('sealed reasoning comes back byte for byte', () => {
  const text = sealReasoning(part)
  expect(text).toMatch(/^[\w-]+$/)
  expect(openReasoning(text)).toEqual(part)
})

test('a signature of a maker, or a damaged seal, is not taken for ours', () => {
  expect(openReasoning('EqQBCkYIBxgCKkC')).toBeUndefined()
  expect(openReasoning('cl1_!!!')).toBeUndefined()
  expect(openReasoning(sealReasoning(part).slice(0, -9))).toBeUndefined()
})
