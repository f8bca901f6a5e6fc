import { expect, test } from 'vitest'

import { readReasoningDetails, reasoningDetails, type ReasoningPiece } from './reasoning-details.ts'

const none = { signature: null, data: null, id: null, callId: null }

function through(pieces: readonly ReasoningPiece[]) {
  let index = 0
  const details = pieces.flatMap((piece) => reasoningDetails(piece, () => index++))
  return readReasoningDetails(JSON.parse(JSON.stringify(details))).map(
    ({ kind: _kind, ...piece }) => piece,
  )
}

const anthropic = 'anthropic-claude-v1'
const openai = 'openai-responses-v1'
const gemini = 'google-gemini-v1'

test.each<ReasoningPiece>([
  { ...none, form: 'text', text: 'I see', format: 'unknown' },
  { ...none, form: 'text', text: 'I see', signature: 'sig+/==', format: anthropic },
  { ...none, form: 'text', text: '', signature: 'sig==', format: anthropic },
  { ...none, form: 'encrypted', text: '', data: 'redacted', format: anthropic },
  { ...none, form: 'summary', text: 'S', data: 'gAAA', id: 'rs_1', format: openai },
  { ...none, form: 'summary', text: 'S', data: 'gAAA', format: openai },
  { ...none, form: 'summary', text: 'S', id: 'rs_1', format: openai },
  { ...none, form: 'encrypted', text: '', data: 'gAAA', id: 'rs_1', format: 'xai-responses-v1' },
  { ...none, form: 'text', text: 'T', signature: 'Ci==', format: gemini },
  { ...none, form: 'text', text: 'T', signature: 'Ci==', callId: 'c1', format: gemini },
  { ...none, form: 'encrypted', text: '', signature: 'Ci==', callId: 'c1', format: gemini },
  { ...none, form: 'encrypted', text: '', signature: 'Ci==', format: gemini },
  { ...none, form: 'encrypted', text: '', data: 'Ci==', id: 'x', format: gemini },
])('%j comes back byte for byte', (piece) => {
  expect(through([piece])).toEqual([piece])
})

test('several pieces stay several, in their order', () => {
  const pieces: ReasoningPiece[] = [
    { ...none, form: 'text', text: 'A', signature: 's1', format: anthropic },
    { ...none, form: 'text', text: 'B', signature: 's2', format: anthropic },
    { ...none, form: 'summary', text: 'S', data: 'd1', id: 'rs_1', format: openai },
    { ...none, form: 'summary', text: 'T', data: 'd2', id: 'rs_2', format: openai },
  ]
  expect(through(pieces)).toEqual(pieces)
})

test('a client may keep the pieces of a stream as they came', () => {
  const streamed = [
    { type: 'reasoning.text', text: 'I ', format: anthropic, index: 0 },
    { type: 'reasoning.text', text: 'see', format: anthropic, index: 0 },
    { type: 'reasoning.text', signature: 'sig', format: anthropic, index: 0 },
    { type: 'reasoning.text', text: 'more', format: anthropic, index: 1 },
  ]
  expect(readReasoningDetails(streamed)).toMatchObject([
    { text: 'I see', signature: 'sig' },
    { text: 'more', signature: null },
  ])
})

test('what OpenRouter says about Gemini is the signature of a call, and rubbish is left out', () => {
  const details = [
    { type: 'reasoning.encrypted', data: 'CiQ=', id: 'call_1', format: gemini, index: 0 },
    { type: 'reasoning.text', text: 'no format', signature: 's' },
    null,
    7,
    { type: 'smell' },
    { type: 'reasoning.encrypted' },
  ]
  expect(readReasoningDetails(details)).toMatchObject([
    { signature: 'CiQ=', callId: 'call_1', data: null, format: gemini },
    { text: 'no format', signature: 's', format: anthropic },
  ])
  expect(readReasoningDetails('rubbish')).toEqual([])
})
