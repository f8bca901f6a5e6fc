import { useEffect, useEffectEvent } from 'react'

/** Hears every key of the page, also those that are pressed in a field, while the component is there. */
export function useWindowKey(hear: (event: KeyboardEvent) => void): void {
  const listen = useEffectEvent(hear)
  useEffect(() => {
    const listener = (event: KeyboardEvent) => listen(event)
    addEventListener('keydown', listener)
    return () => removeEventListener('keydown', listener)
  }, [])
}
