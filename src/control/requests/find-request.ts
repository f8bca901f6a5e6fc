import type { ControlParts } from '#control/operation.ts'
import type { GenerationRecord } from '#domain/generation.ts'
import { type AccountId, isGenerationId } from '#domain/identifiers.ts'

/**
 * One request of this account, from the moment its answer has left; undefined for another account's, as for
 * one that never was.
 */
export async function findRequest(
  parts: Pick<ControlParts, 'generations' | 'findPending'>,
  path: { readonly account_id: AccountId; readonly generation_id: string },
): Promise<GenerationRecord | undefined> {
  const { account_id: accountId, generation_id: id } = path
  if (!isGenerationId(id)) return undefined
  const pending = parts.findPending(id)
  if (pending?.accountId === accountId) return pending
  return parts.generations.find(id, accountId)
}
