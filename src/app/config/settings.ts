import { isIP } from 'node:net'

import type { SmtpPlace } from '#adapters/mail/smtp-mailer.ts'
import { readEmail } from '#domain/email-addresses.ts'
import {
  nodeCountMax,
  requestTotalTimeoutMs,
  upstreamWholeAnswerTimeoutMs,
} from '#domain/limits.ts'

import { readSmtpSettings, type ReadVariable } from './mail-settings.ts'
import type { ConfigProblem } from './problem.ts'
import type { Environment } from './providers.ts'

/** Everything the environment decides, read once at start. Paths are as given. */
export interface Settings {
  /** The address to listen on. */
  readonly host: string
  /** 0 lets the system choose a free one. */
  readonly port: number
  /** True: nothing is created, shown or simulated unless it was asked for. */
  readonly production: boolean
  /** Null: the embedded database in the data folder. */
  readonly databaseUrl: string | null
  /** The folder for the embedded database, the journal and the first run's keys. */
  readonly dataFolder: string
  /** Null: no configuration file. */
  readonly configPath: string | null
  /** The master key as text; null: see `masterKeyFile`, or else one is kept in the data folder. */
  readonly masterKey: string | null
  /** The file that holds the master key; never given together with `masterKey`. */
  readonly masterKeyFile: string | null
  /** Addresses and ranges whose word about the client's address is believed. */
  readonly trustedProxies: readonly string[]
  /** How many nodes share the limits per minute and of concurrency: each keeps its part of them. */
  readonly nodeCount: number
  /** How long a provider may take for an answer that is not streamed. */
  readonly wholeAnswerTimeoutMs: number
  /** Where people find the installation, as a URL's origin; null: wherever they called it. */
  readonly publicUrl: string | null
  /** Null: no mail leaves. */
  readonly smtp: SmtpPlace | null
  /** Who runs a new installation, as an e-mail address to sign in with; null: see the first run. */
  readonly operatorEmail: string | null
}

/** Either all settings, or every mistake in them. */
export type ReadSettings =
  | { readonly settings: Settings; readonly problems: readonly [] }
  | { readonly settings: null; readonly problems: readonly ConfigProblem[] }

/** Reads the settings. An empty or blank variable counts as absent. Values that may be secret are not shown. */
export function readSettings(environment: Environment): ReadSettings {
  const problems: ConfigProblem[] = []
  const read = readerOf(environment, problems)
  const masterKey = read('CODELACE_MASTER_KEY')
  const masterKeyFile = read('CODELACE_MASTER_KEY_FILE')
  if (masterKey !== null && masterKeyFile !== null) {
    problems.push(
      problemWith('CODELACE_MASTER_KEY', {
        found: 'both CODELACE_MASTER_KEY and CODELACE_MASTER_KEY_FILE',
        expected: 'one of them',
      }),
    )
  }
  const settings: Settings = {
    host: read('HOST', hostExpected, isHost) ?? '127.0.0.1',
    port: Number(read('PORT', 'a whole number from 0 to 65535', isPort) ?? 8080),
    production: read('NODE_ENV') === 'production',
    databaseUrl: read('DATABASE_URL', databaseExpected, isDatabaseUrl),
    dataFolder: read('CODELACE_DATA', 'a folder', isPath) ?? '.codelace',
    configPath: read('CODELACE_CONFIG', 'the path of a file', isPath),
    masterKey,
    masterKeyFile,
    trustedProxies: listOf(read('CODELACE_TRUSTED_PROXIES', proxiesExpected, areProxies)),
    nodeCount: Number(read('CODELACE_NODE_COUNT', nodeCountExpected, isNodeCount) ?? 1),
    wholeAnswerTimeoutMs: millisecondsOf(read(answerVariable, answerExpected, isAnswerSeconds)),
    publicUrl: originOf(read('CODELACE_PUBLIC_URL', publicUrlExpected, isOrigin)),
    smtp: readSmtpSettings(read),
    operatorEmail: canonicalOf(read('CODELACE_OPERATOR_EMAIL', emailExpected, isEmail)),
  }
  return problems.length === 0 ? { settings, problems: [] } : { settings: null, problems }
}

const nodeCountExpected = `a whole number from 1 to ${nodeCountMax}`
const answerVariable = 'CODELACE_ANSWER_TIMEOUT_SECONDS'
const answerSecondsMax = requestTotalTimeoutMs / 1_000
const answerExpected = `a whole number of seconds from 1 to ${answerSecondsMax}`
const hostExpected = 'a host name or an IP address without a port, such as "0.0.0.0"'
const databaseExpected =
  'an address such as "postgres://user:password@host:5432/database" (it is not shown here)'
const publicUrlExpected = 'an address without a path, such as "https://codelace.example.com"'
const emailExpected = 'an e-mail address such as "ada@example.com"'
const proxiesExpected = 'IP addresses or ranges, separated by commas, such as "10.0.0.0/8, ::1"'

function readerOf(environment: Environment, problems: ConfigProblem[]): ReadVariable {
  return (variable, expected = '', isRight = () => true) => {
    const text = environment[variable]?.trim()
    if (text === undefined || text === '') return null
    if (isRight(text)) return text
    const isSecret = variable === 'DATABASE_URL' || variable === 'SMTP_URL'
    const found = isSecret ? 'another text' : JSON.stringify(text)
    problems.push(problemWith(variable, { found, expected }))
    return null
  }
}

function problemWith(
  variable: string,
  mistake: { found: string; expected: string },
): ConfigProblem {
  return { file: null, line: null, column: null, path: variable, ...mistake, hint: null }
}

function isHost(text: string): boolean {
  return isIP(text) !== 0 || /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/.test(text)
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  return url !== null && isWeb && url.pathname === '/' && url.search === '' && url.hash === ''
}

function originOf(text: string | null): string | null {
  return text === null ? null : new URL(text).origin
}

function isEmail(text: string): boolean {
  return canonicalOf(text) !== null
}

function canonicalOf(text: string | null): string | null {
  const reading = readEmail(text ?? '', (host) => URL.parse(`http://${host}/`)?.hostname)
  return reading.kind === 'email' ? reading.email : null
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535
}

function isAnswerSeconds(text: string): boolean {
  return /^[1-9]\d{0,5}$/.test(text) && Number(text) <= answerSecondsMax
}

function millisecondsOf(seconds: string | null): number {
  return seconds === null ? upstreamWholeAnswerTimeoutMs : Number(seconds) * 1_000
}

function isNodeCount(text: string): boolean {
  return /^[1-9]\d{0,3}$/.test(text) && Number(text) <= nodeCountMax
}

function isDatabaseUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && (url.protocol === 'postgres:' || url.protocol === 'postgresql:')
}

function isPath(text: string): boolean {
  return !text.includes('\0')
}

function listOf(text: string | null): readonly string[] {
  return (text ?? '').split(',').flatMap((entry) => (entry.trim() === '' ? [] : [entry.trim()]))
}

function areProxies(text: string): boolean {
  return listOf(text).every((entry) => {
    const [address = '', bits, ...rest] = entry.split('/')
    const version = isIP(address)
    if (version === 0 || rest.length > 0) return false
    return (
      bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 6 ? 128 : 32))
    )
  })
}
