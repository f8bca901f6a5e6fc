import { expect, test } from 'vitest'

import { formBytes, readForm } from './form.ts'
import type { FormField } from './plain-protocol.ts'

const file: FormField = {
  kind: 'file',
  name: 'file',
  fileName: 'a "b"\r\n.wav',
  mediaType: 'audio/wav',
  bytes: new Uint8Array([0, 13, 10, 255]),
}

test('a written form is read by a browser as it was, bytes and names included', async () => {
  const fields: FormField[] = [{ kind: 'text', name: 'model', value: 'whisper-1\r\nä' }, file]
  const form = await new Response(formBytes(fields, 'XX'), {
    headers: { 'content-type': 'multipart/form-data; boundary=XX' },
  }).formData()
  expect(form.get('model')).toBe('whisper-1\r\nä')
  const received = form.get('file')
  expect(received).toBeInstanceOf(File)
  if (!(received instanceof File)) return
  expect(received.type).toBe('audio/wav')
  expect(new Uint8Array(await received.arrayBuffer())).toEqual(file.bytes)
})

test('texts of a form are members, repeated ones a list, and JSON is refused', () => {
  const text = (name: string, value: string): FormField => ({ kind: 'text', name, value })
  const { texts, files } = readForm({
    kind: 'form',
    fields: [text('n', '2'), text('x', 'true'), text('g[]', 'word'), text('g[]', 'segment'), file],
  })
  expect(texts).toEqual({ n: 2, x: true, g: ['word', 'segment'] })
  expect(files).toEqual([file])
  expect(() => readForm({ kind: 'json', body: {} })).toThrow('form')
})
