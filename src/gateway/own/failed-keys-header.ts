import type { Life } from '#gateway/life.ts'

/** The header that names which of the customer's own credentials failed before another one answered. */
const failedKeysHeader = 'x-codelace-own-keys-failed'

/**
 * Its name and value: ids of credentials in the order of the attempts, each with the status that it was
 * refused with, or the class of the error. Nothing where none failed.
 */
export function failedKeysHeaders({ routingPath }: Pick<Life, 'routingPath'>): readonly string[] {
  const failed = routingPath.flatMap(({ credentialId, errorClass, status }) =>
    credentialId === undefined || errorClass === null
      ? []
      : [`${credentialId} (${status ?? errorClass})`],
  )
  return failed.length === 0 ? [] : [failedKeysHeader, failed.join(', ')]
}
