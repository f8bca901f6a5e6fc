import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { runProgram } from '#app/program.ts'
import { coloursFor } from '#app/terminal/colours.ts'

import { agentNames, settingsOf } from './agent-settings.ts'

const wish = { url: 'http://127.0.0.1:8080', model: 'maker/model', protocol: 'chat' as const }

function edited(agent: (typeof agentNames)[number], before: string): string {
  return settingsOf(agent, wish).file?.edit(before) ?? ''
}

test('Codex gets a provider that speaks Responses, and keeps everything else', () => {
  const before =
    '# mine\nmodel = "old"\napproval_policy = "never"\n\n[mcp_servers.files]\ncommand = "files"\n'
  expect(edited('codex', before)).toBe(
    [
      'model = "maker/model"',
      'model_provider = "codelace"',
      '# mine',
      'approval_policy = "never"',
      '',
      '[mcp_servers.files]',
      'command = "files"',
      '',
      '[model_providers.codelace]',
      'name = "codelace"',
      'base_url = "http://127.0.0.1:8080/v1"',
      'env_key = "CODELACE_API_KEY"',
      'wire_api = "responses"',
      '',
    ].join('\n'),
  )
})

test('JSON files keep their comments and other members', () => {
  const before = '{\n  // mine\n  "env": { "OTHER": "1" },\n  "theme": "dark"\n}\n'
  const after = edited('claude-code', before)
  expect(after).toContain('// mine')
  expect(after).toContain('"OTHER": "1"')
  expect(after).toContain('"theme": "dark"')
  expect(after).toContain('"ANTHROPIC_BASE_URL": "http://127.0.0.1:8080"')
})

test('OpenCode speaks any of three protocols', () => {
  const packages = (['chat', 'responses', 'messages'] as const).map((protocol) => {
    const text = settingsOf('opencode', { ...wish, protocol }).file?.edit('') ?? ''
    const config: { provider: { codelace: { npm: string } }; model: string } = JSON.parse(text)
    expect(config.model).toBe('codelace/maker/model')
    return config.provider.codelace.npm
  })
  expect(packages).toEqual(['@ai-sdk/openai-compatible', '@ai-sdk/openai', '@ai-sdk/anthropic'])
})

test.each(agentNames)(
  'doing it twice for %s changes nothing more, and no key is in the file',
  (agent) => {
    const once = edited(agent, '')
    expect(edited(agent, once)).toBe(once)
    expect(once).not.toContain('cl_k')
  },
)

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'codelace-agents-'))
})
afterEach(() => rmSync(home, { recursive: true }))

test('the command shows what changes and writes it, and says when nothing is left to do', async () => {
  let out = ''
  const run = (...words: readonly string[]) =>
    runProgram(['clients', 'configure', ...words], {
      environment: { HOME: home },
      out: (text) => (out += text),
      note: () => undefined,
      colours: coloursFor({}, {}),
    })
  const words = ['codex', '--model', 'maker/model', '--url', 'http://h:1/v1/']
  expect(await run(...words)).toBe(0)
  expect(out).toContain('base_url = "http://h:1/v1"')
  out = ''
  expect(await run(...words, '--write')).toBe(0)
  expect(out).toContain('+ base_url = "http://h:1/v1"')
  expect(readFileSync(join(home, '.codex/config.toml'), 'utf8')).toContain('wire_api = "responses"')
  out = ''
  expect(await run(...words, '--write')).toBe(0)
  expect(out).toContain('is as it should be')
})
