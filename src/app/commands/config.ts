import { Command } from 'commander'

import { checkConfig } from '#app/config/check-config.ts'
import { configSchemaText } from '#app/config/file-schema.ts'
import { describeProblem } from '#app/config/problem.ts'
import { readSettings } from '#app/config/settings.ts'
import { configPathOf } from '#app/read-configuration.ts'
import { readStopSettings } from '#app/stop-settings.ts'

import { examples, type CommandContext } from './context.ts'

/** `codelace config …`. `fail` marks the command as failed without another word. */
export function configCommand(context: CommandContext, fail: () => void): Command {
  return new Command('config')
    .description('check settings and the configuration file, without a server')
    .addCommand(checkCommand(context, fail))
}

function checkCommand(context: CommandContext, fail: () => void): Command {
  return new Command('check')
    .description('list every mistake in the environment and the file; exit code 1 if there is one')
    .argument('[file]', 'the configuration file; otherwise CODELACE_CONFIG')
    .option('--json', 'print the result as JSON')
    .option('--schema', 'print the JSON Schema of the file instead, for an editor')
    .addHelpText(
      'after',
      examples(
        'config check',
        'config check codelace.json --json',
        'config check --schema > codelace.schema.json',
      ),
    )
    .action((file: string | undefined, options: { json?: boolean; schema?: boolean }) => {
      if (options.schema) context.out(ended(configSchemaText()))
      else check(context, { file, json: options.json === true, fail })
    })
}

function check(
  context: CommandContext,
  { file, json, fail }: { file: string | undefined; json: boolean; fail: () => void },
): void {
  const { environment, colours } = context
  const { problems: ofSettings } = readSettings(environment)
  const path = file ?? configPathOf(environment)
  const { catalogue, problems: ofFile } = checkConfig({ path, environment, now: new Date() })
  const problems = [...ofSettings, ...readStopSettings(environment).problems, ...ofFile]
  const models = catalogue?.models.map(({ id }) => id) ?? []
  const providers = catalogue?.providers.map(({ slug }) => slug) ?? []
  if (problems.length > 0) fail()
  if (json) {
    const result = { valid: problems.length === 0, file: path, problems, providers, models }
    context.out(`${JSON.stringify(result, null, 2)}\n`)
    return
  }
  if (problems.length === 0) {
    const what = path === null ? 'The environment is' : `The environment and ${path} are`
    const served = `${counted(models.length, 'model')} from ${counted(providers.length, 'provider')}`
    context.out(`${colours.green('Fine.')} ${what} in order: ${served}.\n`)
    return
  }
  for (const problem of problems) context.out(`${describeProblem(problem)}\n`)
  context.note(
    `${colours.red(counted(problems.length, 'mistake'))}. The server does not start with any.\n`,
  )
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function ended(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`
}
