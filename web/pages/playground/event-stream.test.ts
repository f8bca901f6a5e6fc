import { expect, test } from 'vitest'

import { eventData } from './event-stream.ts'

async function readInPieces(text: string, size: number): Promise<string[]> {
  const bytes = new TextEncoder().encode(text)
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size))
      controller.close()
    },
  })
  const found: string[] = []
  for await (const data of eventData(stream)) found.push(data)
  return found
}

test.each([1, 2, 3, 7, 1000])('events are whole, whatever the pieces of %s bytes', async (size) => {
  const text =
    ': ping\n\ndata: {"a":"é€😀"}\n\ndata: one\ndata: two\n\nevent: x\ndata:three\n\ndata: [DONE]\n\n'
  expect(await readInPieces(text, size)).toEqual(['{"a":"é€😀"}', 'one\ntwo', 'three', '[DONE]'])
})

test('an event that was cut off at the end is still told', async () => {
  expect(await readInPieces('data: a\n\ndata: b', 3)).toEqual(['a', 'b'])
})
