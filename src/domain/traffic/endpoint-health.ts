import type { EndpointSums } from './traffic.ts'

/** How one endpoint did lately: counts of three spans, and the sizes of the middle one. */
export interface EndpointHealth {
  readonly provider: string
  readonly upstreamModel: string
  readonly last5Minutes: Pick<EndpointSums, 'attemptCount' | 'failureCount'>
  readonly last30Minutes: EndpointSums
  readonly lastDay: Pick<EndpointSums, 'attemptCount' | 'failureCount'>
}
