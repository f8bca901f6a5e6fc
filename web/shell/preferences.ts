import { useSyncExternalStore } from 'react'

import type { Zone } from '#web/elements/moments.ts'

/** How this tab shows things. Kept for the tab only: local storage holds nothing but the session. */
export interface Preferences {
  readonly theme: 'system' | 'light' | 'dark'
  readonly zone: Zone
}

const storageKey = 'codelace.view'
const usual: Preferences = { theme: 'system', zone: 'local' }
const listeners = new Set<() => void>()
let current = read()

/** What is chosen in this tab; changes are seen at once. */
export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, () => current)
}

/** Changes some of it, for this tab. */
export function changePreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change }
  try {
    sessionStorage.setItem(storageKey, JSON.stringify(current))
  } catch {
    // Storage is forbidden: it lasts until the page is left.
  }
  applyTheme()
  for (const listener of listeners) listener()
}

/** Shows the chosen theme; the system's own needs no word. */
export function applyTheme(): void {
  const { theme } = current
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function read(): Preferences {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(storageKey) ?? '{}')
    const { theme, zone } = kept as Partial<Preferences>
    return {
      theme: theme === 'light' || theme === 'dark' ? theme : usual.theme,
      zone: zone === 'utc' ? 'utc' : usual.zone,
    }
  } catch {
    return usual
  }
}
