import type { IncomingMessage } from 'node:http'

import { pageReportBytesMax, pageReportsPerMinuteMax } from '#domain/limits.ts'

/** What reports need: a clock, and where they are told. */
export interface TakeReportParts {
  readonly monotonicMs: () => number
  /** Called with what a browser refused to do, at most `pageReportsPerMinuteMax` times a minute. */
  readonly report: (violation: PageViolation) => void
}

/** What a browser refused to do for a page. Only the words of the policy and bare addresses. */
export interface PageViolation {
  readonly directive: string
  readonly blocked: string
  readonly document: string
}

const minuteMs = 60_000
const windows = new WeakMap<TakeReportParts, { startedMs: number; count: number }>()

/**
 * Takes a report of the content security policy. Anyone can send one, so it is small, counted, and never
 * believed: what is told is cut to a few words, without queries, which could hold what a person typed.
 */
export function takeReport(
  parts: TakeReportParts,
  request: IncomingMessage,
  answer: (status: 204 | 400 | 413 | 429) => void,
): void {
  if (!mayTell(parts)) {
    request.resume()
    answer(429)
    return
  }
  const chunks: Buffer[] = []
  let size = 0
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= pageReportBytesMax) chunks.push(chunk)
  })
  request.on('end', () => {
    if (size > pageReportBytesMax) {
      answer(413)
      return
    }
    const violations = violationsIn(Buffer.concat(chunks).toString('utf8'))
    if (violations === undefined) answer(400)
    else {
      for (const violation of violations) parts.report(violation)
      answer(204)
    }
  })
}

function mayTell(parts: TakeReportParts): boolean {
  const nowMs = parts.monotonicMs()
  const known = windows.get(parts)
  const window =
    known && nowMs - known.startedMs < minuteMs ? known : { startedMs: nowMs, count: 0 }
  window.count += 1
  windows.set(parts, window)
  return window.count <= pageReportsPerMinuteMax
}

/** Both forms that browsers send: the old one with one report, the new one with a list. */
function violationsIn(text: string): readonly PageViolation[] | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const reports = Array.isArray(value) ? value.slice(0, 5) : [value]
  return reports.flatMap((report: unknown) => {
    const body = memberOf(report, 'csp-report') ?? memberOf(report, 'body')
    if (typeof body !== 'object' || body === null) return []
    const text = (...names: readonly string[]) =>
      names
        .map((name) => memberOf(body, name))
        .find((found): found is string => typeof found === 'string')
        ?.replace(/[?#].*$/s, '')
        .slice(0, 200) ?? ''
    return [
      {
        directive: text('effective-directive', 'effectiveDirective', 'violated-directive'),
        blocked: text('blocked-uri', 'blockedURL'),
        document: text('document-uri', 'documentURL'),
      },
    ]
  })
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined
}
