import { choiceCountMax } from './limits.ts'
import type { NanoUsd, PicoUsd } from './money.ts'
import { picoUsd, roundUpToNanoUsd } from './money.ts'
import type { PriceRates, PriceSheet } from './prices.ts'

/** The most tokens one image makes of itself, where the model says nothing else: high-detail patches. */
export const imageTokensMaxDefault = 16_384
/** What templates and a provider's own instructions add to any prompt (xAI's are near 700 tokens). */
export const promptOverheadTokens = 1024
/** What a template adds around one message beyond the bytes that JSON spends on it. */
const messageOverheadTokens = 32
/** What the instructions for tool use add once, when there are tools. */
const toolsOverheadTokens = 1024
/** What a template adds around one tool. */
const toolOverheadTokens = 64
/** The least that a clip of audio counts: short ones are padded to windows of 30 s. */
const audioOverheadTokens = 1536
/** The tightest speech codecs need 1,000 base64 characters a second; no model makes 62 tokens of one. */
const audioCharactersPerToken = 16
/** A page of a document counts as text and as an image, and both were compressed. */
const fileTokensPerCharacter = 4

/**
 * The most that one request can be billed for, in tokens. The flags say which special rates can apply: an
 * upstream bills audio, images and long cache writes only when the request has them or asks for them.
 */
export interface RequestBound {
  readonly promptTokens: number
  /** Of all choices together. */
  readonly completionTokens: number
  readonly choiceCount: number
  /** Predicted output that was sent and may be billed as completion beside `max_tokens`. */
  readonly predictionTokens: number
  readonly audioPrompt: boolean
  readonly imagePrompt: boolean
  readonly audioCompletion: boolean
  readonly imageCompletion: boolean
  readonly cacheWrite1h: boolean
}

/** What the bound must know of a model. */
export interface BoundModel {
  readonly contextLength: number
  readonly maxOutput: number
  readonly outputModalities: readonly string[]
  /** Absent: `imageTokensMaxDefault`. */
  readonly imageTokensMax?: number
}

type JsonObject = Readonly<Record<string, unknown>>

interface Media {
  /** Characters of the body that are encoded media, not text. */
  encodedCharacters: number
  imageCount: number
  audioTokens: number
  hasAudio: boolean
  fileTokens: number
  /** Something was referred to whose size cannot be known from here. */
  unknownSize: boolean
  longCacheWrite: boolean
}

/**
 * An upper bound of the tokens of a chat request, from its parsed body and the body's length in bytes.
 * A byte-level tokenizer never makes more tokens than UTF-8 bytes and JSON never has fewer bytes than the
 * text in it, so the body's own length bounds all text and tool definitions; encoded media is taken out
 * and counted by its tables. No prompt exceeds the model's context, and where the size cannot be known
 * (files by reference, searches, plugins) the context is the bound. Reads any JSON value; never throws.
 */
export function boundRequest(request: {
  body: unknown
  bodyByteLength: number
  model: BoundModel
}): RequestBound {
  const { model, bodyByteLength } = request
  const body = isObject(request.body) ? request.body : {}
  const media = readMedia(body)
  const imageTokensMax = model.imageTokensMax ?? imageTokensMaxDefault
  const promptTokens =
    Math.max(0, bodyByteLength - media.encodedCharacters) +
    media.imageCount * imageTokensMax +
    media.audioTokens +
    media.fileTokens +
    overheadTokens(body)
  const choiceCount = choiceCountOf(body)
  const predictionTokens = isObject(body['prediction']) ? bodyByteLength : 0
  const perChoice = Math.min(maxTokensOf(body) ?? model.maxOutput, model.contextLength)
  return {
    promptTokens:
      media.unknownSize || usesTheOutsideWorld(body)
        ? model.contextLength
        : Math.min(promptTokens, model.contextLength),
    completionTokens: choiceCount * perChoice + predictionTokens,
    choiceCount,
    predictionTokens,
    audioPrompt: media.hasAudio,
    imagePrompt: media.imageCount > 0 || media.fileTokens > 0 || media.unknownSize,
    audioCompletion: listOf(body['modalities']).includes('audio') || isObject(body['audio']),
    imageCompletion: model.outputModalities.includes('image'),
    cacheWrite1h: media.longCacheWrite,
  }
}

/** A cost that no usage within the bound can exceed: every token at the dearest rate it could have. */
export function boundCost(bound: RequestBound, sheet: PriceSheet): NanoUsd {
  let most = 0n
  for (const rates of reachableRates(bound.promptTokens, sheet)) {
    const cost =
      BigInt(bound.promptTokens) * dearestPromptRate(bound, rates) +
      BigInt(bound.completionTokens) * dearestCompletionRate(bound, rates) +
      rates.request
    if (cost > most) most = cost
  }
  return roundUpToNanoUsd(picoUsd(most))
}

/**
 * The largest `max_tokens` with which the same request is bound by at most `availableNanoUsd`; zero when
 * not even one token of output can be paid. Never more than the request's own bound allows.
 */
export function largestAffordableMaxTokens(question: {
  availableNanoUsd: NanoUsd
  bound: RequestBound
  sheet: PriceSheet
}): number {
  const { bound, sheet } = question
  const available = question.availableNanoUsd * 1000n
  const ownLimit = (bound.completionTokens - bound.predictionTokens) / bound.choiceCount
  let most = BigInt(Math.floor(ownLimit))
  for (const rates of reachableRates(bound.promptTokens, sheet)) {
    const rate = dearestCompletionRate(bound, rates)
    const fixed =
      BigInt(bound.promptTokens) * dearestPromptRate(bound, rates) +
      BigInt(bound.predictionTokens) * rate +
      rates.request
    if (fixed > available) return 0
    if (rate === 0n) continue
    const affordable = (available - fixed) / (rate * BigInt(bound.choiceCount))
    if (affordable < most) most = affordable
  }
  return Number(most)
}

function* reachableRates(promptTokens: number, sheet: PriceSheet): Iterable<PriceRates> {
  yield sheet.base
  for (const tier of sheet.tiers) if (promptTokens >= tier.minPromptTokens) yield tier.rates
}

function dearestPromptRate(bound: RequestBound, rates: PriceRates): PicoUsd {
  let rate = larger(rates.prompt, larger(rates.cacheRead, rates.cacheWrite))
  if (bound.cacheWrite1h) rate = larger(rate, rates.cacheWrite1h)
  if (bound.audioPrompt) rate = larger(rate, rates.audioPrompt)
  if (bound.imagePrompt) rate = larger(rate, rates.imagePrompt)
  return rate
}

function dearestCompletionRate(bound: RequestBound, rates: PriceRates): PicoUsd {
  let rate = larger(rates.completion, rates.reasoning)
  if (bound.audioCompletion) rate = larger(rate, rates.audioCompletion)
  if (bound.imageCompletion) rate = larger(rate, rates.imageCompletion)
  return rate
}

function larger(left: PicoUsd, right: PicoUsd): PicoUsd {
  return left > right ? left : right
}

function overheadTokens(body: JsonObject): number {
  const tools = listOf(body['tools']).length + listOf(body['functions']).length
  return (
    promptOverheadTokens +
    listOf(body['messages']).length * messageOverheadTokens +
    (tools === 0 ? 0 : toolsOverheadTokens + tools * toolOverheadTokens)
  )
}

const searchMembers = ['web_search_options', 'search_parameters', 'search_settings']

/** A search or a plugin puts text into the prompt that nobody has seen yet. */
function usesTheOutsideWorld(body: JsonObject): boolean {
  if (searchMembers.some((member) => isObject(body[member]))) return true
  if (listOf(body['plugins']).length > 0) return true
  return listOf(body['tools']).some(
    (tool) => isObject(tool) && tool['type'] !== 'function' && tool['type'] !== 'custom',
  )
}

/** The larger of the two names: which one an upstream obeys is its own choice. */
function maxTokensOf(body: JsonObject): number | undefined {
  const given = [body['max_completion_tokens'], body['max_tokens']].filter(isPositiveCount)
  return given.length === 0 ? undefined : Math.max(...given)
}

function choiceCountOf(body: JsonObject): number {
  const n = body['n']
  return isPositiveCount(n) ? Math.min(n, choiceCountMax) : 1
}

function readMedia(body: JsonObject): Media {
  const media: Media = {
    encodedCharacters: 0,
    imageCount: 0,
    audioTokens: 0,
    hasAudio: false,
    fileTokens: 0,
    unknownSize: false,
    longCacheWrite: isLongCacheWrite(body['cache_control']),
  }
  for (const tool of listOf(body['tools'])) {
    if (isObject(tool) && isLongCacheWrite(tool['cache_control'])) media.longCacheWrite = true
  }
  for (const message of listOf(body['messages'])) {
    if (!isObject(message)) continue
    // An earlier spoken answer is referred to by id alone.
    if (isObject(message['audio'])) media.unknownSize = media.hasAudio = true
    if (isLongCacheWrite(message['cache_control'])) media.longCacheWrite = true
    for (const part of listOf(message['content'])) if (isObject(part)) readPart(part, media)
    for (const image of listOf(message['images'])) if (isObject(image)) readPart(image, media)
  }
  return media
}

function readPart(part: JsonObject, media: Media): void {
  if (isLongCacheWrite(part['cache_control'])) media.longCacheWrite = true
  switch (part['type']) {
    case 'text':
    case 'refusal':
    case 'thinking':
      return
    case 'image_url':
    case 'input_image':
      media.imageCount += 1
      media.encodedCharacters += dataUrlLength(urlOf(part['image_url']))
      return
    case 'input_audio':
      readAudio(part['input_audio'], media)
      return
    case 'file':
      readFile(part['file'], media)
      return
    default:
      // A part this gateway does not know (video, a new kind) may stand for anything.
      media.unknownSize = true
  }
}

function readAudio(audio: unknown, media: Media): void {
  media.hasAudio = true
  const data = isObject(audio) ? audio['data'] : audio
  if (typeof data !== 'string') {
    media.unknownSize = true
    return
  }
  media.encodedCharacters += data.length
  media.audioTokens += audioOverheadTokens + Math.ceil(data.length / audioCharactersPerToken)
}

function readFile(file: unknown, media: Media): void {
  const data = isObject(file) ? file['file_data'] : undefined
  const length = typeof data === 'string' ? dataUrlLength(data) : 0
  if (length === 0) {
    media.unknownSize = true
    return
  }
  media.encodedCharacters += length
  media.fileTokens += imageTokensMaxDefault + length * fileTokensPerCharacter
}

function urlOf(image: unknown): unknown {
  return isObject(image) ? image['url'] : image
}

function dataUrlLength(url: unknown): number {
  return typeof url === 'string' && url.startsWith('data:') ? url.length : 0
}

function isLongCacheWrite(control: unknown): boolean {
  return isObject(control) && control['ttl'] === '1h'
}

function isPositiveCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
