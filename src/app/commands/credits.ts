import { randomUUID } from 'node:crypto'

import { Command, InvalidArgumentError, Option } from 'commander'

import type { CallOutput } from '#app/client/client.ts'
import { renderPairs, renderTable } from '#app/terminal/table.ts'

import { pathOf } from './accounts.ts'
import {
  clientFor,
  examples,
  printAnswer,
  readMoment,
  remoteCommand,
  type CommandContext,
  type RemoteOptions,
} from './context.ts'
import { showMoment, showUsd } from './words.ts'

type Grant = CallOutput<'grantCredit'>['data']

/** `codelace credits …` */
export function creditsCommand(context: CommandContext): Command {
  return new Command('credits')
    .description('add credit to accounts and see what they have')
    .addCommand(grantCommand(context))
    .addCommand(showCommand(context))
}

interface GrantOptions extends RemoteOptions {
  readonly kind: Grant['kind']
  readonly effectKey?: string
  readonly expires?: string
  readonly priority?: number
  readonly note?: string
}

function grantCommand(context: CommandContext): Command {
  return remoteCommand('grant', 'add credit to an account')
    .argument('<account>', 'the id of the account')
    .argument('<amount>', 'US dollars, such as 5 or 0.25')
    .addOption(
      new Option('--kind <kind>', 'where the credit comes from')
        .choices(['paid', 'promotional', 'trial'])
        .default('promotional'),
    )
    .option('--effect-key <key>', 'repeat the command with the same key, and it still counts once')
    .option('--expires <date>', 'the rest ends then', readMoment)
    .option('--priority <number>', 'lower is spent first', readPriority)
    .option('--note <text>', 'what it is for')
    .addHelpText(
      'after',
      examples(
        'credits grant acct_5uJ0… 5',
        'credits grant acct_5uJ0… 20 --kind paid --effect-key invoice-2031',
        'credits grant acct_5uJ0… 1 --kind trial --expires 2027-01-31',
      ),
    )
    .action(async (account: string, amount: string, options: GrantOptions) => {
      const answer = await clientFor(context, options).call('grantCredit', {
        params: pathOf(account),
        body: {
          amount,
          kind: options.kind,
          effect_key: options.effectKey ?? randomUUID(),
          expires_at: options.expires ?? null,
          priority: options.priority ?? null,
          note: options.note ?? null,
        },
      })
      const render = ({ data, created }: typeof answer) =>
        (created ? '' : 'This effect key was used before; nothing was added now.\n\n') +
        renderTable(grantColumns, [data])
      printAnswer(context, options, { answer, render })
    })
}

function readPriority(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

function showCommand(context: CommandContext): Command {
  return remoteCommand('show', 'show what an account has, and the grants it comes from')
    .argument('<account>', 'the id of the account')
    .addHelpText('after', examples('credits show acct_5uJ0…'))
    .action(async (account: string, options: RemoteOptions) => {
      const answer = await clientFor(context, options).call('showCredits', {
        params: pathOf(account),
      })
      const render = ({ data }: typeof answer) =>
        renderPairs([
          ['available', showUsd(data.available)],
          ['held', showUsd(data.held)],
          ['spent', showUsd(data.spent)],
          ['granted', showUsd(data.granted)],
        ]) + (data.grants.length === 0 ? '' : `\n${renderTable(grantColumns, data.grants)}`)
      printAnswer(context, options, { answer, render })
    })
}

const grantColumns = [
  { title: 'grant', value: ({ id }: Grant) => id },
  { title: 'kind', value: ({ kind }: Grant) => kind },
  { title: 'amount', value: ({ amount }: Grant) => showUsd(amount), right: true },
  { title: 'left', value: ({ remaining }: Grant) => showUsd(remaining), right: true },
  { title: 'created', value: (grant: Grant) => showMoment(grant.created_at) },
  {
    title: 'expires',
    value: (grant: Grant) => (grant.expires_at === null ? 'never' : showMoment(grant.expires_at)),
  },
  { title: 'note', value: ({ note }: Grant) => note ?? '' },
]
