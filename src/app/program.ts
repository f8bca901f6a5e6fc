import { Command, CommanderError } from 'commander'

import { ClientError } from './client/client-error.ts'
import { accountsCommand } from './commands/accounts.ts'
import { clientsCommand } from './commands/clients.ts'
import { configCommand } from './commands/config.ts'
import { examples, type CommandContext } from './commands/context.ts'
import { credentialsCommand } from './commands/credentials.ts'
import { creditsCommand } from './commands/credits.ts'
import { generationsCommand } from './commands/generations.ts'
import { keysCommand } from './commands/keys.ts'
import { ledgerCommand } from './commands/ledger.ts'
import { membersCommand } from './commands/members.ts'
import { pricesCommand } from './commands/prices.ts'
import { requestsCommand } from './commands/requests.ts'
import { setupCommand } from './commands/setup.ts'
import { startCommand } from './commands/start.ts'
import { StartError } from './start-error.ts'

/** 0: it worked; 1: the operation failed; 2: the command line could not be understood. */
export type ExitCode = 0 | 1 | 2

/**
 * Runs one command line and says how it ended. Whatever went wrong has been said on standard error, with
 * the next step, when it returns. Throws only for mistakes of ours.
 */
export async function runProgram(
  words: readonly string[],
  context: CommandContext,
): Promise<ExitCode> {
  let failed = false
  const program = makeProgram(context, () => {
    failed = true
  })
  try {
    await program.parseAsync([...words], { from: 'user' })
    return failed ? 1 : 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (error instanceof ClientError || error instanceof StartError) {
      context.note(`${context.colours.red('Error:')} ${error.message}\n`)
      const hint = error instanceof ClientError ? error.hint : null
      if (hint !== null) context.note(`${hint}\n`)
      return 1
    }
    throw error
  }
}

function makeProgram(context: CommandContext, fail: () => void): Command {
  const program = new Command('codelace')
    .description('Run codelace and look after its accounts, credit, keys and request log.')
    .addHelpText(
      'after',
      examples('accounts list', 'credits grant acct_5uJ0… 5', 'keys create acct_5uJ0… laptop') +
        '\nCommands talk to the server started here, or to CODELACE_URL with CODELACE_OPERATOR_TOKEN.\n' +
        'In a clone of the project, "codelace" is: npm run codelace --\n',
    )
  const commands = [
    startCommand(context, fail),
    setupCommand(context),
    accountsCommand(context),
    creditsCommand(context),
    keysCommand(context),
    membersCommand(context),
    requestsCommand(context),
    credentialsCommand(context),
    generationsCommand(context),
    ledgerCommand(context, fail),
    pricesCommand(context, fail),
    configCommand(context, fail),
    clientsCommand(context),
  ]
  for (const command of commands) program.addCommand(command)
  for (const command of everyCommand(program)) settle(command, context)
  return program
}

function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(everyCommand)]
}

/** Settings are not inherited by commands that were made elsewhere, so each gets them. */
function settle(command: Command, context: CommandContext): void {
  command
    .exitOverride()
    .allowExcessArguments(false)
    .showHelpAfterError('Add --help for what it takes, with examples.')
    .configureOutput({ writeOut: context.out, writeErr: context.note })
}
