/** Where an app waits for a code: the address, or why it is none. */
export type AppCallback =
  | { readonly kind: 'callback'; readonly url: URL }
  | { readonly kind: 'refuse'; readonly problem: string }

const localNames: readonly string[] = ['localhost', '127.0.0.1', '[::1]']
/** No name in the DNS is longer. */
const hostnameLengthMax = 253

/**
 * Reads the address of an app. Codes go where nobody listens in between: over TLS, or to a program on the
 * person's own machine.
 */
export function readAppCallback(text: string): AppCallback {
  const url = URL.parse(text)
  if (url === null) return refuse('must be a whole address, such as "https://app.example/callback"')
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isOnThisMachine(url))) {
    return refuse('must be https, or http on localhost')
  }
  if (url.hostname.length > hostnameLengthMax) return refuse('must name a host that there can be')
  if (url.username !== '' || url.password !== '') return refuse('must not hold a name or password')
  if (url.hash !== '') return refuse('must not hold a fragment (#)')
  return { kind: 'callback', url }
}

/** True for an address of the machine that the browser runs on. */
export function isOnThisMachine({ hostname }: URL): boolean {
  return localNames.includes(hostname)
}

function refuse(problem: string): AppCallback {
  return { kind: 'refuse', problem }
}
