import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'

/** How the bytes of a file may be packed on their way to the browser. */
export type Packing = 'br' | 'gzip' | 'identity'

/** One file of the pages, held in memory in every packing that was built. */
export interface PageFile {
  readonly mediaType: string
  /** Its name holds a hash of what is in it: it never changes. */
  readonly isImmutable: boolean
  readonly etag: string
  readonly bytes: Readonly<Partial<Record<Packing, Buffer>>> & { readonly identity: Buffer }
}

/** The built pages, by their path below `/app/`. */
export type BuiltPages = ReadonlyMap<string, PageFile>

/** Where `npm run build` puts the pages. */
const builtPagesFolder = join(import.meta.dirname, '..', '..', '..', 'web', 'dist')

/** The document that every page address answers with. */
export const documentName = 'index.html'

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
}

/**
 * Reads the built pages into memory: a request never waits for the disk, and no path can lead outside.
 * Null when they are not built. Files of a kind that pages do not have are left out.
 */
export function readBuiltPages(folder = builtPagesFolder): BuiltPages | null {
  if (!existsSync(join(folder, documentName))) return null
  const pages = new Map<string, PageFile>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const mediaType = mediaTypes[extname(entry.name)]
    if (!entry.isFile() || mediaType === undefined) continue
    const path = join(entry.parentPath, entry.name)
    const name = relative(folder, path).split(sep).join('/')
    const identity = readFileSync(path)
    pages.set(name, {
      mediaType,
      isImmutable: name.startsWith('assets/'),
      etag: createHash('sha256').update(identity).digest('base64url').slice(0, 22),
      bytes: { identity, ...readPacked(path, 'br', '.br'), ...readPacked(path, 'gzip', '.gz') },
    })
  }
  return pages
}

function readPacked(path: string, packing: Packing, ending: string) {
  return existsSync(path + ending) ? { [packing]: readFileSync(path + ending) } : {}
}
