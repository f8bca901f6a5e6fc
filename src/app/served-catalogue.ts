import type { ConfiguredPrices, PriceApplication } from '#control/operation.ts'
import { type Catalogue, pricesOf } from '#domain/catalogue.ts'
import { diffPrices } from '#domain/price-changes.ts'
import type { PriceBookStore } from '#ports/price-book.ts'

import type { CheckedConfig } from './config/check-config.ts'
import { describeProblem } from './config/problem.ts'
import type { Log } from './log.ts'

/** What the keeping of the served catalogue is made of. */
export interface ServedCatalogueParts {
  /** What is served at the start; its prices are in the book already. */
  readonly initial: Catalogue
  readonly read: () => CheckedConfig
  readonly prices: Pick<PriceBookStore, 'record'>
  /** Serves it for every request that is planned from now on. */
  readonly serve: (catalogue: Catalogue) => void
  /** Tells the other nodes that there is something new to read. */
  readonly tellOthers: () => Promise<void>
  readonly log: Log
}

/** The catalogue that is served, and the way to another one without a restart. */
export interface ServedCatalogue extends ConfiguredPrices {
  /** Another node has applied its configuration: applies ours. Mistakes are logged; it never rejects. */
  readonly follow: () => Promise<void>
  /** What is served now. */
  readonly catalogue: () => Catalogue
}

/**
 * Keeps what is served. A new catalogue is served whole or not at all, after its prices stand in the book,
 * so no charge ever names a version that the book does not have. Applications run one after the other.
 */
export function keepServedCatalogue(parts: ServedCatalogueParts): ServedCatalogue {
  const { log } = parts
  let served = parts.initial
  let lastApplication: Promise<unknown> = Promise.resolve()

  const examine = ({ catalogue, problems }: CheckedConfig): PriceApplication =>
    catalogue === null
      ? { kind: 'invalid', problems: problems.map(describeProblem) }
      : { kind: 'valid', differences: diffPrices(pricesOf(served), pricesOf(catalogue)) }

  const applyNow = async (): Promise<PriceApplication> => {
    const checked = parts.read()
    const result = examine(checked)
    if (checked.catalogue === null || result.kind === 'invalid') return result
    // Another node may be ahead of us: only what is new here goes into the book.
    if (result.differences.length > 0) await parts.prices.record(pricesOf(checked.catalogue))
    served = checked.catalogue
    parts.serve(served)
    log.info('prices_applied', { endpoints: result.differences.map(({ endpoint }) => endpoint) })
    return result
  }

  const inTurn = (): Promise<PriceApplication> => {
    const application = lastApplication.then(applyNow)
    lastApplication = application.catch(() => undefined)
    return application
  }

  return {
    catalogue: () => served,
    inForce: () => pricesOf(served),
    preview: () => examine(parts.read()),
    apply: async () => {
      const result = await inTurn()
      if (result.kind === 'invalid') return result
      await parts
        .tellOthers()
        .catch((error: unknown) => log.warn('prices_not_announced', { error }))
      return result
    },
    follow: async () => {
      try {
        const result = await inTurn()
        if (result.kind === 'invalid')
          log.alarm('prices_not_applied', { problems: result.problems })
      } catch (error) {
        log.alarm('prices_not_applied', { error })
      }
    },
  }
}
