import type { z } from 'zod'

import type { generationContentShape } from '#contract/gateway-shapes.ts'
import { contentAnswer } from '#contract/generation.ts'
import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'
import type { GenerationContent } from '#domain/generation.ts'
import { isGenerationId } from '#domain/identifiers.ts'
import { VaultError } from '#ports/content-vault.ts'

import { findRequest } from './find-request.ts'

/** Shows what was sent and received, where it was kept. It is text to be read, never to be run. */
export function showRequestContent(
  parts: Pick<
    ControlParts,
    'generations' | 'findPending' | 'findPendingContent' | 'vault' | 'report'
  >,
): Operation<typeof controlRoutes.showRequestContent> {
  const { generations, findPendingContent, vault, report } = parts
  return async ({ params }) => {
    const { account_id: accountId, generation_id: id } = params
    if (!isGenerationId(id)) throw new Fault('generation_not_found')
    const waiting = findPendingContent(id)
    if (waiting?.accountId === accountId) return { data: view(waiting) }
    const sealed = await generations.findContent(id, accountId)
    if (sealed !== undefined) {
      try {
        return { data: view(await vault.open(sealed)) }
      } catch (error) {
        if (!(error instanceof VaultError)) throw error
        report({ kind: 'failed', path: `content of ${id}`, error })
        throw notKept('it can no longer be read')
      }
    }
    const record = await findRequest(parts, params)
    if (record === undefined) throw new Fault('generation_not_found')
    throw notKept(
      record.contentMode === 'full'
        ? 'nothing was produced, or it was not stored'
        : `content logging was "${record.contentMode}" for this request`,
    )
  }
}

function view(content: GenerationContent): z.input<typeof generationContentShape>['data'] {
  const decoder = new TextDecoder()
  // `contentAnswer` makes exactly this shape, for both planes.
  return contentAnswer({
    request: decoder.decode(content.request),
    response: decoder.decode(content.response),
    streamed: content.streamed,
  }) as z.input<typeof generationContentShape>['data']
}

function notKept(detail: string): Fault {
  return new Fault('content_not_kept', { details: { detail } })
}
