import { useMutation, type UseMutationResult } from '@tanstack/react-query'

import { tellFailure } from '#web/elements/toasts.ts'

import { withProof } from './proof.ts'

/** A change that is under way, or not. */
export type Change<Input, Output> = UseMutationResult<Output, Error, Input>

/**
 * A change that a person makes. A fresh proof is asked for where it is needed. What goes wrong is told in
 * passing, unless the page shows it where it belongs (`isShown`).
 */
export function useChange<Input, Output>(
  run: (input: Input) => Promise<Output>,
  {
    done,
    isShown = false,
  }: { done?: (output: Output, input: Input) => void; isShown?: boolean } = {},
): Change<Input, Output> {
  return useMutation<Output, Error, Input>({
    mutationFn: (input) => withProof(() => run(input)),
    onSuccess: (output, input) => done?.(output, input),
    onError: (error) => {
      if (!isShown) tellFailure(error)
    },
  })
}
