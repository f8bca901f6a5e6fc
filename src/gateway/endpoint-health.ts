import { endpointHealthCachedMs } from '#domain/limits.ts'
import type { EndpointHealth } from '#domain/traffic/endpoint-health.ts'
import type { Clock } from '#ports/clock.ts'
import { StoreUnavailable } from '#ports/store-error.ts'
import type { UsageStore } from '#ports/usage-store.ts'

/** How endpoints did lately, by provider and upstream model. */
export type HealthBoard = ReadonlyMap<string, EndpointHealth>

/** The name of an endpoint on the board. */
export function boardName(provider: string, upstreamModel: string): string {
  return JSON.stringify([provider, upstreamModel])
}

/**
 * Reads the board at most so often, whoever asks. While the store is away, what was read last is told, and
 * nothing where nothing was.
 */
export function createHealthReader(parts: {
  readonly usage: Pick<UsageStore, 'endpoints'>
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs'>
}): () => Promise<HealthBoard> {
  const { usage, clock } = parts
  let board: HealthBoard = new Map()
  let readAtMs = -Infinity
  let reading: Promise<HealthBoard> | undefined

  async function read(): Promise<HealthBoard> {
    try {
      const found = await usage.endpoints(clock.nowMs())
      board = new Map(found.map((one) => [boardName(one.provider, one.upstreamModel), one]))
      readAtMs = clock.monotonicMs()
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
    } finally {
      reading = undefined
    }
    return board
  }

  return () => {
    if (clock.monotonicMs() - readAtMs < endpointHealthCachedMs) return Promise.resolve(board)
    reading ??= read()
    return reading
  }
}
