import { servesOneOf, type Catalogue, type Model } from '#domain/catalogue.ts'

type JsonObject = Readonly<Record<string, unknown>>

/** Newest first, then by name: the order of every list of models. */
export function inListOrder(models: readonly Model[]): readonly Model[] {
  return models.toSorted(
    (left, right) =>
      right.createdAtSeconds - left.createdAtSeconds || (left.id < right.id ? -1 : 1),
  )
}

/** In Anthropic's and Google's protocols, models are chatted with. */
function chatModels(models: readonly Model[]): readonly Model[] {
  return inListOrder(models.filter((model) => servesOneOf(model, ['chat'])))
}

/** The list of models as Anthropic's clients read it, on one page. */
export function anthropicModelList({ models }: Catalogue): JsonObject {
  const data = chatModels(models).map((model) => anthropicModel(model))
  return {
    data,
    has_more: false,
    first_id: data[0]?.['id'] ?? null,
    last_id: data.at(-1)?.['id'] ?? null,
  }
}

/** One model as Anthropic's clients read it. */
export function anthropicModel(model: Model): JsonObject {
  return {
    type: 'model',
    id: model.id,
    display_name: model.name,
    created_at: new Date(model.createdAtSeconds * 1000).toISOString(),
    max_input_tokens: model.contextLength,
    max_tokens: model.maxOutput,
  }
}

/** The list of models as Google's clients read it, on one page. */
export function geminiModelList({ models }: Catalogue): JsonObject {
  return { models: chatModels(models).map((model) => geminiModel(model)) }
}

/** One model as Google's clients read it. */
export function geminiModel(model: Model): JsonObject {
  return {
    name: `models/${model.id}`,
    baseModelId: model.id,
    version: '001',
    displayName: model.name,
    description: model.description,
    inputTokenLimit: model.contextLength,
    outputTokenLimit: model.maxOutput,
    supportedGenerationMethods: ['generateContent', 'streamGenerateContent', 'countTokens'],
  }
}
