import { callIdFor } from './call-ids.ts'

/** What all protocols let the name of a tool be. */
const toolNames = { pattern: /^[a-zA-Z0-9_-]+$/, lengthMax: 64 }

/**
 * The one name by which a tool inside a namespace is known to protocols without namespaces. The same two
 * always give the same name, and every protocol takes it.
 */
export function namespacedName(namespace: string, name: string): string {
  return callIdFor(`${namespace}__${name}`, toolNames)
}
