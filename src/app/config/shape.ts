import { z } from 'zod'

import { nearNames } from '#domain/near-names.ts'

import type { ConfigDocument, ValuePath } from './document.ts'
import type { FileModel, FileOwnCredentials, FileProvider } from './file-schema.ts'
import { fileSchema, modelSchema, ownCredentialsSchema, providerSchema } from './file-schema.ts'
import type { ConfigProblem } from './problem.ts'

/** One element of a list whose shape is right, with its place in the file. */
export interface Placed<Value> {
  readonly path: ValuePath
  readonly value: Value
}

/**
 * What could be read of a file. Where a shape is wrong, a stand-in takes the place of the wrong member, so
 * that everything else about that provider or model is still checked, and the mistake is reported once.
 */
export interface FileParts {
  readonly simulated: boolean | undefined
  /** Empty where there is none, or its shape is wrong. */
  readonly ownCredentials: FileOwnCredentials
  readonly providers: readonly Placed<FileProvider>[]
  readonly models: readonly Placed<FileModel>[]
  readonly mentionedSlugs: ReadonlySet<string>
}

/** A file with nothing in it: what an absent file means. */
export const emptyFile: FileParts = {
  simulated: undefined,
  ownCredentials: {},
  providers: [],
  models: [],
  mentionedSlugs: new Set(),
}

/** Checks the shape of everything in the file and lists every mistake; keeps what can be checked further. */
export function checkShape(document: ConfigDocument): {
  parts: FileParts
  problems: readonly ConfigProblem[]
} {
  const parsed = fileSchema.safeParse(document.value)
  const problems = (parsed.error?.issues ?? []).flatMap((issue) => problemsOf(issue, document))
  const providers = elementsOf(document.value, 'providers')
  return {
    problems,
    parts: {
      simulated: parsed.data?.simulated,
      ownCredentials:
        ownCredentialsSchema.safeParse(valueAt(document.value, ['ownCredentials'])).data ?? {},
      providers: readable(providerSchema, providers),
      models: readable(modelSchema, elementsOf(document.value, 'models')),
      mentionedSlugs: new Set([
        standInSlug,
        ...providers.map(({ value }) => valueAt(value, ['slug'])).filter(isText),
      ]),
    },
  }
}

function problemsOf(issue: z.core.$ZodIssue, document: ConfigDocument): readonly ConfigProblem[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol')
  if (issue.code !== 'unrecognized_keys') {
    return [document.problemAt({ path, expected: issue.message, hint: hintFor(document, path) })]
  }
  const known = knownMembers(fileSchema, path)
  return issue.keys.map((key) => {
    const [near] = nearNames(key, known, 1)
    return document.problemAt({
      path: [...path, key],
      atName: true,
      found: 'a member that is not known here',
      expected: `one of ${known.join(', ')}`,
      hint: near === undefined ? null : `Did you mean "${near}"?`,
    })
  })
}

function hintFor(document: ConfigDocument, path: ValuePath): string | null {
  const value = valueAt(document.value, path)
  if (typeof value !== 'number' || !path.includes('prices')) return null
  if (path.at(-1) === 'minPromptTokens') return null
  return `Put the price in quotes, so that it is read exactly as written: "${value}".`
}

function valueAt(root: unknown, path: ValuePath): unknown {
  let value = root
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Readonly<Record<string | number, unknown>>)[step]
  }
  return value
}

/** The names that the schema knows for the object at a path. */
function knownMembers(schema: z.core.$ZodType, path: ValuePath): readonly string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    return knownMembers(schema.unwrap(), path)
  }
  const [step, ...rest] = path
  if (schema instanceof z.ZodArray) return knownMembers(schema.element, rest)
  if (!(schema instanceof z.ZodObject)) return []
  if (step === undefined) return Object.keys(schema.shape)
  const member: unknown = schema.shape[step]
  return member instanceof z.ZodType ? knownMembers(member, rest) : []
}

function elementsOf(root: unknown, member: string): readonly Placed<unknown>[] {
  const list = valueAt(root, [member])
  if (!Array.isArray(list)) return []
  return list.map((value: unknown, place) => ({ path: [member, place], value }))
}

function readable<Value>(
  schema: z.ZodType<Value>,
  elements: readonly Placed<unknown>[],
): readonly Placed<Value>[] {
  return elements.flatMap(({ path, value }, place) => {
    const own = structuredClone(value)
    for (let round = 0; round < mendRoundsMax; round += 1) {
      const parsed = schema.safeParse(own)
      if (parsed.success) return [{ path, value: parsed.data }]
      for (const issue of parsed.error.issues) mend(own, issue, place)
    }
    return []
  })
}

/** Mending a member can bring the mistakes inside it to light: three levels at most. */
const mendRoundsMax = 4
const standInSlug = 'stand-in'
const standInEndpoint = { provider: standInSlug, upstreamModel: 'stand-in', free: true }

/** Puts something harmless in the place of a mistake that has been reported. */
function mend(element: unknown, issue: z.core.$ZodIssue, place: number): void {
  const path = issue.path.filter((step) => typeof step !== 'symbol')
  if (issue.code === 'unrecognized_keys') {
    const owner = valueAt(element, path)
    if (isContainer(owner)) for (const key of issue.keys) delete owner[key]
    return
  }
  const prices = path.indexOf('prices')
  if (prices !== -1) {
    const endpoint = valueAt(element, path.slice(0, prices))
    if (isContainer(endpoint)) Object.assign(endpoint, { prices: undefined, free: true })
    return
  }
  const owner = valueAt(element, path.slice(0, -1))
  const step = path.at(-1)
  if (isContainer(owner) && step !== undefined) owner[step] = standInFor(path, place)
}

function standInFor(path: ValuePath, place: number): unknown {
  const list = path.at(-2)
  if (list === 'endpoints') return { ...standInEndpoint }
  if (list === 'aliases') return `stand-in-${place}-${path.at(-1)}`
  if (list === 'inputModalities' || list === 'outputModalities') return 'text'
  if (list === 'serves') return 'chat'
  switch (path.at(-1)) {
    case 'slug':
      return `stand-in-${place}`
    case 'id':
      return `stand/in-${place}`
    case 'baseUrl':
      return 'https://stand-in.invalid/v1'
    case 'provider':
      return standInSlug
    case 'upstreamModel':
      return 'stand-in'
    case 'contextLength':
      return Number.MAX_SAFE_INTEGER
    case 'endpoints':
      return [{ ...standInEndpoint }]
    default:
      return undefined
  }
}

function isContainer(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
