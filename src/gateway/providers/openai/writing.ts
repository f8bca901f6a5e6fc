import type { Warning } from '#gateway/canonical/request.ts'

import type { Dialect } from './dialects.ts'

/** One request on its way into one dialect: what has to be told about it adds up here. */
export interface Writing {
  readonly dialect: Dialect
  readonly warn: (param: string, detail: string) => void
  /** The endpoint cannot serve the request. The first reason counts. */
  readonly refuse: (param: string, detail: string) => void
  readonly warnings: readonly Warning[]
  readonly refusal: () => Warning | null
}

/** Starts to write. The same warning is given once. */
export function startWriting(dialect: Dialect, leftovers: readonly Warning[]): Writing {
  const warnings: Warning[] = [...leftovers]
  let refusal: Warning | null = null
  return {
    dialect,
    warnings,
    warn(param, detail) {
      const isKnown = warnings.some((known) => known.param === param && known.detail === detail)
      if (!isKnown) warnings.push({ param, detail })
    },
    refuse(param, detail) {
      refusal ??= { param, detail }
    },
    refusal: () => refusal,
  }
}
