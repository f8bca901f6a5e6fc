import { expect, test } from 'vitest'

import { geminiClient } from './gemini/gemini-protocol.ts'
import { messagesProtocol } from './messages/messages-protocol.ts'
import { ownPath } from './own-paths.ts'
import { responsesProtocol } from './responses/responses-protocol.ts'

test.each([
  [responsesProtocol, 'max_tokens', 'max_output_tokens'],
  [responsesProtocol, 'response_format', 'text.format'],
  [responsesProtocol, 'messages[3].content[0]', 'input'],
  [responsesProtocol, 'tools[1].strict', 'tools[1].strict'],
  [messagesProtocol, 'stop', 'stop_sequences'],
  [messagesProtocol, 'reasoning.effort', 'output_config.effort'],
  [messagesProtocol, 'reasoning', 'thinking'],
  [messagesProtocol, 'messages[1]', 'messages'],
  [geminiClient, 'top_k', 'generationConfig.topK'],
  [geminiClient, 'reasoning.max_tokens', 'generationConfig.thinkingConfig.thinkingBudget'],
  [geminiClient, 'tool_choice', 'toolConfig.functionCallingConfig'],
] as const)('a client of $name knows %s as %s', ({ paths = {} }, param, own) => {
  expect(ownPath(paths, param)).toBe(own)
})
