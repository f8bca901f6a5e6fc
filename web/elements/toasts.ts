import { useSyncExternalStore } from 'react'

import { CallError } from '#web/client/call-error.ts'
import { ProofRefused } from '#web/client/proof.ts'

/** Something that is said in passing. */
export interface Message {
  readonly title: string
  readonly description?: string
  readonly isFailure?: true
  readonly undo?: { readonly label: string; readonly run: () => void }
}

let isAnyTold = false
let deliver: ((message: Message) => void) | null = null
const waiting: Message[] = []
const listeners = new Set<() => void>()

/** True once there was something to say: until then the place for it need not be loaded. */
export function useIsAnyTold(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => isAnyTold,
  )
}

function show(message: Message): void {
  isAnyTold = true
  for (const listener of listeners) listener()
  if (deliver) deliver(message)
  else waiting.push(message)
}

/** The place for messages is there: what waited is handed over, and what comes from now on. */
export function takeMessages(take: ((message: Message) => void) | null): void {
  deliver = take
  if (take) for (const message of waiting.splice(0)) take(message)
}

/** Says in passing that something was done, with a way back where there is one. */
export function tell(title: string, undo?: Message['undo']): void {
  show({ title, ...(undo && { undo }) })
}

/** Says in passing that something failed, in the server's own words. A proof that was declined is no failure. */
export function tellFailure(error: unknown): void {
  if (error instanceof ProofRefused) {
    tell(error.message)
    return
  }
  show({
    title: error instanceof Error ? error.message : 'Something went wrong. Try again.',
    isFailure: true,
    ...(error instanceof CallError &&
      error.requestId !== null && { description: `Request ${error.requestId}` }),
  })
}
