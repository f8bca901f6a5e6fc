import { useSyncExternalStore } from 'react'

const narrow = matchMedia('(max-width: 719px)')

/** True on a screen that is too narrow for a table. */
export function useIsPhone(): boolean {
  return useSyncExternalStore(
    (listener) => {
      narrow.addEventListener('change', listener)
      return () => narrow.removeEventListener('change', listener)
    },
    () => narrow.matches,
  )
}
