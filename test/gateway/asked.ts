import { type ModelRequest, noSampling, type TextPart } from '#gateway/canonical/request.ts'

/** A request of one short user message; whatever is named replaces its member. */
export function asked(members: Partial<ModelRequest> = {}): ModelRequest {
  return {
    messages: [{ role: 'user', parts: [said('Hello.')], name: null }],
    tools: [],
    toolChoice: null,
    parallelToolCalls: null,
    maxOutputTokens: null,
    sampling: noSampling,
    format: null,
    reasoning: null,
    stream: false,
    cache: null,
    serviceTier: null,
    user: null,
    promptCacheKey: null,
    verbosity: null,
    metadata: null,
    outputModalities: null,
    audioOutput: null,
    leftovers: [],
    ...members,
  }
}

/** A text without a cache mark. */
export function said(text: string): TextPart {
  return { kind: 'text', text, cache: null }
}
