import { expect, test } from 'vitest'

import { Fault } from '#domain/faults.ts'
import {
  mediaAddressesPerRequestMax,
  mediaBytesMax,
  mediaFetchesPerRequestMax,
} from '#domain/limits.ts'
import type { ModelRequest, Part } from '#gateway/canonical/request.ts'
import type { MediaAddress, MediaFetcher } from '#ports/media-fetcher.ts'
import { asked } from '#test/gateway/asked.ts'

import { inlineMedia } from './inline-media.ts'

test('every address becomes its bytes, also within results, and each is fetched once', async () => {
  const { fetcher, asked } = fetcherOf(() => Buffer.from('hi'))
  const result: Part = {
    kind: 'tool_result',
    callId: 'c',
    content: [{ kind: 'text', text: 'see', cache: null }, image('https://a.org/2')],
    isError: false,
    isCustom: false,
    cache: null,
  }
  const request = requestOf([image('https://a.org/1'), result, image('https://a.org/1')])
  const { messages } = await inlineMedia(request, fetcher)
  const data = { kind: 'data', mediaType: 'image/png', base64: 'aGk=' }
  expect(messages[0]?.parts).toEqual([
    { ...image(''), source: data },
    { ...result, content: [result.content[0], { ...image(''), source: data }] },
    { ...image(''), source: data },
  ])
  expect(asked).toEqual([
    { url: 'https://a.org/1', kind: 'image', param: 'messages[0].content[0]' },
    { url: 'https://a.org/2', kind: 'image', param: 'messages[0].content[1].content[1]' },
  ])
})

test('a request without addresses is given back as it is', async () => {
  const { fetcher } = fetcherOf(() => expect.fail('nothing to fetch'))
  const request = requestOf([{ kind: 'text', text: 'https://a.org', cache: null }])
  expect(await inlineMedia(request, fetcher)).toBe(request)
})

test('only a few are fetched at once, and none more after one failed', async () => {
  let open = 0
  let most = 0
  let count = 0
  const fetcher: MediaFetcher = {
    async fetch({ param }) {
      open += 1
      count += 1
      most = Math.max(most, open)
      await Promise.resolve()
      open -= 1
      if (count > 6) throw new Fault('image_download_failed', { param })
      return { mediaType: 'image/png', bytes: Buffer.from('x') }
    },
  }
  const parts = Array.from({ length: 40 }, (_, index) => image(`https://a.org/${index}`))
  await expect(inlineMedia(requestOf(parts), fetcher)).rejects.toMatchObject({
    code: 'image_download_failed',
  })
  expect(most).toBe(mediaFetchesPerRequestMax)
  expect(count).toBeLessThan(6 + 2 * mediaFetchesPerRequestMax)
})

test('too many addresses, or too many bytes of all together, are refused', async () => {
  const { fetcher } = fetcherOf(() => Buffer.alloc(mediaBytesMax))
  const parts = (count: number) =>
    Array.from({ length: count }, (_, index) => image(`https://a.org/${index}`))
  await expect(
    inlineMedia(requestOf(parts(mediaAddressesPerRequestMax + 1)), fetcher),
  ).rejects.toMatchObject({ code: 'invalid_request' })
  await expect(inlineMedia(requestOf(parts(3)), fetcher)).rejects.toMatchObject({
    code: 'image_too_large',
    param: 'messages[0].content[2]',
  })
})

function fetcherOf(bytesOf: () => Buffer) {
  const asked: MediaAddress[] = []
  const fetcher: MediaFetcher = {
    async fetch(address) {
      asked.push(address)
      return { mediaType: 'image/png', bytes: bytesOf() }
    },
  }
  return { fetcher, asked }
}

function image(url: string): Part & { kind: 'image' } {
  return {
    kind: 'image',
    source: { kind: 'url', url, mediaType: null },
    detail: null,
    cache: null,
  }
}

function requestOf(parts: readonly Part[]): ModelRequest {
  return asked({ messages: [{ role: 'user', parts, name: null }] })
}
