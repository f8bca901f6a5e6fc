import type { Encoding, EncodingTarget } from '#gateway/canonical/provider-protocol.ts'
import type { JsonObject, ModelRequest } from '#gateway/canonical/request.ts'
import { answerTool, answerToolName } from '#gateway/providers/answer-tool.ts'
import { claudeTraits, type ClaudeTraits } from '#gateway/providers/claude/claude-models.ts'
import { claudeSampling } from '#gateway/providers/claude/sampling.ts'
import { planThinking, type ThinkingPlan } from '#gateway/providers/claude/thinking.ts'
import { type Notes, takeNotes } from '#gateway/providers/notes.ts'
import { strictSchema } from '#gateway/providers/strict-schema.ts'
import { toolNamesFor } from '#gateway/providers/tool-names.ts'
import { objectSchema } from '#gateway/providers/tool-schema.ts'
import { alternatingTurns, type Conversation } from '#gateway/providers/turns.ts'
import { noteUnsupported, outputTokensFor, visibleStops } from '#gateway/providers/unsupported.ts'

import { type Block, cacheControl, cacheMarks, type CacheMarks } from './cache-marks.ts'
import { anthropicToolNames, encodeMessages, type MessageFacts } from './encode-messages.ts'
import { demandsTool, encodeToolChoice, encodeTools } from './encode-tools.ts'

/** The version of the protocol that is spoken. */
const anthropicVersion = '2023-06-01'

/** Writes a request for `/v1/messages`. */
export function encodeAnthropic(request: ModelRequest, target: EncodingTarget): Encoding {
  const notes = takeNotes(request)
  noteUnsupported(request, notes)
  const traits = claudeTraits(target.upstreamModel)
  const marks = cacheMarks()
  const names = toolNamesFor(request, anthropicToolNames)
  const betas = new Set<string>()
  const conversation = alternatingTurns(request.messages, notes)
  const maxTokens = outputTokensFor(request, target, notes)
  const tools = toolMembers(request, { notes, names, marks, traits })
  const system = systemMember(conversation, marks)
  const facts = { notes, names, marks, betas, takesSystemInside: traits.takesSystemInside }
  const messages = messageMember(conversation, facts)
  const plan = planThinking(
    request.reasoning,
    { traits, maxTokens, isToolForced: tools.isForced, turns: conversation.turns },
    notes,
  )
  marks.settle(request.cache === null ? 0 : 1, notes)
  const body = {
    model: target.upstreamModel,
    max_tokens: maxTokens,
    ...(system.length === 0 || messages.usesSystem ? {} : { system }),
    messages: messages.written,
    ...tools.members,
    ...plannedMembers(request, { plan, traits, notes }),
    ...plainMembers(request, notes),
    ...(request.stream ? { stream: true } : {}),
  }
  return notes.encoding({ url: `${target.baseUrl}/messages`, headers: headersFor(betas), body })
}

/** The headers of every request, with the betas it needs. */
export function headersFor(betas: ReadonlySet<string>): Record<string, string> {
  const beta = [...betas].join(',')
  return {
    'anthropic-version': anthropicVersion,
    ...(beta === '' ? {} : { 'anthropic-beta': beta }),
  }
}

function systemMember({ system }: Conversation, marks: CacheMarks): Block[] {
  return system.map(({ text, cache }) => marks.put({ type: 'text', text }, cache))
}

/** A request must hold a message: where there are words of the system alone, they are the user's. */
function messageMember(
  { system, turns }: Conversation,
  facts: MessageFacts,
): { written: Block[]; usesSystem: boolean } {
  const written = encodeMessages(turns, facts)
  if (written.length > 0 || system.length === 0) return { written, usesSystem: false }
  const content = system.map(({ text }) => ({ type: 'text', text }))
  return { written: [{ role: 'user', content }], usesSystem: true }
}

function toolMembers(
  request: ModelRequest,
  facts: Parameters<typeof encodeTools>[1],
): { members: JsonObject; isForced: boolean } {
  const { notes, traits } = facts
  const tools = encodeTools(request, facts)
  const toolChoice = encodeToolChoice(request, { ...facts, hasTools: tools.length > 0 })
  const answer =
    traits.hasOutputFormat && request.format?.kind === 'schema'
      ? undefined
      : answerTool(request.format, notes)
  if (answer === undefined) {
    const isForced = demandsTool(request.toolChoice) && tools.length > 0 && traits.takesForcedTools
    return {
      members: {
        ...(tools.length === 0 ? {} : { tools }),
        ...(toolChoice === undefined ? {} : { tool_choice: toolChoice }),
      },
      isForced,
    }
  }
  const { name, description, schema } = answer
  const written = { name, description, input_schema: objectSchema(schema) }
  return {
    members: { tools: [...tools, written], tool_choice: answerChoice(request, tools, facts) },
    isForced: traits.takesForcedTools,
  }
}

/** The answer tool must be called, or another one where others may be called first. */
function answerChoice(
  request: ModelRequest,
  tools: readonly Block[],
  { traits, notes }: { traits: ClaudeTraits; notes: Notes },
): Block {
  if (!traits.takesForcedTools) {
    notes.warn('response_format', 'This model is asked for JSON, but cannot be held to it.')
    return { type: 'auto' }
  }
  const isAlone = tools.length === 0 || request.toolChoice?.kind === 'none'
  const single = { disable_parallel_tool_use: true }
  return isAlone ? { type: 'tool', name: answerToolName, ...single } : { type: 'any', ...single }
}

function plannedMembers(
  request: ModelRequest,
  { plan, traits, notes }: { plan: ThinkingPlan; traits: ClaudeTraits; notes: Notes },
): JsonObject {
  const { temperature, topP, topK } = claudeSampling(
    request,
    { traits, isThinking: plan.isOn },
    notes,
  )
  const outputConfig = {
    ...(plan.effort === null ? {} : { effort: plan.effort }),
    ...formatMember(request, traits, notes),
  }
  return {
    ...(plan.thinking === null ? {} : { thinking: plan.thinking }),
    ...(Object.keys(outputConfig).length === 0 ? {} : { output_config: outputConfig }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(topK === undefined ? {} : { top_k: topK }),
  }
}

function formatMember({ format }: ModelRequest, traits: ClaudeTraits, notes: Notes): JsonObject {
  if (format?.kind !== 'schema' || !traits.hasOutputFormat) return {}
  const { schema, inWords } = strictSchema(format.schema)
  if (inWords.length > 0) {
    const list = inWords.join(', ')
    notes.warn('response_format', `Told to the model in words, but not enforced: ${list}.`)
  }
  return { format: { type: 'json_schema', schema } }
}

function plainMembers(request: ModelRequest, notes: Notes): JsonObject {
  const stops = visibleStops(request, notes)
  return {
    ...(stops.length === 0 ? {} : { stop_sequences: stops }),
    ...(request.cache === null ? {} : { cache_control: cacheControl(request.cache) }),
    ...(request.user === null ? {} : { metadata: { user_id: request.user } }),
    ...serviceTier(request, notes),
    ...noteMetadata(request, notes),
  }
}

function serviceTier({ serviceTier: tier }: ModelRequest, notes: Notes): JsonObject {
  if (tier === null) return {}
  if (tier === 'auto' || tier === 'priority') return { service_tier: 'auto' }
  if (tier === 'standard_only' || tier === 'default' || tier === 'standard') {
    return { service_tier: 'standard_only' }
  }
  notes.warn('service_tier', `"${tier}" is not known to this provider; it was left out.`)
  return {}
}

function noteMetadata({ metadata }: ModelRequest, notes: Notes): JsonObject {
  if (metadata !== null) notes.warn('metadata', 'This provider keeps no metadata; it was left out.')
  return {}
}
