import { useEffect, useState } from 'react'

const prefix = 'codelace.draft.'

/**
 * What a person is typing. It survives an error, a reload and a session that ended, in this tab; it is
 * gone when it was sent, when the tab is closed, and when somebody signs out.
 */
export function useDraft<Value>(
  name: string,
  initial: Value,
): readonly [Value, (value: Value | ((before: Value) => Value)) => void, () => void] {
  const [value, setValue] = useState<Value>(() => readDraft(name, initial))
  useEffect(() => {
    try {
      if (value === initial) sessionStorage.removeItem(prefix + name)
      else sessionStorage.setItem(prefix + name, JSON.stringify(value))
    } catch {
      // Storage is forbidden or full: the text stays on the page.
    }
  }, [name, value, initial])
  const forget = () => {
    // At once: the component may be gone before it is drawn again.
    forgetDraft(name)
    setValue(initial)
  }
  return [value, setValue, forget]
}

function readDraft<Value>(name: string, initial: Value): Value {
  try {
    const text = sessionStorage.getItem(prefix + name)
    const kept: unknown = text === null ? undefined : JSON.parse(text)
    return typeof kept === typeof initial && kept !== null ? (kept as Value) : initial
  } catch {
    return initial
  }
}

function forgetDraft(name: string): void {
  try {
    sessionStorage.removeItem(prefix + name)
  } catch {
    // Storage is forbidden: there is nothing to forget.
  }
}

/** Forgets everything that was typed in this tab. */
export function forgetDrafts(): void {
  try {
    for (const key of Object.keys(sessionStorage)) {
      if (key.startsWith(prefix)) sessionStorage.removeItem(key)
    }
  } catch {
    // Storage is forbidden: there is nothing to forget.
  }
}
