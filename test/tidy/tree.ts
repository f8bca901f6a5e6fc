import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { type ParseResult, parseSync } from 'oxc-parser'

/** One file of the project. `path` is relative to its root, with forward slashes. */
export interface ProjectFile {
  readonly path: string
  readonly bytes: number
  /** Empty when the file is not text. */
  readonly text: string
}

/** A file with the place in it and what is wrong there, in words that say what to do instead. */
export interface Violation {
  readonly path: string
  readonly line: number
  readonly message: string
}

/** What a rule reads: every file that belongs to the project, and what its manifest names. */
export interface Tree {
  readonly files: readonly ProjectFile[]
  readonly packages: readonly string[]
}

/**
 * One rule of tidiness. `planted` holds small trees that break it, each of which it must find, and
 * `lawful` holds files that it must leave alone: a rule that cannot fail, or fails everything, is none.
 */
export interface TidyRule {
  /** Completes the sentence "In this project …". */
  readonly guarantee: string
  readonly check: (tree: Tree) => readonly Violation[]
  readonly planted: readonly Readonly<Record<string, string>>[]
  readonly lawful: Readonly<Record<string, string>>
}

/** The files that git tracks or would track, so that a violation is found before it is committed. */
export function readTree(root: string): Tree {
  const listing = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '-z'],
    { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  )
  const files = listing
    .split('\0')
    .filter((path) => path !== '')
    .flatMap((path) => readProjectFile(root, path))
  const manifest = files.find((file) => file.path === 'package.json')
  return { files, packages: manifest ? packagesOf(manifest.text) : [] }
}

function readProjectFile(root: string, path: string): ProjectFile[] {
  try {
    const content = readFileSync(join(root, path))
    const text = content.includes(0) ? '' : content.toString('utf8')
    return [{ path, bytes: content.length, text }]
  } catch {
    // Listed by git and deleted in the working tree: nothing to judge.
    return []
  }
}

function packagesOf(manifest: string): string[] {
  const parsed: unknown = JSON.parse(manifest)
  if (typeof parsed !== 'object' || parsed === null) return []
  const groups = ['dependencies', 'devDependencies', 'optionalDependencies'] as const
  return groups.flatMap((group) => Object.keys(Reflect.get(parsed, group) ?? {}))
}

/** A tree made by hand, for planting violations. */
export function plantTree(files: Readonly<Record<string, string>>): Tree {
  return {
    files: Object.entries(files).map(([path, text]) => ({
      path,
      text,
      bytes: Buffer.byteLength(text),
    })),
    packages: ['vitest', 'fast-check', 'hono', 'zod', 'undici'],
  }
}

/** True for TypeScript and JavaScript sources. */
export function isCode(file: ProjectFile): boolean {
  return /\.(ts|tsx|mts|mjs|js)$/.test(file.path)
}

/** True for tests and suites: code that no product process runs. */
export function isTest(file: ProjectFile): boolean {
  return /\.(test|conformance)\.tsx?$/.test(file.path) || file.path.startsWith('test/')
}

/** The room a file lives in; undefined outside `src` and `web`, and for files that lie in `src` itself. */
export function roomOf(file: ProjectFile): string | undefined {
  if (file.path.startsWith('web/')) return 'web'
  return /^src\/([^/]+)\//.exec(file.path)?.[1]
}

const parsed = new WeakMap<ProjectFile, ParseResult>()

/** The syntax tree of a source file, parsed once. */
export function parse(file: ProjectFile): ParseResult {
  const known = parsed.get(file)
  if (known) return known
  const result = parseSync(file.path, file.text)
  parsed.set(file, result)
  return result
}

/** A violation at a position of the file's text. */
export function violationAt(file: ProjectFile, offset: number, message: string): Violation {
  const line = file.text.slice(0, offset).split('\n').length
  return { path: file.path, line, message }
}
