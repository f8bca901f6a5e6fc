/** What the usage page shows: all of it stands in the address. */
export interface UsageSearch {
  readonly span?: '24h' | '7d' | '30d' | '90d'
  readonly by?: 'model' | 'provider' | 'key' | 'project'
  readonly show?: 'cost' | 'requests' | 'tokens'
  readonly model?: string
  readonly provider?: string
  readonly key_id?: string
  readonly project?: string
}

const choices = {
  span: ['24h', '7d', '30d', '90d'],
  by: ['model', 'provider', 'key', 'project'],
  show: ['cost', 'requests', 'tokens'],
} as const

/** Reads the address; what it does not know is left out. */
export function readUsageSearch(search: Readonly<Record<string, unknown>>): UsageSearch {
  const found: Record<string, string> = {}
  for (const [name, values] of Object.entries(choices)) {
    const value = String(search[name])
    if ((values as readonly string[]).includes(value)) found[name] = value
  }
  for (const name of ['model', 'provider', 'key_id', 'project']) {
    const value = search[name]
    if (typeof value === 'string' && value !== '') found[name] = value.slice(0, 500)
  }
  return found as UsageSearch
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** The period of a span: whole hours, or whole UTC days, up to the end of the present one. */
export function periodOf(span: NonNullable<UsageSearch['span']>, nowMs: number) {
  const stepMs = span === '24h' ? hourMs : dayMs
  const steps = { '24h': 24, '7d': 7, '30d': 30, '90d': 90 }[span]
  const untilMs = (Math.floor(nowMs / stepMs) + 1) * stepMs
  const starts = Array.from({ length: steps }, (_, index) => untilMs - (steps - index) * stepMs)
  return {
    interval: span === '24h' ? ('hour' as const) : ('day' as const),
    stepMs,
    starts,
    from: new Date(untilMs - steps * stepMs).toISOString(),
    until: new Date(untilMs).toISOString(),
  }
}
