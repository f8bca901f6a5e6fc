/**
 * The members of a chat request that make a provider bill what no price sheet covers: dearer service
 * tiers, searches, plugins and tools that run at the provider, each with a fee of its own. A request that
 * names one would be served below cost, so whoever sells by price sheet refuses it. Reads any JSON.
 */
export function unpricedMembers(body: unknown): readonly string[] {
  if (!isObject(body)) return []
  const found: string[] = []
  const tier = body['service_tier']
  if (typeof tier === 'string' && !coveredTiers.has(tier)) found.push('service_tier')
  for (const member of feeMembers) {
    const value = body[member]
    if (isObject(value) || (Array.isArray(value) && value.length > 0)) found.push(member)
  }
  const tools: unknown = body['tools']
  if (Array.isArray(tools)) {
    for (const [place, tool] of tools.entries()) {
      if (isObject(tool) && hasFee(tool['type'])) found.push(`tools[${place}]`)
    }
  }
  return found
}

const coveredTiers: ReadonlySet<string> = new Set(['auto', 'default', 'standard', 'flex'])
const feeMembers = ['web_search_options', 'search_parameters', 'plugins']

/**
 * Functions run at the client, and a tool without a type is one, badly written. A name with a colon is a
 * router's own (`openrouter:web_search`): no other provider runs it.
 */
function hasFee(type: unknown): boolean {
  if (type === undefined || type === 'function' || type === 'custom') return false
  return typeof type !== 'string' || !type.includes(':')
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
