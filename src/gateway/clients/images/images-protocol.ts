import { costMembers } from '#contract/usage.ts'
import { isErrorBody } from '#domain/upstream-complaint.ts'
import { readForm, type FormFile } from '#gateway/canonical/form.ts'
import { invalid, isObject, listOf, numberOf, objectOf, textOf } from '#gateway/canonical/json.ts'
import { readChoice, readCount, readText, type Place } from '#gateway/canonical/members.ts'
import {
  promptBound,
  type DecodedPlain,
  type PlainAnswer,
  type PlainMessage,
  type PlainProtocol,
  type ReadPlain,
} from '#gateway/canonical/plain-protocol.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

import { encodeImages } from './encode-images.ts'

/** Images to be made of a prompt, or of other images. */
export interface AskedImages {
  readonly prompt: string
  /** To be changed; empty: made anew. */
  readonly images: readonly FormFile[]
  readonly mask: FormFile | null
  readonly count: number
  readonly size: string | null
  readonly responseFormat: 'url' | 'b64_json' | null
  /** Wishes of OpenAI's own models (quality, background, style…), as sent. */
  readonly wishes: JsonObject
}

/** One image that was made: at an address, or as data. */
export interface MadeImage {
  readonly url: string | null
  readonly base64: string | null
  readonly mediaType: string
  readonly revisedPrompt: string | null
}

type ImagesProtocol = PlainProtocol<AskedImages, readonly MadeImage[]>

const both: Omit<ImagesProtocol, 'name' | 'path' | 'read'> = {
  bound: ({ prompt, images, count }, unit) => ({
    ...promptBound(
      unit === 'images' ? 0 : Buffer.byteLength(prompt) + 256 + images.length * imageTokensMax,
    ),
    completionTokens: unit === 'images' ? count : count * imageTokensMax,
    imagePrompt: images.length > 0,
    imageCompletion: true,
  }),
  promptText: ({ prompt }) => prompt,
  encode: encodeImages,
  decode,
  write({ value, asked }, { createdAtSeconds, id, model, provider }, { usage, cost, warnings }) {
    const data = value.map((image) => ({
      ...shown(image, asked.responseFormat),
      ...(image.revisedPrompt === null ? {} : { revised_prompt: image.revisedPrompt }),
    }))
    const text = JSON.stringify({ created: createdAtSeconds, data, id, model, provider })
    const counts = JSON.stringify({
      input_tokens: usage.promptTokens,
      output_tokens: usage.completionTokens,
      total_tokens: usage.promptTokens + usage.completionTokens,
      input_tokens_details: {
        text_tokens: usage.promptTokens - usage.imagePromptTokens,
        image_tokens: usage.imagePromptTokens,
      },
    })
    const costs = [...costMembers(cost)].map(([name, json]) => `"${name}":${json}`).join(',')
    const told = warnings.length === 0 ? '' : `,"codelace_metadata":${JSON.stringify({ warnings })}`
    return {
      contentType: 'application/json',
      body: `${text.slice(0, -1)},"usage":${counts.slice(0, -1)},${costs}}${told}}`,
    }
  },
}

/**
 * `POST /v1/images/generations`. Where a provider counts no tokens, an image is billed as one token of an
 * image of the completion.
 */
export const imagesProtocol: ImagesProtocol = {
  name: 'images',
  path: '/images/generations',
  read(message) {
    if (message.kind !== 'json') throw invalid('body', 'expected JSON')
    return readAsked(message.body, [])
  },
  ...both,
}

/** `POST /v1/images/edits`: a form with the images to be changed. */
export const imageEditsProtocol: ImagesProtocol = {
  name: 'image-edits',
  path: '/images/edits',
  read: readEdit,
  ...both,
}

/** The most that one image counts, with room. */
const imageTokensMax = 16_384
const countMax = 10

function readEdit(message: PlainMessage): ReadPlain<AskedImages> {
  const { texts, files } = readForm(message)
  const images = files.filter(({ name }) => name === 'image' || name === 'image[]')
  if (images.length === 0) throw invalid('image', 'is missing')
  return readAsked(texts, files)
}

function readAsked(body: JsonObject, files: readonly FormFile[]): ReadPlain<AskedImages> {
  const place: Place = { object: body, path: '' }
  const prompt = readText(place, 'prompt')
  if (prompt === null || prompt === '') throw invalid('prompt', 'is missing')
  if (body['stream'] === true) throw invalid('stream', 'images are not streamed here; leave it out')
  const count = readCount(place, 'n') ?? 1
  if (count > countMax) throw invalid('n', `is ${count}; the most is ${countMax}`)
  const wishes: Record<string, unknown> = {}
  for (const name of wishNames)
    if (body[name] !== undefined && body[name] !== null) wishes[name] = body[name]
  return {
    model: readText(place, 'model'),
    provider: body['provider'],
    asked: {
      prompt,
      images: files.filter(({ name }) => name.startsWith('image')),
      mask: files.find(({ name }) => name === 'mask') ?? null,
      count,
      size: readText(place, 'size'),
      responseFormat: readChoice(place, 'response_format', ['url', 'b64_json']),
      wishes,
    },
  }
}

const wishNames = [
  ...['quality', 'background', 'style', 'moderation', 'output_format', 'output_compression'],
  ...['input_fidelity', 'user'],
]

function shown(
  { url, base64, mediaType }: MadeImage,
  format: AskedImages['responseFormat'],
): JsonObject {
  if (base64 === null) return { url }
  return format === 'url' ? { url: `data:${mediaType};base64,${base64}` } : { b64_json: base64 }
}

function decode(answers: readonly PlainAnswer[]): DecodedPlain<readonly MadeImage[]> {
  const images: MadeImage[] = []
  const counts = { prompt: 0, promptImages: 0, completion: 0, completionImages: 0 }
  let isCounted = true
  for (const { body } of answers) {
    if (isErrorBody(body)) return { kind: 'error', body }
    if (!isObject(body)) return { kind: 'unreadable', detail: 'it is not JSON' }
    images.push(...imagesOf(body))
    isCounted = addCounts(body, counts) && isCounted
  }
  if (images.length === 0) return { kind: 'unreadable', detail: 'it holds no images' }
  const usage = isCounted
    ? {
        prompt_tokens: counts.prompt,
        completion_tokens: counts.completion,
        prompt_tokens_details: { image_tokens: counts.promptImages },
        completion_tokens_details: { image_tokens: counts.completionImages },
      }
    : {
        prompt_tokens: 0,
        completion_tokens: images.length,
        completion_tokens_details: { image_tokens: images.length },
      }
  return { kind: 'answer', value: images, usage }
}

/** OpenAI's `data`, Gemini's parts, Imagen's predictions, Amazon's and Stability's `images`. */
function imagesOf(body: JsonObject): readonly MadeImage[] {
  const made = (base64: unknown, mediaType: unknown = 'image/png'): MadeImage[] => {
    const data = textOf(base64)
    if (data === null || data === '') return []
    const type = textOf(mediaType) ?? 'image/png'
    return [{ url: null, base64: data, mediaType: type, revisedPrompt: null }]
  }
  const format = textOf(body['output_format']) ?? 'png'
  const direct = listOf(body['data'])
    .filter(isObject)
    .flatMap((item): readonly MadeImage[] => {
      const revisedPrompt = textOf(item['revised_prompt'])
      const [image] = made(item['b64_json'], `image/${format}`)
      if (image) return [{ ...image, revisedPrompt }]
      const url = textOf(item['url'])
      return url === null ? [] : [{ url, base64: null, mediaType: 'image/png', revisedPrompt }]
    })
  const parts = listOf(body['candidates'])
    .filter(isObject)
    .flatMap((candidate) => listOf(objectOf(candidate['content'])['parts']))
    .filter(isObject)
    .map((part) => objectOf(part['inlineData']))
    .flatMap((data) => made(data['data'], data['mimeType']))
  const predicted = listOf(body['predictions'])
    .filter(isObject)
    .flatMap((item) => made(item['bytesBase64Encoded'], item['mimeType']))
  return [
    ...direct,
    ...parts,
    ...predicted,
    ...listOf(body['images']).flatMap((item) => made(item)),
  ]
}

function addCounts(
  body: JsonObject,
  counts: { prompt: number; promptImages: number; completion: number; completionImages: number },
): boolean {
  const usage = body['usage']
  if (isObject(usage)) {
    const output = numberOf(usage['output_tokens'])
    if (output === null) return false
    const input = objectOf(usage['input_tokens_details'])
    const made = objectOf(usage['output_tokens_details'])
    counts.prompt += numberOf(usage['input_tokens']) ?? 0
    counts.promptImages += numberOf(input['image_tokens']) ?? 0
    counts.completion += output
    counts.completionImages += numberOf(made['image_tokens']) ?? output
    return true
  }
  const told = body['usageMetadata']
  if (!isObject(told)) return false
  const output = numberOf(told['candidatesTokenCount']) ?? 0
  counts.prompt += numberOf(told['promptTokenCount']) ?? 0
  counts.promptImages += ofModality(told['promptTokensDetails'], 'IMAGE') ?? 0
  counts.completion += output + (numberOf(told['thoughtsTokenCount']) ?? 0)
  counts.completionImages += ofModality(told['candidatesTokensDetails'], 'IMAGE') ?? output
  return true
}

function ofModality(details: unknown, modality: string): number | null {
  const found = listOf(details).find((item) => isObject(item) && item['modality'] === modality)
  return isObject(found) ? numberOf(found['tokenCount']) : null
}
