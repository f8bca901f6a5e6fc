/**
 * The session token: the only thing that this product keeps in local storage. It is gone after signing
 * out, and after the server has said that it is no longer good.
 */
const storageKey = 'codelace.session'

type Listener = () => void
const listeners = new Set<Listener>()

// A browser that forbids storage keeps the token until the page is left.
let inMemory: string | null = null

/** The token of this browser, or null when nobody is signed in. */
export function sessionToken(): string | null {
  try {
    return localStorage.getItem(storageKey)
  } catch {
    return inMemory
  }
}

/** Keeps a new token in place of the one before, or with null forgets it. */
export function keepSessionToken(token: string | null): void {
  inMemory = token
  try {
    if (token === null) localStorage.clear()
    else localStorage.setItem(storageKey, token)
  } catch {
    // Storage is forbidden: memory has it.
  }
  for (const listener of listeners) listener()
}

/** Calls `listener` whenever the token changes, in this tab or in another one; returns how to stop. */
export function onSessionChange(listener: Listener): () => void {
  const onStorage = (event: StorageEvent) => {
    if (event.key === storageKey || event.key === null) listener()
  }
  listeners.add(listener)
  addEventListener('storage', onStorage)
  return () => {
    listeners.delete(listener)
    removeEventListener('storage', onStorage)
  }
}
