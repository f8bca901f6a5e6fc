import type { Encoding, EncodedRequest } from '#gateway/canonical/provider-protocol.ts'
import type { ModelRequest, Warning } from '#gateway/canonical/request.ts'

/**
 * What an encoder notes while it writes: what the provider is told in another way or not at all, and the
 * first thing that makes the request impossible there.
 */
export interface Notes {
  readonly warn: (param: string, detail: string) => void
  readonly refuse: (param: string, detail: string) => void
  /** The outcome: `impossible` when anything was refused. */
  readonly encoding: (request: Omit<EncodedRequest, 'warnings'>) => Encoding
}

/** Notes for one request; what its reader left over is the first of them. */
export function takeNotes({ leftovers }: Pick<ModelRequest, 'leftovers'>): Notes {
  const warnings: Warning[] = [...leftovers]
  let refusal: { readonly param: string; readonly detail: string } | undefined
  return {
    warn: (param, detail) => void warnings.push({ param, detail }),
    refuse: (param, detail) => void (refusal ??= { param, detail }),
    encoding: (request) =>
      refusal === undefined
        ? { kind: 'encoded', encoded: { ...request, warnings } }
        : { kind: 'impossible', ...refusal },
  }
}
