import { readFileSync, statSync } from 'node:fs'

import type { Catalogue } from '#domain/catalogue.ts'
import { buildCatalogue } from '#domain/catalogue.ts'

import { parseDocument } from './document.ts'
import type { ConfigDocument } from './document.ts'
import { configureModels } from './models.ts'
import { configureOwnCredentials, withOwnOnly } from './own-credentials.ts'
import type { ConfigProblem } from './problem.ts'
import type { Environment, Report } from './providers.ts'
import { configureProviders } from './providers.ts'
import type { FileParts } from './shape.ts'
import { checkShape, emptyFile } from './shape.ts'

/** The largest configuration file that is read. */
export const configFileBytesMax = 8 * 1024 * 1024

/** Either a whole catalogue, or every mistake that stands in its way. */
export type CheckedConfig =
  | { readonly problems: readonly []; readonly catalogue: Catalogue }
  | { readonly problems: readonly ConfigProblem[]; readonly catalogue: null }

/**
 * Reads the configuration file (null: there is none) and the environment, and makes the catalogue of
 * everything this installation serves. All mistakes are listed, in the order of the file, and with one
 * mistake there is no catalogue: nothing ever runs half-configured. `now` chooses the day of list prices.
 * The simulated models are there unless the file says no or `NODE_ENV` is production and the file does not
 * say yes. Reads files; never writes, never throws for what a person got wrong.
 */
export function checkConfig(question: {
  path: string | null
  environment: Environment
  now: Date
}): CheckedConfig {
  const { path, environment, now } = question
  const read = path === null ? nothingRead : readConfigFile(path)
  const problems: ConfigProblem[] = [...read.problems]
  if (read.isBroken) return { problems, catalogue: null }
  const report: Report = {
    inFile: (mistake) => {
      if (read.document) problems.push(read.document.problemAt(mistake))
    },
    inEnvironment: ({ variable, found, expected }) => {
      const place = { file: null, line: null, column: null }
      problems.push({ ...place, path: variable, found, expected, hint: null })
    },
  }
  const { parts } = read
  const simulated = parts.simulated ?? environment['NODE_ENV'] !== 'production'
  const shared = configureProviders({ parts, environment, simulated, report })
  const providers = withOwnOnly(shared, parts, report)
  const ownCredentials = configureOwnCredentials(parts, report)
  const models = configureModels({ parts, providers, now, report })
  if (problems.length > 0) return { problems: inOrder(problems), catalogue: null }
  return {
    problems: [],
    catalogue: buildCatalogue({
      providers: providers.map((one) => one.provider),
      models,
      ownCredentials,
    }),
  }
}

interface ReadFile {
  readonly document: ConfigDocument | null
  readonly parts: FileParts
  readonly problems: readonly ConfigProblem[]
  /** True: the text cannot be understood, so nothing in it can be checked. */
  readonly isBroken: boolean
}

const nothingRead: ReadFile = { document: null, parts: emptyFile, problems: [], isBroken: false }

function readConfigFile(path: string): ReadFile {
  const text = readText(path)
  if (typeof text !== 'string') return { ...nothingRead, problems: [text], isBroken: true }
  const document = parseDocument(path, text)
  if (document.isBroken) return { ...nothingRead, problems: document.problems, isBroken: true }
  const { parts, problems } = checkShape(document)
  return { document, parts, problems: [...document.problems, ...problems], isBroken: false }
}

function readText(path: string): string | ConfigProblem {
  const problem = (found: string, expected: string): ConfigProblem => {
    const place = { file: path, line: null, column: null, path: '' }
    return { ...place, found, expected, hint: null }
  }
  try {
    const { size } = statSync(path)
    if (size > configFileBytesMax) {
      return problem(`${size} bytes`, `at most ${configFileBytesMax} bytes`)
    }
    const bytes = readFileSync(path)
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return problem('bytes that are not text', 'a text in UTF-8')
    return problem(failureText(error), 'a file that can be read')
  }
}

function failureText(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'ENOENT':
      return 'no such file'
    case 'EISDIR':
      return 'a folder'
    case 'EACCES':
      return 'a file that this user may not read'
    default:
      return `an error (${String(code ?? error)})`
  }
}

function inOrder(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  return problems.toSorted(
    (left, right) =>
      (left.line ?? 0) - (right.line ?? 0) || (left.column ?? 0) - (right.column ?? 0),
  )
}
