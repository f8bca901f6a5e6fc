import type { Catalogue } from '#domain/catalogue.ts'

import { checkConfig, type CheckedConfig } from './config/check-config.ts'
import { describeProblem } from './config/problem.ts'
import { readSettings, type Settings } from './config/settings.ts'
import { StartError } from './start-error.ts'
import { readStopSettings, type StopTimings } from './stop-settings.ts'

/** Everything that people decide about an installation. */
export interface Configuration {
  readonly settings: Settings
  readonly stopTimings: StopTimings
  readonly catalogue: Catalogue
}

/** Reads the environment and the configuration file. Throws `StartError` that lists every mistake in them. */
export function readConfiguration(
  environment: Readonly<Record<string, string | undefined>>,
  now: Date,
): Configuration {
  const { settings, problems: ofSettings } = readSettings(environment)
  const { timings, problems: ofStopping } = readStopSettings(environment)
  const path = configPathOf(environment)
  const { catalogue, problems: ofFile } = checkConfig({ path, environment, now })
  const problems = [...ofSettings, ...ofStopping, ...ofFile]
  if (settings === null || catalogue === null || problems.length > 0) {
    const count = problems.length === 1 ? 'is a mistake' : `are ${problems.length} mistakes`
    const lines = problems.map((problem) => `\n  ${describeProblem(problem)}`)
    throw new StartError(`There ${count} in the configuration:${lines.join('')}`)
  }
  return { settings, stopTimings: timings, catalogue }
}

/** Reads what is served again, from the same file and environment as at the start. Never throws. */
export function readCatalogue(
  environment: Readonly<Record<string, string | undefined>>,
): CheckedConfig {
  return checkConfig({ path: configPathOf(environment), environment, now: new Date() })
}

/** The configuration file, also where other settings are wrong: all mistakes are to be known at once. */
export function configPathOf(
  environment: Readonly<Record<string, string | undefined>>,
): string | null {
  const text = environment['CODELACE_CONFIG']?.trim() ?? ''
  return text === '' || text.includes('\0') ? null : text
}

/** Texts of the configuration that must never be seen in a log. */
export function secretsOf({
  settings,
  catalogue,
}: Pick<Configuration, 'settings' | 'catalogue'>): readonly string[] {
  const { databaseUrl, masterKey, smtp } = settings
  const password = databaseUrl === null ? null : (URL.parse(databaseUrl)?.password ?? null)
  const keys = catalogue.providers.map(({ apiKey }) => apiKey)
  const secrets = [databaseUrl, password, password && decodeURIComponent(password), masterKey]
  secrets.push(smtp?.password ?? null)
  return [...secrets, ...keys].flatMap((secret) => (secret ? [secret] : []))
}

/** The address people and commands reach the server at, from this machine. */
export function addressOf(host: string, port: number): string {
  const everywhere = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${everywhere.includes(':') ? `[${everywhere}]` : everywhere}:${port}`
}
