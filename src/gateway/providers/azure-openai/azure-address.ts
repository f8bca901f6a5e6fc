/** The version that is asked for where the base address names none. */
const classicApiVersion = '2025-04-01-preview'
const foundryApiVersion = '2024-05-01-preview'

/**
 * The target with the address at which Azure has chat completions, whichever of its forms the base address
 * has. With a deployment in the path (`{model}`) or below `/openai/v1` it stays as it is; `…/models` of
 * Foundry gets its version; a bare resource gets the classic path with the deployment and a version, its own
 * when it names one.
 */
export function azureTarget<Target extends { readonly baseUrl: string }>(target: Target): Target {
  const [given = '', query = ''] = target.baseUrl.split('?', 2)
  const base = given.replace(/\/+$/, '')
  if (base.includes('/deployments/') || base.endsWith('/v1')) return target
  if (base.endsWith('/models')) {
    return { ...target, baseUrl: `${base}?${withVersion(query, foundryApiVersion)}` }
  }
  const root = base.endsWith('/openai') ? base : `${base}/openai`
  const version = withVersion(query, classicApiVersion)
  return { ...target, baseUrl: `${root}/deployments/{model}?${version}` }
}

function withVersion(query: string, version: string): string {
  if (/(?:^|&)api-version=/.test(query)) return query
  return query === '' ? `api-version=${version}` : `${query}&api-version=${version}`
}
