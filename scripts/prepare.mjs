/**
 * Makes a clone ready to run, with nothing but the Node that happens to be there (20 or newer) and npm:
 * installs what is missing, and finds the pinned Node that everything else runs on. No dependencies.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the project, whatever the current folder is. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

const binFolder = join(root, 'node_modules', '.bin')
const oldestMajor = 20

/**
 * Installs what is missing, and returns the path of the pinned Node. Ends the process with one clear
 * sentence when that cannot be done. `withDev`: tools for development must be there too.
 */
export function prepare({ withDev }) {
  if (Number(process.versions.node.split('.')[0]) < oldestMajor) {
    stop(`codelace needs Node ${oldestMajor} or newer to begin; this is ${process.version}.`)
  }
  if (!isInstalled(withDev)) install(withDev)
  return findPinnedNode()
}

/**
 * Becomes another program: its signals, its exit code. Where this Node can replace itself, no wrapper
 * stays in memory and there is nobody to orphan; where it cannot, this process stands in front.
 */
export function become(node, args) {
  if (process.platform !== 'win32' && process.execve) {
    process.removeAllListeners('warning')
    process.on('warning', () => {})
    process.execve(node, [node, ...args], environment())
  }
  const child = spawn(node, args, { stdio: 'inherit', env: environment() })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the child as well: once is enough.
      if (signal === 'SIGINT' && process.stdin.isTTY) return
      child.kill(signal)
    })
  }
  child.on('error', (error) => stop(`${node} could not be started: ${error.message}`))
  child.on('exit', (code, signal) => {
    process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1))
  })
}

/** For what runs on the pinned Node: it and the project's tools come first on the path. */
function environment() {
  return { ...process.env, PATH: `${binFolder}${delimiter}${process.env.PATH ?? ''}` }
}

/** Ends the process with a sentence on standard error. */
function stop(sentence) {
  process.stderr.write(`${sentence}\n`)
  process.exit(1)
}

/**
 * True when every package of the lock file is there in its version. npm's own record of what it
 * installed is compared, so `npm install` by hand counts, an interrupted install does not, and nothing
 * is asked of the network.
 */
function isInstalled(withDev) {
  const wanted = readJson('package-lock.json')?.packages
  const found = readJson(join('node_modules', '.package-lock.json'))?.packages
  if (!wanted) stop('package-lock.json is missing or damaged: restore it with git.')
  if (!found) return false
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true
    if (found[path]) return found[path].version === entry.version && existsSync(join(root, path))
    // Packages for other platforms are optional; a lean server image has no development tools.
    return (
      entry.optional === true || (!withDev && (entry.dev === true || entry.devOptional === true))
    )
  })
}

function install(withDev) {
  const begunAt = Date.now()
  process.stderr.write('Installing dependencies with npm ci; this takes a minute the first time.\n')
  const options = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  const result = npm(withDev ? [...options, '--include=dev'] : options)
  if (result.status !== 0) {
    stop('npm ci failed (its own message is above). codelace has not started; nothing was changed.')
  }
  const seconds = ((Date.now() - begunAt) / 1000).toFixed(1)
  process.stderr.write(`Dependencies are installed (${seconds} s).\n`)
}

/**
 * The Node of the `node` package. Its binary comes from an install script; where scripts are off it is
 * fetched now, and where it cannot run at all a Node of the same major version will do.
 */
function findPinnedNode() {
  const version = readJson('package.json')?.dependencies?.node
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const binary = join(root, 'node_modules', 'node', 'bin', name)
  if (isNode(binary, version)) return binary
  process.stderr.write(`Fetching the pinned Node ${version}.\n`)
  npm(['rebuild', 'node', '--loglevel=error'])
  if (isNode(binary, version)) return binary
  if (process.versions.node.split('.')[0] === version.split('.')[0]) {
    process.stderr.write(
      `The pinned Node ${version} cannot run here; going on with ${process.version}.\n`,
    )
    return process.execPath
  }
  return stop(
    `The pinned Node ${version} is not there: npm did not run the install script of the package "node". ` +
      'Run "npm rebuild node --ignore-scripts=false", or start codelace with a Node ' +
      `${version.split('.')[0]} of your own: node src/app/main.ts`,
  )
}

function isNode(binary, version) {
  if (!existsSync(binary)) return false
  if (process.execPath === binary && process.versions.node === version) return true
  const result = spawnSync(binary, ['--version'], { encoding: 'utf8' })
  return result.status === 0 && result.stdout.trim() === `v${version}`
}

/** Runs the npm that runs us, on the Node that it runs on: the pinned one may be about to be replaced. */
function npm(args) {
  const options = { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: outerEnvironment() }
  const { npm_execpath: script, npm_node_execpath: node } = process.env
  if (script && node && /\.c?js$/.test(script)) return spawnSync(node, [script, ...args], options)
  const isWindows = process.platform === 'win32'
  return spawnSync(isWindows ? 'npm.cmd' : 'npm', args, { ...options, shell: isWindows })
}

function outerEnvironment() {
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== binFolder)
  return { ...process.env, PATH: path.join(delimiter) }
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8'))
  } catch {
    return undefined
  }
}
