/** Whose clock moments are shown in. */
export type Zone = 'local' | 'utc'

const steps = [
  { unit: 'second', seconds: 1, below: 60 },
  { unit: 'minute', seconds: 60, below: 60 },
  { unit: 'hour', seconds: 3_600, below: 24 },
  { unit: 'day', seconds: 86_400, below: 31 },
] as const

/** "just now", "4 s ago", "in 3 days"; beyond a month the date itself. */
export function relativeMoment(atMs: number, nowMs: number, zone: Zone): string {
  const seconds = (nowMs - atMs) / 1000
  const distance = Math.abs(seconds)
  if (distance < 2) return 'just now'
  const step = steps.find(({ seconds: size, below }) => distance / size < below)
  if (!step) return dateOf(atMs, zone)
  const count = Math.floor(distance / step.seconds)
  const words =
    step.unit === 'day' ? (count === 1 ? '1 day' : `${count} days`) : shortUnit(count, step.unit)
  return seconds > 0 ? `${words} ago` : `in ${words}`
}

function shortUnit(count: number, unit: 'second' | 'minute' | 'hour'): string {
  switch (unit) {
    case 'second':
      return `${count} s`
    case 'minute':
      return `${count} min`
    default:
      return `${count} h`
  }
}

function partsOf(atMs: number, zone: Zone): Readonly<Record<string, string>> {
  const format = new Intl.DateTimeFormat('en-CA', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
    timeZoneName: 'short',
    ...(zone === 'utc' && { timeZone: 'UTC' }),
  })
  return Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, value]))
}

/** "2026-11-26". */
export function dateOf(atMs: number, zone: Zone): string {
  const { year, month, day } = partsOf(atMs, zone)
  return `${year}-${month}-${day}`
}

/** "14:03:07". */
export function clockOf(atMs: number, zone: Zone): string {
  const { hour, minute, second } = partsOf(atMs, zone)
  return `${hour}:${minute}:${second}`
}

/** "2026-11-26 14:03:07.512 UTC": to the millisecond, with its zone. */
export function exactMoment(atMs: number, zone: Zone): string {
  const parts = partsOf(atMs, zone)
  const name = zone === 'utc' ? 'UTC' : parts['timeZoneName']
  return `${dateOf(atMs, zone)} ${clockOf(atMs, zone)}.${parts['fractionalSecond']} ${name}`
}

/** A span for the eye: "84 ms", "1.24 s", "2 min 5 s". */
export function readableSpan(spanMs: number): string {
  if (spanMs < 1) return `${spanMs.toFixed(1)} ms`
  if (spanMs < 1_000) return `${Math.round(spanMs)} ms`
  if (spanMs < 60_000) return `${(spanMs / 1000).toFixed(spanMs < 10_000 ? 2 : 1)} s`
  const seconds = Math.round(spanMs / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
