import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { AgentProtocol } from '#app/agents/agent-settings.ts'
import { assert } from '#domain/faults.ts'
import { makeDatabase, type TestDatabase } from '#test/database/database-fixture.ts'
import { command } from '#test/process/product.ts'
import { type RunningServer, startServer } from '#test/server/running-server.ts'
import { until } from '#test/server/until.ts'

import { agentPackages, installedAgent, type InstalledAgent } from './installed-agent.ts'
import { type Loopback, openLoopback } from './loopback.ts'

const installTimeoutMs = 300_000
const agentTimeoutMs = 240_000

/** The protocols that the simulated provider speaks, each with a model that calls tools. */
const providers = [
  { slug: 'responses', protocol: 'openai-responses', baseUrl: 'simulated:responses', name: '' },
  {
    slug: 'claude',
    protocol: 'anthropic',
    baseUrl: 'simulated:anthropic',
    name: 'claude-sonnet-4-5/',
  },
  { slug: 'gemini', protocol: 'gemini', baseUrl: 'simulated:gemini', name: 'gemini-3-pro/' },
  {
    slug: 'bedrock',
    protocol: 'bedrock',
    baseUrl: 'simulated:bedrock',
    name: 'us.anthropic.claude-sonnet-4-5/',
  },
] as const

const config = {
  providers: providers.map(({ slug, protocol, baseUrl }) => ({ slug, protocol, baseUrl })),
  models: providers.map(({ slug, name }) => ({
    id: `try/${slug}`,
    contextLength: 1_000_000,
    maxOutput: 60_000,
    endpoints: [
      {
        provider: slug,
        upstreamModel: `${name}sim/tools`,
        prices: { prompt: '1', completion: '2', cacheRead: '0.25', cacheWrite: '1.25' },
      },
    ],
  })),
}

/** One session: what is configured, and what the model says. */
interface Session {
  readonly title: string
  readonly agent: keyof typeof agentPackages
  readonly protocol?: AgentProtocol
  readonly model: string
  /** The words for the agent's own program, with which it does one task and ends. */
  readonly words: (prompt: string) => readonly string[]
  /** It reads what to do from its input, and would change it in its words. */
  readonly readsInput?: true
  /** What the model calls, turn by turn. */
  readonly script: (file: string) => string
  readonly environment?: Readonly<Record<string, string>>
}

const change = { old_string: 'red', new_string: 'blue' }

const opencode: Omit<Session, 'title' | 'model' | 'protocol'> = {
  agent: 'opencode',
  words: () => ['run'],
  readsInput: true,
  script: (filePath) =>
    calls(['read', { filePath }], ['edit', { filePath, oldString: 'red', newString: 'blue' }]),
  environment: { OPENCODE_DISABLE_MODELS_FETCH: '1' },
}

const sessions: readonly Session[] = [
  {
    title: 'Codex, on a provider of the Responses API',
    agent: 'codex',
    model: 'try/responses',
    words: (prompt) => [
      ...['exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox'],
      prompt,
    ],
    script: () => calls(['exec_command', { cmd: patch }]),
  },
  {
    title: 'Claude Code, on Anthropic',
    agent: 'claude-code',
    model: 'try/claude',
    words: (prompt) => ['-p', prompt, '--dangerously-skip-permissions'],
    script: (file_path) => calls(['Read', { file_path }], ['Edit', { file_path, ...change }]),
    // It refuses to be so free as root, unless it is told that this is a sandbox.
    environment: { IS_SANDBOX: '1' },
  },
  { ...opencode, title: 'OpenCode in chat, on Gemini', protocol: 'chat', model: 'try/gemini' },
  {
    ...opencode,
    title: 'OpenCode in Responses, on Anthropic',
    protocol: 'responses',
    model: 'try/claude',
  },
  {
    ...opencode,
    title: 'OpenCode in Messages, on Bedrock',
    protocol: 'messages',
    model: 'try/bedrock',
  },
  {
    title: 'Qwen Code, on a provider of chat completions',
    agent: 'qwen-code',
    model: 'sim/tools',
    words: (prompt) => ['-p', prompt, '--yolo'],
    script: (file_path) => calls(['read_file', { file_path }], ['edit', { file_path, ...change }]),
  },
  {
    title: 'Cline, on Anthropic',
    agent: 'cline',
    model: 'try/claude',
    words: (prompt) => [prompt],
    script: (path) => calls(['editor', { path, old_text: 'red', new_text: 'blue' }]),
  },
]

const patch = [
  "apply_patch <<'EOF'",
  '*** Begin Patch',
  '*** Update File: boat.txt',
  '@@',
  '-The boat is red.',
  '+The boat is blue.',
  '*** End Patch',
  'EOF',
].join('\n')

function calls(...turns: readonly (readonly [string, object])[]): string {
  return turns.map(([name, given]) => `call ${name} ${JSON.stringify(given)}`).join(' then ')
}

let database: TestDatabase
let server: RunningServer
let loopback: Loopback
let scratch: string
const installed = new Map<Session['agent'], InstalledAgent>()

beforeAll(async () => {
  const names = [...new Set(sessions.map(({ agent }) => agent))]
  await Promise.all(
    names.map(async (name) =>
      installed.set(name, await installedAgent(agentPackages[name], installTimeoutMs)),
    ),
  )
  database = await makeDatabase('server')
  server = await startServer({
    config,
    environment: {
      DATABASE_URL: database.url ?? '',
      CODELACE_MASTER_KEY: randomBytes(32).toString('base64'),
    },
  })
  loopback = await openLoopback(Number(new URL(server.url).port))
  if (!loopback.isIsolated) {
    say('this system gives no network namespace: agents could reach the network past their proxy')
  }
  scratch = mkdtempSync(join(tmpdir(), 'codelace-agents-'))
}, installTimeoutMs + 120_000)

afterAll(async () => {
  await loopback?.close()
  await server?.stop()
  await database?.drop()
  if (scratch) rmSync(scratch, { recursive: true, force: true })
})

function say(line: string): void {
  process.stderr.write(`\n  !! coding agents: ${line}\n\n`)
}

interface LogLine {
  readonly created_at: string
  readonly requested_model: string
  readonly outcome: string
  readonly finish_reason: string
  readonly cost: string
  readonly tokens: { readonly prompt: number; readonly completion: number; readonly cached: number }
}

async function logLines(): Promise<readonly LogLine[]> {
  const answer: { data: readonly LogLine[] } = Object(
    await server.operate('GET', '/api/generations?limit=100'),
  )
  return answer.data
}

/**
 * What was asked since then, once the call of a tool is among it: lines are written in batches, so the last ones of an
 * agent may come when it has ended, and those of the one before it while the next is at work.
 */
function linesSince(startedMs: number): Promise<readonly LogLine[]> {
  return until(
    async () => {
      const lines = (await logLines()).filter((line) => Date.parse(line.created_at) >= startedMs)
      const hasCall = lines.some((line) => line.finish_reason === 'tool_calls')
      return hasCall && lines.length > 1 ? lines : undefined
    },
    { timeoutMs: 10_000, what: 'the log has the call of a tool, and what came after it' },
  )
}

/** At a millionth of a dollar for a token of the prompt, and two for one of the completion. */
function microUsdOf({ tokens }: LogLine): number {
  return tokens.prompt + 2 * tokens.completion
}

describe('an agent edits a file with its own tool, configured by our command', () => {
  test.for(sessions)('$title', { timeout: agentTimeoutMs + 30_000 }, async (session, { skip }) => {
    const agent = installed.get(session.agent)
    assert(agent !== undefined, 'every agent was looked for')
    if (agent.kind === 'missing') {
      say(`${session.agent} is NOT TESTED, as it could not be installed: ${agent.reason}`)
      skip(`${session.agent} could not be installed`)
      return
    }
    const home = mkdtempSync(join(scratch, `${session.agent}-`))
    const project = join(home, 'project')
    mkdirSync(project)
    const file = join(project, 'boat.txt')
    writeFileSync(file, 'The boat is red.\n')
    const printed = await configure(session, home)
    const prompt = `Please ${session.script(file)}`
    const words = session.words(prompt).map(quoted)
    const script = `${printed.replaceAll('cl_k…', server.apiKey)} ${words.join(' ')}`
    const promptFile = join(home, 'prompt.txt')
    writeFileSync(promptFile, session.readsInput ? prompt : '')
    const startedMs = Date.now()
    const { exitCode, output } = await loopback.run(`${script} < ${quoted(promptFile)}`, {
      cwd: project,
      environment: {
        HOME: home,
        PATH: [agent.binFolder, dirname(process.execPath), process.env['PATH']].join(delimiter),
        TERM: 'dumb',
        ...session.environment,
      },
      timeoutMs: agentTimeoutMs,
    })
    expect(readFileSync(file, 'utf8'), output).toBe('The boat is blue.\n')
    expect(exitCode, output).toBe(0)
    for (const line of await linesSince(startedMs)) {
      expect(line.requested_model).toBe(session.model)
    }
  })

  test('and everything together cost exactly what was taken', async () => {
    await until(
      async () => {
        const microUsd = (await logLines()).reduce((sum, line) => sum + microUsdOf(line), 0)
        const answer = await fetch(`${server.url}/v1/credits`, {
          headers: { authorization: `Bearer ${server.apiKey}` },
        })
        const credits: { data: { total_usage: number } } = Object(await answer.json())
        return credits.data.total_usage === microUsd / 1e6 ? true : undefined
      },
      { timeoutMs: 20_000, what: 'what all lines cost is what was taken' },
    )
    for (const line of await logLines()) {
      expect(line.outcome).toBe('completed')
      expect(Number(line.cost)).toBe(microUsdOf(line) / 1e6)
    }
    expect(await server.operate('POST', '/api/ledger/verify')).toMatchObject({
      data: { balanced: true },
    })
  }, 60_000)
})

/** Writes the configuration and returns the commands that are printed with it. */
async function configure({ agent, protocol, model }: Session, home: string): Promise<string> {
  const spoken = protocol === undefined ? [] : ['--protocol', protocol]
  const words = ['--model', model, '--url', server.url, ...spoken, '--write', '--json']
  const { exitCode, out, err } = await command(['clients', 'configure', agent, ...words], {
    HOME: home,
  })
  expect(exitCode, err).toBe(0)
  const { commands }: { commands: readonly string[] } = JSON.parse(out)
  return commands.join('\n')
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
