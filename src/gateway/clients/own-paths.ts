/** What a chat request calls otherwise than a client's protocol, by its name or path there. */
export type OwnPaths = Readonly<Record<string, string>>

/**
 * The client's own path of a member that is named as a chat request names it. Of messages only the list is
 * named: where one stands differs between protocols.
 */
export function ownPath(paths: OwnPaths, param: string): string {
  const whole = paths[param]
  if (whole !== undefined) return whole
  const [head = param] = /^[^.[]+/.exec(param) ?? []
  if (head === 'messages') return paths[head] ?? head
  const own = paths[head]
  return own === undefined ? param : `${own}${param.slice(head.length)}`
}

/** The paths of the Responses API. */
export const responsesPaths: OwnPaths = {
  messages: 'input',
  max_tokens: 'max_output_tokens',
  response_format: 'text.format',
  verbosity: 'text.verbosity',
  reasoning_effort: 'reasoning.effort',
  logprobs: 'include',
}

/** The paths of Anthropic’s Messages. */
export const messagesPaths: OwnPaths = {
  stop: 'stop_sequences',
  user: 'metadata.user_id',
  reasoning: 'thinking',
  'reasoning.effort': 'output_config.effort',
  reasoning_effort: 'output_config.effort',
  'reasoning.max_tokens': 'thinking.budget_tokens',
  response_format: 'output_config.format',
  parallel_tool_calls: 'tool_choice.disable_parallel_tool_use',
}

/** The paths of Google’s generateContent. */
export const geminiPaths: OwnPaths = {
  messages: 'contents',
  temperature: 'generationConfig.temperature',
  top_p: 'generationConfig.topP',
  top_k: 'generationConfig.topK',
  seed: 'generationConfig.seed',
  stop: 'generationConfig.stopSequences',
  presence_penalty: 'generationConfig.presencePenalty',
  frequency_penalty: 'generationConfig.frequencyPenalty',
  logprobs: 'generationConfig.responseLogprobs',
  top_logprobs: 'generationConfig.logprobs',
  n: 'generationConfig.candidateCount',
  max_tokens: 'generationConfig.maxOutputTokens',
  response_format: 'generationConfig.responseSchema',
  modalities: 'generationConfig.responseModalities',
  audio: 'generationConfig.speechConfig',
  reasoning: 'generationConfig.thinkingConfig',
  reasoning_effort: 'generationConfig.thinkingConfig.thinkingLevel',
  'reasoning.effort': 'generationConfig.thinkingConfig.thinkingLevel',
  'reasoning.max_tokens': 'generationConfig.thinkingConfig.thinkingBudget',
  tool_choice: 'toolConfig.functionCallingConfig',
  metadata: 'labels',
}
