import { answeredAtSeconds } from '#adapters/simulated/answer.ts'
import { refuse, type Refusal } from '#adapters/simulated/refusal.ts'
import { countTokens } from '#adapters/simulated/words.ts'

import { type Asked, type EndpointAnswer, jsonAnswer } from './asked.ts'
import type { FormFile } from './form.ts'
import { picture } from './png.ts'

const countMax = 10
const sideMax = 2048
const sideUsual = 1024
/** A token of a picture is a square of so many pixels a side. */
const tokenSide = 32
/** What one given picture counts. */
const givenImageTokens = 100

/** `POST /images/generations`. */
export function imageGenerations({ body }: Asked): EndpointAnswer {
  return imagesFor(body, [])
}

/** `POST /images/edits`: the pictures to change are looked at only for their kind. */
export function imageEdits({ body, files }: Asked): EndpointAnswer {
  const images = files.filter(({ name }) => name === 'image' || name === 'image[]')
  if (images.length === 0) return { refusal: refuse('"image" is missing.', 'image') }
  const foreign = images.find((file) => !isPicture(file))
  if (foreign) {
    const message = `"${foreign.fileName}" is no PNG, JPEG or WebP file.`
    return { refusal: refuse(message, 'image') }
  }
  return imagesFor(body, images)
}

function imagesFor(body: Asked['body'], images: readonly FormFile[]): EndpointAnswer {
  const read = readWishes(body)
  if ('status' in read) return { refusal: read }
  const { prompt, count, width, height } = read
  const data = Array.from({ length: count }, (_, place) => {
    const seed = JSON.stringify([prompt, place, images.map(({ bytes }) => bytes.length)])
    return { b64_json: picture({ seed, width, height }).toString('base64') }
  })
  const made = count * Math.ceil(width / tokenSide) * Math.ceil(height / tokenSide)
  const textTokens = countTokens(prompt)
  const imageTokens = images.length * givenImageTokens
  return jsonAnswer({
    created: answeredAtSeconds,
    data,
    output_format: 'png',
    size: `${width}x${height}`,
    usage: {
      input_tokens: textTokens + imageTokens,
      input_tokens_details: { text_tokens: textTokens, image_tokens: imageTokens },
      output_tokens: made,
      total_tokens: textTokens + imageTokens + made,
    },
  })
}

interface Wishes {
  readonly prompt: string
  readonly count: number
  readonly width: number
  readonly height: number
}

function readWishes(body: Asked['body']): Wishes | Refusal {
  const { prompt, output_format: format, size = 'auto' } = body
  if (typeof prompt !== 'string' || prompt === '') return refuse('"prompt" is missing.', 'prompt')
  const count = Number(body['n'] ?? 1)
  if (!Number.isInteger(count) || count < 1 || count > countMax) {
    return refuse(`"n" must be a whole number from 1 to ${countMax}.`, 'n')
  }
  if (format !== undefined && format !== 'png') {
    return refuse('The simulated pictures are "png" only.', 'output_format')
  }
  const sides = typeof size === 'string' ? size : ''
  const [, left, right] = /^(\d{1,4})x(\d{1,4})$/.exec(sides) ?? []
  const width = size === 'auto' ? sideUsual : Number(left)
  const height = size === 'auto' ? sideUsual : Number(right)
  if (!(width >= 1 && width <= sideMax && height >= 1 && height <= sideMax)) {
    return refuse(`"size" must be "auto" or sides up to ${sideMax}, as "1024x1536".`, 'size')
  }
  return { prompt, count, width, height }
}

function isPicture({ bytes }: FormFile): boolean {
  const start = bytes.toString('latin1', 0, 12)
  return (
    start.startsWith('\x89PNG') || start.startsWith('\xff\xd8\xff') || /^RIFF.{4}WEBP/s.test(start)
  )
}
