import { expect, test } from 'vitest'

import { type ServerEvent, serverEvents } from './server-events.ts'

async function readInPieces(text: string, size: number): Promise<ServerEvent[]> {
  const bytes = new TextEncoder().encode(text)
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size))
      controller.close()
    },
  })
  const found: ServerEvent[] = []
  for await (const event of serverEvents(stream)) found.push(event)
  return found
}

test.each([1, 2, 3, 7, 1000])('events are whole, whatever the pieces of %s bytes', async (size) => {
  const text =
    ': ping\n\ndata: {"a":"é€😀"}\n\ndata: one\ndata: two\n\nid: 7\nevent: x\ndata:three\n\ndata: [DONE]\n\n'
  expect(await readInPieces(text, size)).toEqual([
    { kind: 'message', id: '', data: '{"a":"é€😀"}' },
    { kind: 'message', id: '', data: 'one\ntwo' },
    { kind: 'x', id: '7', data: 'three' },
    { kind: 'message', id: '', data: '[DONE]' },
  ])
})

test('an event that was cut off at the end is still told', async () => {
  const events = await readInPieces('data: a\n\ndata: b', 3)
  expect(events.map(({ data }) => data)).toEqual(['a', 'b'])
})
