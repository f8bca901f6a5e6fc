/** An address below a base that may end with a slash and may carry a query: the query stays last. */
export function serverUrl(baseUrl: string, path: string): string {
  const [base = '', query] = baseUrl.split('?', 2)
  const joined = base.replace(/\/+$/, '') + path
  return query === undefined || query === '' ? joined : `${joined}?${query}`
}
