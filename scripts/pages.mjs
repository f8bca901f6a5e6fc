/**
 * The pages of the dashboard, built when they are missing or older than what they are made of. No
 * dependencies: `npm start` runs this on any Node before anything else is known to work.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

import { root } from './prepare.mjs'

const webFolder = join(root, 'web')
const builtFolder = join(webFolder, 'dist')
const stampName = 'built-from.txt'
const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')

/**
 * Builds the pages unless those that are there were made from the very files that are here. Where the
 * tools for it are not installed (a lean image), what is there is served, and one line says so. Returns
 * false when a build failed; the server works without pages.
 */
export function buildPagesWhenStale(node) {
  const stamp = stampOfSources()
  const built = readStamp()
  if (built === stamp) return true
  if (!existsSync(vite)) {
    const state = built === undefined ? 'not built' : 'older than their sources'
    process.stderr.write(
      `The pages are ${state}, and the tools to build them are not installed: run ` +
        '"npm ci --include=dev" and "npm run build" where the image is made.\n',
    )
    return built !== undefined
  }
  return buildPages(node, stamp)
}

/** Builds the pages whatever is there. The old ones stay until the new ones are whole. */
export function buildPages(node, stamp = stampOfSources()) {
  const begunAt = Date.now()
  process.stderr.write('Building the pages.\n')
  const folder = `${builtFolder}.${process.pid}`
  const build = spawnSync(
    node,
    [vite, 'build', '--outDir', folder, '--emptyOutDir', '--logLevel', 'warn'],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, NODE_ENV: 'production' },
    },
  )
  if (build.status !== 0) {
    rmSync(folder, { recursive: true, force: true })
    process.stderr.write('The pages could not be built (the reason is above).\n')
    return false
  }
  for (const path of filesIn(folder)) pack(path)
  writeFileSync(join(folder, stampName), stamp)
  rmSync(builtFolder, { recursive: true, force: true })
  renameSync(folder, builtFolder)
  const seconds = ((Date.now() - begunAt) / 1000).toFixed(1)
  process.stderr.write(`The pages are built (${seconds} s).\n`)
  return true
}

/** Fonts are packed already. */
function pack(path) {
  if (!/\.(html|js|css|svg|webmanifest)$/.test(path)) return
  const bytes = readFileSync(path)
  const quality = { [constants.BROTLI_PARAM_QUALITY]: 11 }
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: quality }))
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }))
}

function readStamp() {
  try {
    return readFileSync(join(builtFolder, stampName), 'utf8')
  } catch {
    return undefined
  }
}

/** Everything that the pages are made of: they use the contract and the domain. */
function stampOfSources() {
  const hash = createHash('sha256')
  const folders = [webFolder, join(root, 'src', 'contract'), join(root, 'src', 'domain')]
  const files = folders.flatMap((folder) => filesIn(folder))
  for (const path of [
    ...files.toSorted((left, right) => (left < right ? -1 : 1)),
    join(root, 'vite.config.ts'),
    join(root, 'package-lock.json'),
  ]) {
    if (/\.(test|conformance)\.tsx?$|\.md$/.test(path)) continue
    hash.update(relative(root, path)).update('\0').update(readFileSync(path)).update('\0')
  }
  return hash.digest('hex')
}

function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return /^dist(\.|$)/.test(entry.name) ? [] : filesIn(path)
    return entry.isFile() ? [path] : []
  })
}
