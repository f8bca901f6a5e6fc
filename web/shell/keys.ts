import { useEffect, useEffectEvent, useSyncExternalStore } from 'react'

/** One key that does something on the page that is open. */
export interface KeyBinding {
  /** As `KeyboardEvent.key`; a sequence is two keys with a space between: "g r". */
  readonly key: string
  /** What it does, for the list behind "?". */
  readonly does: string
  readonly run: (event: KeyboardEvent) => void
}

const layers: (readonly KeyBinding[])[] = []
const listeners = new Set<() => void>()
let shown: readonly KeyBinding[] = []
let pendingKey = ''
let pendingSinceMs = 0

const sequenceMsMax = 1_200
/** What takes every key while it is open. */
const takesKeys = '[role=dialog],[role=alertdialog],[role=menu],[role=listbox]'

function announce(): void {
  const seen = new Set<string>()
  shown = layers
    .toReversed()
    .flat()
    .filter(({ key }) => !seen.has(key) && seen.add(key))
  for (const listener of listeners) listener()
}

/** Binds keys while the component is there. A later binding of the same key goes before an earlier one. */
export function useKeys(bindings: readonly KeyBinding[]): void {
  const run = useEffectEvent((index: number, event: KeyboardEvent) => bindings[index]?.run(event))
  const keys = bindings.map(({ key, does }) => `${key}\t${does}`).join('\n')
  useEffect(() => {
    const layer = keys.split('\n').flatMap((line, index) => {
      const [key = '', does = ''] = line.split('\t')
      return key === '' ? [] : [{ key, does, run: (event: KeyboardEvent) => run(index, event) }]
    })
    layers.push(layer)
    announce()
    return () => {
      layers.splice(layers.indexOf(layer), 1)
      announce()
    }
  }, [keys])
}

/** Every key that does something now, the page's own first. */
export function useBoundKeys(): readonly KeyBinding[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => shown,
  )
}

/** Listens for the whole page; call it once. Keys that are typed into a field are text and nothing else. */
export function listenForKeys(): void {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    if (isTyping(event.target) || document.querySelector(takesKeys)) return
    const isSequence = performance.now() - pendingSinceMs < sequenceMsMax
    const sequence = isSequence && pendingKey !== '' ? `${pendingKey} ${event.key}` : event.key
    pendingKey = ''
    const binding = shown.find(({ key }) => key === sequence)
    if (binding) {
      event.preventDefault()
      binding.run(event)
    } else if (shown.some(({ key }) => key.startsWith(`${event.key} `))) {
      pendingKey = event.key
      pendingSinceMs = performance.now()
    }
  })
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  )
}
