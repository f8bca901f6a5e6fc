import { z } from 'zod'

const count = z.int().min(0)
const usd = z.number().describe('What this request cost, in US dollars.')

const common = {
  model: z.string().describe('A model that can be asked here: `supported_endpoints` says so.'),
  provider: z
    .looseObject({})
    .nullish()
    .describe('Wishes about who answers: `order`, `only`, `ignore`, `max_price`, and so on.'),
}

const usage = z.looseObject({ prompt_tokens: count, total_tokens: count, cost: usd })

const answered = {
  id: z.string().describe('The id of the generation (`gen-…`).'),
  model: z.string(),
  provider: z.string().describe('Who answered.'),
}

const file = z.string().meta({ format: 'binary' })

/** `POST /v1/completions`. */
export const completionBody = z.looseObject({
  ...common,
  prompt: z
    .union([z.string(), z.array(z.unknown())])
    .describe('A text; lists and tokens where the model has plain completions.'),
  max_tokens: z.int().min(1).nullish(),
  stream: z.boolean().nullish(),
  echo: z.boolean().nullish(),
})

/** An answer to it. */
export const completionShape = z.looseObject({
  ...answered,
  object: z.literal('text_completion'),
  created: z.int(),
  choices: z.array(
    z.looseObject({ text: z.string(), index: z.int(), finish_reason: z.string().nullable() }),
  ),
  usage,
})

/** `POST /v1/embeddings`. */
export const embeddingsBody = z.looseObject({
  ...common,
  input: z
    .union([z.string(), z.array(z.unknown())])
    .describe('A text or up to 2,048 texts; lists of tokens where the provider takes them.'),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  dimensions: z.int().min(1).nullish(),
  input_type: z
    .string()
    .nullish()
    .describe('What the vectors are for: `search_query`, `search_document`, `classification`, …'),
})

/** An answer to it. */
export const embeddingsShape = z.looseObject({
  ...answered,
  object: z.literal('list'),
  data: z.array(
    z.looseObject({
      object: z.literal('embedding'),
      index: z.int(),
      embedding: z.union([z.array(z.number()), z.string()]),
    }),
  ),
  usage,
})

/** `POST /v1/rerank`. */
export const rerankBody = z.looseObject({
  ...common,
  query: z.string(),
  documents: z.array(z.unknown()).describe('Up to 1,000 texts, or objects with `text`.'),
  top_n: z.int().min(1).nullish(),
  return_documents: z.boolean().nullish(),
})

/** An answer to it. */
export const rerankShape = z.looseObject({
  ...answered,
  results: z
    .array(z.looseObject({ index: z.int(), relevance_score: z.number() }))
    .describe('Best first.'),
  usage,
})

/** `POST /v1/moderations`. */
export const moderationsBody = z.looseObject({
  ...common,
  model: common.model.nullish().describe('Absent: `omni-moderation-latest`.'),
  input: z.union([z.string(), z.array(z.unknown())]).describe('A text, texts, or parts.'),
})

/** An answer to it: the provider's judgement as it came. */
export const moderationsShape = z.looseObject({
  id: z.string(),
  provider: z.string(),
  results: z.array(z.looseObject({ flagged: z.boolean() })),
  usage: z.looseObject({ cost: usd }),
})

const imageWishes = {
  prompt: z.string(),
  n: z.int().min(1).max(10).nullish(),
  size: z.string().nullish().describe('Such as `1024x1536`.'),
  response_format: z.enum(['url', 'b64_json']).nullish(),
}

/** `POST /v1/images/generations`. */
export const imagesBody = z.looseObject({ ...common, ...imageWishes })

/** `POST /v1/images/edits`: a form. */
export const imageEditsBody = z.looseObject({
  model: common.model,
  ...imageWishes,
  image: file.describe('The image to change; several as `image[]`.'),
  mask: file.optional(),
})

/** An answer to either. */
export const imagesShape = z.looseObject({
  ...answered,
  created: z.int(),
  data: z.array(z.looseObject({ b64_json: z.string().optional(), url: z.string().optional() })),
  usage: z.looseObject({
    input_tokens: count,
    output_tokens: count,
    total_tokens: count,
    cost: usd,
  }),
})

/** `POST /v1/audio/speech`. */
export const speechBody = z.looseObject({
  ...common,
  input: z.string(),
  voice: z.string(),
  instructions: z.string().nullish(),
  response_format: z.enum(['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm']).nullish(),
  speed: z.number().min(0.25).max(4).nullish(),
})

/** The sound. What it cost is in the header `X-Codelace-Cost`. */
export const speechShape = file

/** `POST /v1/audio/transcriptions`: a form. */
export const transcriptionsBody = z.looseObject({
  model: common.model,
  file: file.describe('The sound, up to 25 MB.'),
  language: z.string().optional(),
  prompt: z.string().optional(),
  response_format: z
    .enum(['json', 'text', 'srt', 'verbose_json', 'vtt'])
    .optional()
    .describe('Those with times only from models that tell times.'),
  temperature: z.number().optional(),
})

/** An answer to it, as JSON. */
export const transcriptionsShape = z.looseObject({
  ...answered,
  text: z.string(),
  usage: z.looseObject({ input_tokens: count, output_tokens: count, cost: usd }),
})
