import { applyEdits, modify } from 'jsonc-parser'

import { withTomlKeys, withTomlTable } from './toml-lines.ts'

/** The coding agents that can be configured. */
export const agentNames = ['codex', 'claude-code', 'opencode', 'qwen-code', 'cline'] as const

/** One of them. */
export type AgentName = (typeof agentNames)[number]

/** The protocols that OpenCode can be told to speak. */
export const agentProtocols = ['chat', 'responses', 'messages'] as const

/** One of them. */
export type AgentProtocol = (typeof agentProtocols)[number]

/** What to configure an agent for. */
export interface AgentWish {
  /** Where the gateway is, without `/v1`. */
  readonly url: string
  readonly model: string
  readonly protocol: AgentProtocol
}

/**
 * What an agent needs: at most one file below the home folder, which keeps everything else that stands in
 * it, and what to do beside. Keys are never written into files: agents read them from the environment.
 */
export interface AgentSettings {
  readonly file: {
    /** Below the home folder, with `/`. */
    readonly path: string
    readonly edit: (before: string) => string
  } | null
  /** Commands for a shell, one a line. */
  readonly commands: readonly string[]
}

/** The settings of an agent. */
export function settingsOf(agent: AgentName, wish: AgentWish): AgentSettings {
  switch (agent) {
    case 'codex':
      return codex(wish)
    case 'claude-code':
      return claudeCode(wish)
    case 'opencode':
      return openCode(wish)
    case 'qwen-code':
      return qwenCode(wish)
    default:
      return cline(wish)
  }
}

const keyVariable = 'CODELACE_API_KEY'
const keyCommand = `export ${keyVariable}=cl_k…`

function codex({ url, model }: AgentWish): AgentSettings {
  const provider = {
    name: 'codelace',
    base_url: `${url}/v1`,
    env_key: keyVariable,
    // Codex speaks nothing else any more.
    wire_api: 'responses',
  }
  return {
    file: {
      path: '.codex/config.toml',
      edit: (before) => {
        const top = withTomlKeys(before, { model, model_provider: 'codelace' })
        return withTomlTable(top, 'model_providers.codelace', provider)
      },
    },
    commands: [keyCommand, 'codex'],
  }
}

function claudeCode({ url, model }: AgentWish): AgentSettings {
  const variables = {
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_MODEL: model,
    ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  }
  return {
    file: {
      path: '.claude/settings.json',
      edit: (before) =>
        Object.entries(variables).reduce(
          (text, [name, value]) => withJson(text, ['env', name], value),
          before,
        ),
    },
    commands: ['export ANTHROPIC_AUTH_TOKEN=cl_k…', 'claude'],
  }
}

const openCodePackages: Readonly<Record<AgentProtocol, string>> = {
  chat: '@ai-sdk/openai-compatible',
  responses: '@ai-sdk/openai',
  messages: '@ai-sdk/anthropic',
}

function openCode({ url, model, protocol }: AgentWish): AgentSettings {
  const provider = {
    npm: openCodePackages[protocol],
    name: 'codelace',
    options: { baseURL: `${url}/v1`, apiKey: `{env:${keyVariable}}` },
  }
  const id = `codelace/${model}`
  return {
    file: {
      path: '.config/opencode/opencode.json',
      edit: (before) => {
        let text = withJson(before, ['$schema'], 'https://opencode.ai/config.json')
        for (const [name, value] of Object.entries(provider)) {
          text = withJson(text, ['provider', 'codelace', name], value)
        }
        text = withJson(text, ['provider', 'codelace', 'models', model], { name: model })
        // Titles are made by a small model, which would be looked for elsewhere.
        return withJson(withJson(text, ['model'], id), ['small_model'], id)
      },
    },
    commands: [keyCommand, 'opencode'],
  }
}

function qwenCode({ url, model }: AgentWish): AgentSettings {
  const variables = { OPENAI_BASE_URL: `${url}/v1`, OPENAI_MODEL: model }
  return {
    file: {
      path: '.qwen/.env',
      edit: (before) => {
        const names = Object.keys(variables)
        const kept = before
          .split('\n')
          .filter(
            (line) => !names.some((name) => line.replace(/^export /, '').startsWith(`${name}=`)),
          )
        const rest = kept.join('\n').replace(/\n+$/, '')
        const ours = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
        return `${[...(rest === '' ? [] : [rest]), ...ours].join('\n')}\n`
      },
    },
    commands: ['export OPENAI_API_KEY=cl_k…', 'qwen --auth-type openai'],
  }
}

function cline({ url, model }: AgentWish): AgentSettings {
  const auth = `cline auth -p openai-compatible -k "$${keyVariable}" -m ${model} -b ${url}/v1`
  return { file: null, commands: [keyCommand, auth, `cline -P openai-compatible -m ${model}`] }
}

/** Sets one member; comments and everything else stay. */
function withJson(text: string, path: readonly string[], value: unknown): string {
  const before = text.trim() === '' ? '{}\n' : text
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol: '\n' }
  return applyEdits(before, modify(before, [...path], value, { formattingOptions }))
}
