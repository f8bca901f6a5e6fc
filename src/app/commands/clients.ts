import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

import { Argument, Command, Option } from 'commander'

import {
  agentNames,
  agentProtocols,
  settingsOf,
  type AgentName,
  type AgentProtocol,
  type AgentSettings,
} from '#app/agents/agent-settings.ts'
import { lineChanges } from '#app/agents/line-changes.ts'

import { examples, type CommandContext } from './context.ts'

interface ConfigureOptions {
  readonly model: string
  readonly url?: string
  readonly protocol: AgentProtocol
  readonly write?: boolean
  readonly json?: boolean
}

/** `codelace clients …`. */
export function clientsCommand(context: CommandContext): Command {
  return new Command('clients')
    .description('configure coding agents to use this gateway')
    .addCommand(configureCommand(context))
}

const usualUrl = 'http://127.0.0.1:8080'

function configureCommand(context: CommandContext): Command {
  return new Command('configure')
    .description('show what an agent needs, or write it, keeping what is there')
    .addArgument(new Argument('<agent>', 'which agent').choices(agentNames))
    .requiredOption('--model <id>', 'the model to use, as GET /v1/models names it')
    .option('--url <address>', `the gateway; otherwise CODELACE_URL, or ${usualUrl}`)
    .addOption(
      new Option('--protocol <name>', 'what OpenCode speaks')
        .choices(agentProtocols)
        .default('chat'),
    )
    .option('--write', 'show what changes in the agent’s file, and change it')
    .option('--json', 'print the settings as JSON')
    .addHelpText(
      'after',
      examples(
        'clients configure codex --model openai/gpt-5.4',
        'clients configure claude-code --model anthropic/claude-sonnet-4.5 --write',
        'clients configure opencode --model openai/gpt-5.4 --protocol responses',
      ),
    )
    .action((agent: AgentName, options: ConfigureOptions) => configure(context, agent, options))
}

function configure(context: CommandContext, agent: AgentName, options: ConfigureOptions): void {
  const { environment } = context
  const given = options.url ?? environment['CODELACE_URL'] ?? usualUrl
  const url = given.replace(/\/+$/, '').replace(/\/v1$/, '')
  const settings = settingsOf(agent, { url, model: options.model, protocol: options.protocol })
  const { file, commands } = settings
  const path = file && join(environment['HOME'] ?? homedir(), ...file.path.split('/'))
  const before = path !== null && existsSync(path) ? readFileSync(path, 'utf8') : ''
  const after = file?.edit(before) ?? ''
  const isWritten = options.write === true && path !== null && after !== before
  if (isWritten) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, after)
  }
  if (options.json) {
    const result = { agent, file: path, content: file && after, written: isWritten, commands }
    context.out(`${JSON.stringify(result, null, 2)}\n`)
    return
  }
  if (path !== null && options.write) context.out(changesText(context, path, { before, after }))
  else if (path !== null) context.out(`${context.colours.dim(`# ${path}`)}\n${after}`)
  sayWhatIsLeft(context, settings, options)
}

function changesText(
  { colours }: CommandContext,
  path: string,
  { before, after }: { readonly before: string; readonly after: string },
): string {
  const changes = lineChanges(before, after)
  if (changes.length === 0) return `${path} is as it should be.\n`
  const shown = changes.map((line) =>
    line.startsWith('+') ? colours.green(line) : colours.red(line),
  )
  return `${path}\n${shown.join('\n')}\n`
}

function sayWhatIsLeft(
  { note, colours }: CommandContext,
  { file, commands }: AgentSettings,
  { write }: ConfigureOptions,
): void {
  if (file === null && write) note('This agent keeps its settings itself: run these commands.\n')
  note(`${colours.dim('Then, with a key of yours:')}\n`)
  for (const command of commands) note(`  ${command}\n`)
}
