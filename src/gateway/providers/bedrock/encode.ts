import type { Encoding, EncodingTarget } from '#gateway/canonical/provider-protocol.ts'
import type { JsonObject, ModelRequest, ReasoningEffort } from '#gateway/canonical/request.ts'
import { type ClaudeSampling, claudeSampling } from '#gateway/providers/claude/sampling.ts'
import { planThinking, type ThinkingPlan } from '#gateway/providers/claude/thinking.ts'
import { type Notes, takeNotes } from '#gateway/providers/notes.ts'
import { strictSchema } from '#gateway/providers/strict-schema.ts'
import { toolNamesFor } from '#gateway/providers/tool-names.ts'
import { alternatingTurns, type Conversation } from '#gateway/providers/turns.ts'
import { noteUnsupported, outputTokensFor, visibleStops } from '#gateway/providers/unsupported.ts'

import { type BedrockTraits, bedrockTraits } from './bedrock-models.ts'
import { cachePoints } from './cache-points.ts'
import type { Block } from './encode-media.ts'
import {
  bedrockToolNames,
  encodeMessages,
  encodeSystem,
  type MessageFacts,
} from './encode-messages.ts'
import { planTools } from './encode-tools.ts'

/** Writes a request for `Converse` or `ConverseStream`. */
export function encodeBedrock(request: ModelRequest, target: EncodingTarget): Encoding {
  const notes = takeNotes(request)
  noteUnsupported(request, notes)
  const traits = bedrockTraits(target.upstreamModel)
  const facts: MessageFacts = {
    notes,
    traits,
    names: toolNamesFor(request, bedrockToolNames),
    points: cachePoints(traits.caches, notes),
    documentNames: new Set(),
  }
  const conversation = alternatingTurns(request.messages, notes)
  const maxTokens = outputTokensFor(request, target, notes)
  const tools = planTools(request, facts)
  const plan = planReasoning(request, { traits, maxTokens, tools, conversation }, notes)
  const sampling = samplingFor(request, { traits, isThinking: plan.isOn }, notes)
  const additional = {
    ...plan.members,
    ...tools.singleCall,
    ...topKMember(sampling, target.upstreamModel, { traits, notes }),
  }
  const said = conversationMembers(conversation, facts)
  markLast(request, said.messages, facts)
  const stops = visibleStops(request, notes)
  const body = {
    ...said,
    inferenceConfig: {
      maxTokens,
      ...(sampling.temperature === undefined ? {} : { temperature: sampling.temperature }),
      ...(sampling.topP === undefined ? {} : { topP: sampling.topP }),
      ...(stops.length === 0 ? {} : { stopSequences: stops }),
    },
    ...(tools.toolConfig === null ? {} : { toolConfig: tools.toolConfig }),
    ...outputConfig(request, traits, notes),
    ...(Object.keys(additional).length === 0 ? {} : { additionalModelRequestFields: additional }),
    ...plainMembers(request, notes),
  }
  const action = request.stream ? 'converse-stream' : 'converse'
  const url = `${target.baseUrl}/model/${encodeURIComponent(target.upstreamModel)}/${action}`
  return notes.encoding({ url, headers: {}, body })
}

/** A request must hold a message: where there are words of the system alone, they are the user's. */
function conversationMembers(
  conversation: Conversation,
  facts: MessageFacts,
): { system?: Block[]; messages: Block[] } {
  const system = encodeSystem(conversation.system, facts)
  const messages = encodeMessages(conversation, facts)
  if (messages.length === 0 && system.length > 0) {
    return { messages: [{ role: 'user', content: system }] }
  }
  return { ...(system.length === 0 ? {} : { system }), messages }
}

/** A mark without a place stands behind the last message. */
function markLast({ cache }: ModelRequest, messages: Block[], { points }: MessageFacts): void {
  const last = messages.at(-1)
  const content: unknown = last?.['content']
  if (last === undefined || !Array.isArray(content)) return
  last['content'] = [...(content as readonly unknown[]), ...points.after(cache)]
}

interface ReasoningPlan {
  readonly members: JsonObject
  readonly isOn: boolean
}

function planReasoning(
  request: ModelRequest,
  facts: {
    traits: BedrockTraits
    maxTokens: number
    tools: { readonly isForced: boolean }
    conversation: Conversation
  },
  notes: Notes,
): ReasoningPlan {
  const { traits, maxTokens, tools, conversation } = facts
  const { reasoning: wish } = request
  if (traits.reasoning === 'claude') {
    const { turns } = conversation
    const about = { traits: traits.claude, maxTokens, isToolForced: tools.isForced, turns }
    return claudeMembers(planThinking(wish, about, notes), traits)
  }
  const effort = wish === null ? null : effortOf(wish)
  if (effort === null) return { members: {}, isOn: false }
  if (traits.reasoning === 'none') {
    if (effort !== 'none') notes.warn('reasoning', 'This model cannot be told how much to think.')
    return { members: {}, isOn: false }
  }
  const level = effort === 'none' || effort === 'minimal' ? 'low' : effort
  const known = level === 'xhigh' || level === 'max' ? 'high' : level
  if (traits.reasoning === 'effort') return { members: { reasoning_effort: known }, isOn: false }
  const config =
    effort === 'none' ? { type: 'disabled' } : { type: 'enabled', maxReasoningEffort: known }
  return { members: { reasoningConfig: config }, isOn: false }
}

function effortOf(wish: NonNullable<ModelRequest['reasoning']>): ReasoningEffort | null {
  if (wish.enabled === false) return 'none'
  if (wish.effort !== null) return wish.effort
  return wish.enabled === true || wish.budgetTokens !== null || wish.isAdaptive ? 'medium' : null
}

function claudeMembers(plan: ThinkingPlan, traits: BedrockTraits): ReasoningPlan {
  const { thinking, effort, isOn } = plan
  return {
    members: {
      ...(thinking === null ? {} : { thinking: shownByDefault(thinking, traits) }),
      ...(effort === null ? {} : { output_config: { effort } }),
    },
    isOn,
  }
}

/** Where thoughts are shown anyway, it is not said: the older models do not know the word. */
function shownByDefault(thinking: JsonObject, { claude }: BedrockTraits): JsonObject {
  const { display, ...rest } = thinking
  return claude.thinking === 'adaptive' || display === 'omitted' ? thinking : rest
}

function samplingFor(
  request: ModelRequest,
  facts: { traits: BedrockTraits; isThinking: boolean },
  notes: Notes,
): ClaudeSampling {
  return claudeSampling(
    request,
    { traits: facts.traits.claude, isThinking: facts.isThinking },
    notes,
  )
}

function topKMember(
  { topK }: ClaudeSampling,
  model: string,
  { traits, notes }: { traits: BedrockTraits; notes: Notes },
): JsonObject {
  if (topK === undefined) return {}
  if (traits.claude.isClaude) return { top_k: topK }
  if (model.includes('amazon.nova')) return { inferenceConfig: { topK } }
  notes.warn('top_k', 'This model takes no top_k; it was left out.')
  return {}
}

function outputConfig({ format }: ModelRequest, traits: BedrockTraits, notes: Notes): JsonObject {
  if (format?.kind !== 'schema' || !traits.hasOutputFormat) return {}
  const { schema, inWords } = strictSchema(format.schema)
  if (inWords.length > 0) {
    const list = inWords.join(', ')
    notes.warn('response_format', `Told to the model in words, but not enforced: ${list}.`)
  }
  const name = (format.name ?? 'answer').replace(/[^a-zA-Z0-9_-]/g, '_')
  const about = format.description === null ? {} : { description: format.description }
  const jsonSchema = { schema: JSON.stringify(schema), name, ...about }
  return { outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema } } } }
}

const metadataText = /^[a-zA-Z0-9\s:_@$#=/+,.-]{0,256}$/

function plainMembers(request: ModelRequest, notes: Notes): JsonObject {
  if (request.user !== null) notes.warn('user', 'This provider is not told who the user is.')
  return { ...metadataMember(request, notes), ...tierMember(request, notes) }
}

function metadataMember({ metadata }: ModelRequest, notes: Notes): JsonObject {
  const entries = Object.entries(metadata ?? {})
  if (entries.length === 0) return {}
  if (
    entries.length <= 16 &&
    entries.every((entry) => entry.every((text) => metadataText.test(text)))
  ) {
    return { requestMetadata: metadata }
  }
  notes.warn('metadata', 'This provider takes 16 plain texts at most; it was left out.')
  return {}
}

function tierMember({ serviceTier: tier }: ModelRequest, notes: Notes): JsonObject {
  switch (tier) {
    case null:
    case 'auto':
    case 'default':
    case 'standard':
    case 'standard_only':
      return {}
    case 'priority':
    case 'flex':
    case 'reserved':
      return { serviceTier: { type: tier } }
    default:
      notes.warn('service_tier', `"${tier}" is not known to this provider; it was left out.`)
      return {}
  }
}
