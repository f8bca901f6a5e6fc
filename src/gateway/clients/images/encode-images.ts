import { Buffer } from 'node:buffer'

import type { ProviderProtocolName } from '#domain/catalogue.ts'
import type { FormField, PlainCall, PlainEncoding } from '#gateway/canonical/plain-protocol.ts'
import type { EncodingTarget } from '#gateway/canonical/provider-protocol.ts'
import type { JsonObject, Warning } from '#gateway/canonical/request.ts'
import { endpointUrl } from '#gateway/providers/openai/endpoint-url.ts'

import type { AskedImages } from './images-protocol.ts'

/** The requests that ask one provider for these images. */
export function encodeImages(
  asked: AskedImages,
  protocol: ProviderProtocolName,
  target: EncodingTarget,
): PlainEncoding {
  switch (protocol) {
    case 'openai':
    case 'openai-responses':
    case 'azure-openai':
      return encoded([forOpenai(asked, target)], [])
    case 'gemini':
      return forGemini(asked, target)
    case 'bedrock':
      return forBedrock(asked, target)
    default:
      return { kind: 'impossible', param: 'model', detail: 'This provider makes no images.' }
  }
}

function encoded(calls: readonly PlainCall[], warnings: readonly Warning[]): PlainEncoding {
  return { kind: 'encoded', calls, warnings }
}

function forOpenai(asked: AskedImages, target: EncodingTarget): PlainCall {
  const { prompt, images, mask, count, size, responseFormat, wishes } = asked
  // The newer models give data always, and refuse to be asked for it.
  const asks = responseFormat !== null && !/gpt-image/.test(target.upstreamModel)
  const members: JsonObject = {
    model: target.upstreamModel,
    prompt,
    n: count,
    ...(size === null ? {} : { size }),
    ...(asks ? { response_format: responseFormat } : {}),
    ...wishes,
  }
  if (images.length === 0) {
    return {
      url: endpointUrl(target, '/images/generations'),
      message: { kind: 'json', body: members },
    }
  }
  const fields: FormField[] = Object.entries(members).map(([name, value]) => ({
    kind: 'text',
    name,
    value: typeof value === 'string' ? value : JSON.stringify(value),
  }))
  const name = images.length === 1 ? 'image' : 'image[]'
  for (const image of images) fields.push({ ...image, name })
  if (mask) fields.push({ ...mask, name: 'mask' })
  return { url: endpointUrl(target, '/images/edits'), message: { kind: 'form', fields } }
}

const maskless: PlainEncoding = {
  kind: 'impossible',
  param: 'mask',
  detail: 'This provider takes no masks.',
}

function wishesLost({ wishes }: AskedImages): readonly Warning[] {
  return Object.keys(wishes)
    .filter((name) => name !== 'user')
    .map((param) => ({ param, detail: 'This provider cannot be told this about images.' }))
}

function forGemini(asked: AskedImages, { baseUrl, upstreamModel }: EncodingTarget): PlainEncoding {
  if (asked.mask) return maskless
  const { prompt, images, count } = asked
  const address = `${baseUrl.replace(/\/+$/, '')}/models/${encodeURIComponent(upstreamModel)}`
  const ratio = ratioOf(asked.size)
  if (/imagen/.test(upstreamModel)) {
    if (images.length > 0) {
      return {
        kind: 'impossible',
        param: 'image',
        detail: 'This model makes images of prompts only.',
      }
    }
    const parameters = { sampleCount: count, ...(ratio === null ? {} : { aspectRatio: ratio }) }
    const body = { instances: [{ prompt }], parameters }
    return encoded(
      [{ url: `${address}:predict`, message: { kind: 'json', body } }],
      wishesLost(asked),
    )
  }
  const inline = images.map(({ bytes, mediaType }) => ({
    inlineData: { mimeType: mediaType, data: Buffer.from(bytes).toString('base64') },
  }))
  const body = {
    contents: [{ role: 'user', parts: [...inline, { text: prompt }] }],
    generationConfig: {
      responseModalities: ['TEXT', 'IMAGE'],
      ...(ratio === null ? {} : { imageConfig: { aspectRatio: ratio } }),
    },
  }
  const call: PlainCall = { url: `${address}:generateContent`, message: { kind: 'json', body } }
  // One image for each time it is asked.
  return encoded(
    Array.from({ length: count }, () => call),
    wishesLost(asked),
  )
}

/** `1024x1536` as the nearest ratio that Gemini knows. */
function ratioOf(size: string | null): string | null {
  const [width, height] = sizeOf(size) ?? []
  if (width === undefined || height === undefined) return null
  const known = ['1:1', '2:3', '3:2', '3:4', '4:3', '9:16', '16:9', '21:9']
  const wanted = Math.log(width / height)
  const distance = (ratio: string) => {
    const [left = 1, right = 1] = ratio.split(':').map(Number)
    return Math.abs(Math.log(left / right) - wanted)
  }
  return known.toSorted((left, right) => distance(left) - distance(right))[0] ?? null
}

function sizeOf(size: string | null): readonly [number, number] | undefined {
  const match = /^(\d{1,5})x(\d{1,5})$/.exec(size ?? '')
  const [width, height] = [Number(match?.[1]), Number(match?.[2])]
  return width > 0 && height > 0 ? [width, height] : undefined
}

/** Amazon's Nova Canvas and Titan, and Stability's models. */
function forBedrock(asked: AskedImages, { baseUrl, upstreamModel }: EncodingTarget): PlainEncoding {
  if (asked.mask) return maskless
  const { prompt, images, count } = asked
  const url = `${baseUrl.replace(/\/+$/, '')}/model/${encodeURIComponent(upstreamModel)}/invoke`
  const sources = images.map(({ bytes }) => Buffer.from(bytes).toString('base64'))
  if (/stability\./.test(upstreamModel)) {
    const ratio = ratioOf(asked.size)
    const [source] = sources
    const body = {
      prompt,
      output_format: 'png',
      ...(source === undefined ? {} : { mode: 'image-to-image', image: source, strength: 0.7 }),
      ...(ratio === null || source !== undefined ? {} : { aspect_ratio: ratio }),
    }
    const call: PlainCall = { url, message: { kind: 'json', body } }
    return encoded(
      Array.from({ length: count }, () => call),
      wishesLost(asked),
    )
  }
  const [width, height] = sizeOf(asked.size) ?? []
  const config = {
    numberOfImages: count,
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
  }
  const body =
    sources.length === 0
      ? {
          taskType: 'TEXT_IMAGE',
          textToImageParams: { text: prompt },
          imageGenerationConfig: config,
        }
      : {
          taskType: 'IMAGE_VARIATION',
          imageVariationParams: { text: prompt, images: sources },
          imageGenerationConfig: config,
        }
  return encoded([{ url, message: { kind: 'json', body } }], wishesLost(asked))
}
