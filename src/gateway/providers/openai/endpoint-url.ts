/**
 * The address of one endpoint below a provider's base address. Where the base names a deployment (Azure's),
 * `{model}` in it stands for the model; a query of the base stays at the end.
 */
export function endpointUrl(
  { baseUrl, upstreamModel }: { readonly baseUrl: string; readonly upstreamModel: string },
  path: string,
): string {
  const [address = '', query] = baseUrl.split('?', 2)
  const named = address.replace('{model}', encodeURIComponent(upstreamModel)).replace(/\/+$/, '')
  return `${named}${path}${query === undefined ? '' : `?${query}`}`
}
