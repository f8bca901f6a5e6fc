/**
 * Tools of a provider's protocol that the client itself runs: the provider only knows how to call them,
 * and bills nothing beside tokens. Names carry the date of their version.
 */
const runByClients = [
  'bash',
  'text_editor',
  'computer',
  'memory',
  'local_shell',
  'shell',
  'apply_patch',
  'custom',
]

/** True for a tool that runs at the provider and may be billed beside tokens. */
export function hasOwnFee(type: string): boolean {
  return !runByClients.some((name) => type === name || type.startsWith(`${name}_`))
}
