import { randomBytes } from 'node:crypto'

import { Command } from 'commander'

import { modelFactsOf, welcome } from '#app/banner.ts'
import { ClientError } from '#app/client/client-error.ts'
import { firstRunPath, readFirstRun } from '#app/first-run-file.ts'
import { handOver } from '#app/first-run.ts'
import { addressOf, readConfiguration } from '#app/read-configuration.ts'
import { startFailure } from '#app/server.ts'
import { findByRole, makeOperatorToken, peopleOf } from '#app/setup.ts'
import { openStores, type Stores } from '#app/stores.ts'

import { examples, type CommandContext } from './context.ts'

interface SetupOptions {
  readonly json?: boolean
  readonly newToken?: boolean
}

/** `codelace setup` */
export function setupCommand(context: CommandContext): Command {
  return new Command('setup')
    .description('prepare a new installation: operator, first account, key, first-run.json')
    .option('--new-token', 'make another operator token for an installation that has an operator')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nWorks on the database itself, with the same settings as the server; with the embedded database\n' +
        'the server must be stopped. Doing it again changes nothing.\n' +
        examples('setup', 'setup --new-token   # when the operator token was lost'),
    )
    .action((options: SetupOptions) => setUp(context, options))
}

async function setUp(context: CommandContext, options: SetupOptions): Promise<void> {
  const { settings, catalogue } = readConfiguration(context.environment, new Date())
  const stores = await openStores(settings, { report: context.note }).catch((error: unknown) => {
    throw startFailure(error)
  })
  try {
    if (options.newToken) {
      await printNewToken(context, options, stores)
      return
    }
    if ((await findByRole(stores.accounts, 'operator')) !== undefined) {
      sayDoneBefore(context, options, stores.folder.path)
      return
    }
    const url = addressOf(settings.host, settings.port)
    const { operatorEmail, production } = settings
    const people = production ? { operatorEmail, customerEmail: null } : peopleOf(operatorEmail)
    const place = { dataFolder: stores.folder.path, url, people }
    const firstRun = await handOver({ ...stores, randomBytes }, place)
    const facts = {
      url,
      ...modelFactsOf(catalogue),
      database: stores.database.kind,
      dataFolder: settings.dataFolder,
    }
    context.out(
      options.json
        ? `${JSON.stringify({ created: true, ...firstRun }, null, 2)}\n`
        : welcome(firstRun, { ...facts, listening: false }, context.colours),
    )
  } finally {
    await stores.close()
  }
}

async function printNewToken(
  context: CommandContext,
  options: SetupOptions,
  stores: Stores,
): Promise<void> {
  const token = await makeOperatorToken({ ...stores, randomBytes })
  if (token === undefined) {
    throw new ClientError('This installation has no operator yet.', {
      hint: 'Make one with: codelace setup',
    })
  }
  context.out(options.json ? `${JSON.stringify({ operator_token: token })}\n` : `${token}\n`)
  if (!options.json) context.note('Copy the token now: it is stored nowhere and not shown again.\n')
}

function sayDoneBefore(context: CommandContext, options: SetupOptions, dataFolder: string): void {
  const known = readFirstRun(dataFolder) !== undefined
  if (options.json) {
    const path = known ? firstRunPath(dataFolder) : null
    context.out(`${JSON.stringify({ created: false, first_run: path }, null, 2)}\n`)
    return
  }
  context.out(
    'This installation was set up before; nothing changed.\n' +
      (known
        ? `Its first keys are in ${firstRunPath(dataFolder)}\n`
        : 'If the operator token was lost, make another with: codelace setup --new-token\n'),
  )
}
