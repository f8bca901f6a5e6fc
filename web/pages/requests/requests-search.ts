/** What the list of requests is narrowed to: all of it stands in the address, which is the link to share. */
export interface RequestsSearch {
  readonly outcome?: string
  readonly model?: string
  readonly provider?: string
  readonly key_id?: string
  readonly project?: string
  readonly status?: string
  readonly streamed?: 'true' | 'false'
  /** A span that moves with the present. */
  readonly last?: '1h' | '24h' | '7d' | '30d'
  readonly from?: string
  readonly until?: string
  readonly cost_min?: string
  readonly cost_max?: string
  readonly latency_min_ms?: string
  readonly latency_max_ms?: string
  readonly id?: string
  readonly sort?: 'time' | 'cost' | 'latency' | 'tokens'
  readonly order?: 'falling' | 'rising'
}

const texts = [
  'outcome',
  'model',
  'provider',
  'key_id',
  'project',
  'status',
  'from',
  'until',
  'cost_min',
  'cost_max',
  'latency_min_ms',
  'latency_max_ms',
  'id',
] as const

const choices = {
  streamed: ['true', 'false'],
  last: ['1h', '24h', '7d', '30d'],
  sort: ['time', 'cost', 'latency', 'tokens'],
  order: ['falling', 'rising'],
} as const

/** Reads the address; what it does not know is left out, so that no link can break the page. */
export function readRequestsSearch(search: Readonly<Record<string, unknown>>): RequestsSearch {
  const found: Record<string, string> = {}
  const own = new Map(Object.entries(search))
  for (const name of texts) {
    const value = own.get(name)
    if (typeof value === 'string' && value !== '') found[name] = value.slice(0, 500)
    // The router reads bare numbers as numbers.
    if (typeof value === 'number') found[name] = String(value)
  }
  for (const [name, values] of Object.entries(choices)) {
    const value = String(own.get(name))
    if ((values as readonly string[]).includes(value)) found[name] = value
  }
  return found as RequestsSearch
}

const spansMs = { '1h': 3_600_000, '24h': 86_400_000, '7d': 7 * 86_400_000, '30d': 30 * 86_400_000 }

/** What narrows the list, as its query, for what stands in the address. A moving span starts at a whole minute. */
export function filterOf(search: RequestsSearch, nowMs: number) {
  const { last, streamed, project, sort: _sort, order: _order, ...rest } = search
  const minuteMs = 60_000
  const from =
    last === undefined
      ? undefined
      : new Date(Math.floor((nowMs - spansMs[last]) / minuteMs) * minuteMs).toISOString()
  return {
    ...rest,
    ...(streamed !== undefined && { streamed }),
    ...(project !== undefined && { project_id: project }),
    ...(from !== undefined && { from }),
  }
}

/** The whole query of the list: what narrows it, and its order. */
export function queryOf(search: RequestsSearch, nowMs: number) {
  const { sort, order } = search
  return {
    ...filterOf(search, nowMs),
    ...(sort !== undefined && { sort }),
    ...(order !== undefined && { order }),
  }
}

/** The filters that narrow, without the order of the list. */
export function filtersIn(search: RequestsSearch) {
  const entries = Object.entries(search) as [keyof RequestsSearch, string][]
  return entries.filter(([name]) => name !== 'sort' && name !== 'order')
}
