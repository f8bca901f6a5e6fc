import type { ModelAnswer } from '#gateway/canonical/answer.ts'
import type { AnswerFacts, Closing } from '#gateway/canonical/client-protocol.ts'

import { namespacedTools } from './read-tools.ts'
import { endOf, modelGaveUp, responseObjects } from './response-object.ts'
import { writeItem } from './write-items.ts'
import { usageText } from './write-usage.ts'

/** A whole answer as a response object. */
export function writeWhole(answer: ModelAnswer, facts: AnswerFacts, closing: Closing): string {
  const { status, incompleteReason } = endOf(answer.finish)
  const frame = { generationId: facts.id, namespaced: namespacedTools(facts.body) }
  const last = answer.items.length - 1
  const output = answer.items.map((item, outputIndex) => {
    const isCut = outputIndex === last && status === 'incomplete'
    return writeItem(item, frame, { outputIndex, status: isCut ? 'incomplete' : 'completed' })
  })
  return responseObjects(facts)({
    status,
    error: status === 'failed' ? modelGaveUp : null,
    incompleteReason,
    outputText: JSON.stringify(output),
    usageText: usageText(closing.usage, closing.cost),
    warnings: closing.warnings,
  })
}
