import { useSyncExternalStore } from 'react'

import { CallError } from './call-error.ts'

/** A wish for a fresh proof that it is the person who acts. */
export interface ProofWish {
  readonly action: string
  readonly given: () => void
  readonly refused: () => void
}

/** The person closed the question for a proof: nothing was changed. */
export class ProofRefused extends Error {
  override readonly name = 'ProofRefused'
}

let wish: ProofWish | null = null
const listeners = new Set<() => void>()

function setWish(next: ProofWish | null): void {
  wish = next
  for (const listener of listeners) listener()
}

/** The proof that is being asked for, if one is. */
export function useProofWish(): ProofWish | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => wish,
  )
}

/**
 * Does something that may take a fresh proof. Where it does, the person is asked, and then it is done
 * again. Throws `ProofRefused` when they decline.
 */
export async function withProof<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof CallError) || error.code !== 'step_up_required') throw error
    await askForProof(String(error.metadata['action']))
    return run()
  }
}

function askForProof(action: string): Promise<void> {
  return new Promise((resolve, reject) => {
    setWish({
      action,
      given: () => {
        setWish(null)
        resolve()
      },
      refused: () => {
        setWish(null)
        reject(new ProofRefused('Not confirmed; nothing was changed.'))
      },
    })
  })
}
