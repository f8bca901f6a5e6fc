import { z } from 'zod'

const count = z.int().min(0)
const usd = z.number().describe('What this request cost, in US dollars.')
const list = z.array(z.looseObject({}))
const settings = z.looseObject({})

const asked = {
  model: z.string().describe('A model that can be chatted with.'),
  models: z.array(z.string()).nullish().describe('Models to fall back to.'),
  provider: z
    .looseObject({})
    .nullish()
    .describe('Wishes about who answers: `order`, `only`, `ignore`, `max_price`, and so on.'),
}
const stream = z.boolean().nullish().describe('The answer comes as server-sent events.')
const unit = z.number().nullish()

const told = z
  .looseObject({ warnings: z.array(z.strictObject({ param: z.string(), detail: z.string() })) })
  .optional()
  .describe('What the provider was told in another way, or could not be told.')

/** `POST /v1/responses`; what else OpenAI knows is passed on where the provider speaks the protocol too. */
export const responsesBody = z.looseObject({
  ...asked,
  input: z
    .union([z.string(), list])
    .optional()
    .describe('A text, or items: messages, calls, what tools answered, reasoning.'),
  instructions: z.string().nullish(),
  previous_response_id: z
    .string()
    .nullish()
    .describe('A response that was kept (`store`): this one goes on from it.'),
  store: z.boolean().nullish().describe('Absent: true. Kept as your account keeps contents.'),
  tools: list.nullish(),
  tool_choice: z.union([z.string(), settings]).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  max_output_tokens: z.int().min(1).nullish(),
  temperature: unit,
  top_p: unit,
  top_logprobs: z.int().min(0).nullish(),
  text: settings.nullish().describe('`format` asks for JSON or a schema, `verbosity` for brevity.'),
  reasoning: settings.nullish().describe('`effort` and `summary`.'),
  include: z.array(z.string()).nullish(),
  metadata: settings.nullish(),
  stream,
})

/** A response, whole, or as it was kept. */
export const responseShape = z
  .looseObject({
    id: z.string().describe('`resp_` and what stands in the id of the generation.'),
    object: z.literal('response'),
    created_at: z.int(),
    status: z.enum(['in_progress', 'completed', 'incomplete', 'failed']),
    error: z.looseObject({ code: z.string(), message: z.string() }).nullable(),
    incomplete_details: z.looseObject({ reason: z.string() }).nullable(),
    model: z.string(),
    output: z.array(z.looseObject({ type: z.string() })),
    usage: z
      .looseObject({
        input_tokens: count,
        input_tokens_details: z.looseObject({ cached_tokens: count }),
        output_tokens: count,
        output_tokens_details: z.looseObject({ reasoning_tokens: count }),
        total_tokens: count,
        cost: usd,
      })
      .nullable(),
    codelace_metadata: told,
  })
  .meta({ id: 'Response' })

/** What is answered to the end of a response. */
export const deletedResponseShape = z.strictObject({
  id: z.string(),
  object: z.literal('response'),
  deleted: z.literal(true),
})

/** A page of what led to a response. */
export const inputItemsShape = z.strictObject({
  object: z.literal('list'),
  data: z.array(z.looseObject({ id: z.string(), type: z.string() })),
  first_id: z.string().nullable(),
  last_id: z.string().nullable(),
  has_more: z.boolean(),
})

/** What a response would read. */
export const inputTokensShape = z.strictObject({
  object: z.literal('response.input_tokens'),
  input_tokens: count,
})

const message = z.looseObject({
  role: z.enum(['user', 'assistant', 'system']),
  content: z.union([z.string(), list]),
})

/** `POST /v1/messages/count_tokens`. */
export const messageCountBody = z.looseObject({
  ...asked,
  messages: z.array(message),
  system: z.union([z.string(), list]).nullish(),
  tools: list.nullish(),
  tool_choice: settings.nullish(),
  thinking: settings.nullish(),
})

/** `POST /v1/messages`; what else Anthropic knows is passed on where the provider speaks the protocol too. */
export const messagesBody = messageCountBody.extend({
  max_tokens: z.int().min(1).nullish(),
  temperature: unit,
  top_p: unit,
  top_k: unit,
  stop_sequences: z.array(z.string()).nullish(),
  output_config: settings.nullish().describe('`format` asks for a schema, `effort` for thought.'),
  metadata: settings.nullish(),
  stream,
})

/** A whole message. */
export const messageShape = z
  .looseObject({
    id: z.string().describe('The id of the generation (`gen-…`).'),
    type: z.literal('message'),
    role: z.literal('assistant'),
    model: z.string(),
    provider: z.string().describe('Who answered.'),
    content: z.array(z.looseObject({ type: z.string() })),
    stop_reason: z.string().nullable(),
    stop_sequence: z.string().nullable(),
    usage: z.looseObject({
      input_tokens: count.describe('What was neither read from a cache nor written to one.'),
      cache_creation_input_tokens: count,
      cache_read_input_tokens: count,
      output_tokens: count,
      cost: usd,
    }),
    codelace_metadata: told,
  })
  .meta({ id: 'Message' })

/** What a message would read. */
export const messageCountShape = z.strictObject({ input_tokens: count })

const contents = z.array(
  z.looseObject({ role: z.string().optional(), parts: z.array(z.looseObject({})) }),
)

/** `:generateContent` and `:streamGenerateContent`; names in snake case are understood too. */
export const generateContentBody = z.looseObject({
  contents: contents.describe('The conversation, as contents of parts.'),
  systemInstruction: settings.nullish(),
  tools: list.nullish(),
  toolConfig: settings.nullish(),
  generationConfig: settings.nullish(),
  models: asked.models,
  provider: asked.provider,
})

/** An answer, or what is new in a stream. */
export const generateContentShape = z
  .looseObject({
    candidates: z.array(
      z.looseObject({
        content: z.looseObject({ role: z.string(), parts: z.array(z.looseObject({})) }),
        finishReason: z.string().optional(),
        index: z.int(),
      }),
    ),
    usageMetadata: z
      .looseObject({
        promptTokenCount: count,
        candidatesTokenCount: count,
        totalTokenCount: count,
        cost: usd,
      })
      .optional()
      .describe('In the last chunk of a stream.'),
    modelVersion: z.string(),
    responseId: z.string().describe('The id of the generation (`gen-…`).'),
    codelace_metadata: told,
  })
  .meta({ id: 'GenerateContentResponse' })

/** `:countTokens`: contents alone, or a whole request. */
export const contentCountBody = z.looseObject({
  contents: contents.optional(),
  generateContentRequest: z.looseObject({}).optional(),
})

/** What contents would put into a prompt. */
export const contentCountShape = z.strictObject({
  totalTokens: count,
  promptTokensDetails: z.array(z.strictObject({ modality: z.string(), tokenCount: count })),
})

/** One model, as Google's clients read it. */
export const googleModelShape = z
  .strictObject({
    name: z.string().describe('`models/` and the model’s id.'),
    baseModelId: z.string(),
    version: z.string(),
    displayName: z.string(),
    description: z.string(),
    inputTokenLimit: z.int(),
    outputTokenLimit: z.int(),
    supportedGenerationMethods: z.array(z.string()),
  })
  .meta({ id: 'GoogleModel' })

/** Every model that can be chatted with, on one page. */
export const googleModelListShape = z.strictObject({ models: z.array(googleModelShape) })

/** The body of an error, as Anthropic's clients read it. */
export const anthropicErrorShape = z.strictObject({
  type: z.literal('error'),
  error: z.strictObject({
    type: z.string().describe('Anthropic’s class of error.'),
    message: z.string(),
    error_type: z.string(),
    code: z.string().describe('What exactly happened; stable.'),
    param: z.string().nullable(),
    metadata: z.looseObject({}),
  }),
  request_id: z.string().nullable(),
})

/** The body of an error, as Google's clients read it. */
export const googleErrorShape = z.strictObject({
  error: z.strictObject({
    code: z.int().describe('The status.'),
    message: z.string(),
    status: z.string().describe('Google’s word for the status.'),
    details: z.array(z.looseObject({})).describe('Our own code is the `reason` of the first.'),
  }),
})
