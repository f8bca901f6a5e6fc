import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { TestCounts } from './count-reporter.ts'
import { NoPostgres, providePostgres } from './postgres-server.ts'

/**
 * Every check of the project, one line each with its time, then every test. All of them run even when
 * one fails; the exit code is 1 when any did. Arguments are passed on to the test runner.
 */
const root = join(import.meta.dirname, '..')
const binFolder = join(root, 'node_modules', '.bin')
const reportFolder = join(root, 'node_modules', '.cache', 'codelace-checks')
const countsFile = join(reportFolder, 'tests.json')

/** One check: what it is called, and the commands that make it. */
interface Check {
  readonly name: string
  readonly commands: readonly (readonly string[])[]
  /** Shown even when nothing is wrong. */
  readonly isReport?: boolean
}

const checks: readonly Check[] = [
  { name: 'format', commands: [['oxfmt', '--check']] },
  { name: 'lint', commands: [['oxlint']] },
  {
    name: 'types',
    commands: [
      ['tsc', '-p', '.'],
      ['tsc', '-p', 'src/domain'],
      ['tsc', '-p', 'web'],
    ],
  },
  { name: 'dead code', commands: [['knip', '--no-progress']] },
  { name: 'numbers', commands: [['node', 'scripts/measure.ts']], isReport: true },
]

/** What a command said and how it ended. */
interface CommandResult {
  readonly code: number
  readonly output: string
}

const environment: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${binFolder}:${process.env['PATH'] ?? ''}`,
}

function run(command: readonly string[], stdio: 'pipe' | 'inherit'): Promise<CommandResult> {
  const [program = '', ...args] = command
  return new Promise((resolve) => {
    const child = spawn(join(binFolder, program), args, {
      cwd: root,
      env: environment,
      stdio: ['ignore', stdio, stdio],
    })
    let output = ''
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const forward = (signal: NodeJS.Signals) => child.kill(signal)
    process.once('SIGTERM', forward)
    child.on('error', (error) => resolve({ code: 1, output: error.message }))
    child.on('close', (code) => {
      process.removeListener('SIGTERM', forward)
      resolve({ code: code ?? 1, output })
    })
  })
}

async function runCheck({ name, commands, isReport = false }: Check): Promise<boolean> {
  const begunAt = performance.now()
  const results: CommandResult[] = []
  for (const command of commands) results.push(await run(command, 'pipe'))
  const passed = results.every(({ code }) => code === 0)
  const seconds = ((performance.now() - begunAt) / 1000).toFixed(1)
  console.log(`${passed ? 'ok    ' : 'FAILED'}  ${name.padEnd(10)} ${seconds.padStart(5)} s`)
  const shown = results.filter(({ code }) => isReport || code !== 0)
  for (const { output } of shown) console.log(output.trimEnd().replace(/^/gm, '        '))
  return passed
}

/** The database server for the store suites; without one their tests fail, each with the reason. */
async function provideDatabase(): Promise<() => Promise<void>> {
  try {
    const server = await providePostgres()
    console.log(`ok      PostgreSQL ${server.version} (${server.origin})`)
    environment['TEST_DATABASE_URL'] = server.url
    return server.stop
  } catch (error) {
    if (!(error instanceof NoPostgres)) throw error
    console.log(`FAILED  PostgreSQL: ${error.message}`)
    return () => Promise.resolve()
  }
}

async function runTests(): Promise<boolean> {
  environment['CODELACE_TEST_COUNTS'] = countsFile
  const reporters = ['--reporter=default', '--reporter=./scripts/count-reporter.ts']
  const { code } = await run(['vitest', 'run', ...reporters, ...process.argv.slice(2)], 'inherit')
  return code === 0
}

function countTests(passed: boolean): TestCounts {
  try {
    const counts: TestCounts = JSON.parse(readFileSync(countsFile, 'utf8'))
    return passed ? counts : { ...counts, failed: Math.max(counts.failed, 1) }
  } catch {
    // The runner did not get as far as counting.
    return { passed: 0, failed: 1 }
  }
}

async function main(): Promise<boolean> {
  rmSync(reportFolder, { recursive: true, force: true })
  mkdirSync(reportFolder, { recursive: true })
  const failed: string[] = []
  for (const check of checks) {
    if (!(await runCheck(check))) failed.push(check.name)
  }
  const stopDatabase = await provideDatabase()
  if (failed.length > 0) console.log(`\nFailed: ${failed.join(', ')} (above). The tests follow.`)
  try {
    const testsPassed = await runTests()
    const tests = countTests(testsPassed)
    const summary = {
      passed: checks.length - failed.length + tests.passed,
      failed: failed.length + tests.failed,
    }
    writeFileSync(join(reportFolder, 'summary.json'), JSON.stringify(summary))
    return testsPassed && failed.length === 0
  } finally {
    await stopDatabase()
  }
}

process.exitCode = (await main()) ? 0 : 1
