import { apiKeyPattern, isSessionToken, parseApiKey, sessionTokenPattern } from '#domain/keys.ts'

/** What a line of the log may hold beside its name. Never content, never a secret. */
export type LogFields = Readonly<Record<string, unknown>>

/**
 * The process's own log: one JSON object per line. `alarm` means that a person should look now.
 * There is no line per request: that is what the request log is for.
 */
export interface Log {
  readonly info: (event: string, fields?: LogFields) => void
  readonly warn: (event: string, fields?: LogFields) => void
  readonly alarm: (event: string, fields?: LogFields) => void
}

/** What a log is made of. */
export interface LogParts {
  readonly write: (line: string) => void
  readonly nowMs: () => number
  /** Texts that must never appear, whatever they are part of: keys of providers, passwords. May grow. */
  readonly secrets: Iterable<string>
}

type Level = 'info' | 'warn' | 'alarm'

/** A log that writes lines, with every secret blacked out. It never throws. */
export function createLog({ write, nowMs, secrets }: LogParts): Log {
  const log = (level: Level, event: string, fields: LogFields = {}) => {
    const line = render({ at: new Date(nowMs()).toISOString(), level, event, ...fields })
    const guarded = [...secrets].filter((secret) => secret.length >= 8)
    write(`${blackOut(line, guarded)}\n`)
  }
  return {
    info: (event, fields) => log('info', event, fields),
    warn: (event, fields) => log('warn', event, fields),
    alarm: (event, fields) => log('alarm', event, fields),
  }
}

function render(line: LogFields): string {
  try {
    return JSON.stringify(line, (_, value: unknown) => plain(value))
  } catch (error) {
    return JSON.stringify({
      at: line['at'],
      level: 'alarm',
      event: 'log_failed',
      ...plainError(error),
    })
  }
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  return value instanceof Error ? plainError(value) : value
}

function plainError(error: unknown): LogFields {
  if (!(error instanceof Error)) return { message: String(error) }
  const { name, message, stack, cause } = error
  return { name, message, stack, ...(cause === undefined ? {} : { cause }) }
}

const everyKey = new RegExp(apiKeyPattern, 'g')
const everySessionToken = new RegExp(sessionTokenPattern, 'g')

function blackOut(line: string, secrets: readonly string[]): string {
  let text = line.replace(everyKey, (key) => {
    const parsed = parseApiKey(key)
    return parsed === undefined ? key : `${parsed.prefix}…${parsed.lastFour}`
  })
  text = text.replace(everySessionToken, (token) => (isSessionToken(token) ? 'cl_s…' : token))
  for (const secret of secrets)
    text = text.replaceAll(JSON.stringify(secret).slice(1, -1), '[secret]')
  return text
}
