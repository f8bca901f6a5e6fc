import { systemClock } from '#app/clock.ts'
import type { AccountId, KeyId } from '#domain/identifiers.ts'
import { nanoUsd } from '#domain/money.ts'
import { everyRequestOf, type RequestFilter, type RequestOrder } from '#domain/request-filter.ts'
import type { GenerationStore } from '#ports/generations.ts'

/** One search and how long it took: the median and the slowest of its runs. */
export interface TimedSearch {
  readonly name: string
  readonly rows: number
  readonly medianMs: number
  readonly slowestMs: number
}

const runs = 7

/** Times the searches that a person makes, and some that are made to be slow. */
export async function timeSearches(
  generations: Pick<GenerationStore, 'search'>,
  accountId: AccountId,
  keyId: KeyId,
): Promise<readonly TimedSearch[]> {
  const nobody: Partial<RequestFilter> = { models: ['nobody/asked'], providers: ['nobody'] }
  const slowAndDear: Partial<RequestFilter> = {
    ...{ latencyMsMin: 15_000, costNanoUsdMin: nanoUsd(900_000_000_000n), isStreamed: true },
  }
  const searches: readonly (readonly [string, Partial<RequestFilter>, RequestOrder?])[] = [
    ['all, newest first', {}],
    ['one key', { keyIds: [keyId] }],
    ['failed', { outcomes: ['upstream_failed'] }],
    ['status 402', { statusMin: 402, statusMax: 402 }],
    ['a model that nobody asked', nobody],
    ['slow, dear and streamed', slowAndDear],
    ['part of an id that is none', { idPart: '!!!!' }],
    ['by cost', {}, 'cost'],
    ['by tokens', {}, 'tokens'],
    ['failed, by latency', { outcomes: ['upstream_failed'] }, 'latency'],
    ['one key, 4xx, by latency', { keyIds: [keyId], statusMin: 400, statusMax: 499 }, 'latency'],
    ['nothing, by cost', nobody, 'cost'],
  ]
  const timed: TimedSearch[] = []
  for (const [name, members, order = 'time'] of searches) {
    const filter = { ...everyRequestOf(accountId), ...members }
    const times: number[] = []
    let rows = 0
    for (let run = 0; run < runs; run += 1) {
      const beganMs = systemClock.monotonicMs()
      const found = await generations.search({
        ...{ filter, order, isRising: false, after: null, limit: 51 },
      })
      times.push(systemClock.monotonicMs() - beganMs)
      rows = found.length
    }
    times.sort((left, right) => left - right)
    const medianMs = times[Math.floor(runs / 2)] ?? Number.NaN
    timed.push({ name, rows, medianMs, slowestMs: times.at(-1) ?? Number.NaN })
  }
  return timed
}
