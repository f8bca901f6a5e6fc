import { Command } from 'commander'

import { renderTable } from '#app/terminal/table.ts'

import {
  clientFor,
  examples,
  printAnswer,
  remoteCommand,
  type CommandContext,
  type RemoteOptions,
} from './context.ts'

/** `codelace ledger …`. `fail` marks the command as failed without another word. */
export function ledgerCommand(context: CommandContext, fail: () => void): Command {
  return new Command('ledger')
    .description('check the books')
    .addCommand(verifyCommand(context, fail))
}

function verifyCommand(context: CommandContext, fail: () => void): Command {
  return remoteCommand(
    'verify',
    'recompute every balance from the entries; exit code 1 if any differs',
  )
    .addHelpText('after', examples('ledger verify', 'ledger verify --json'))
    .action(async (options: RemoteOptions) => {
      const answer = await clientFor(context, options).call('verifyLedger', {})
      const { colours } = context
      const render = ({ data }: typeof answer) =>
        data.balanced
          ? `${colours.green('Balanced')}: not one nano-dollar is astray.\n`
          : `${colours.red('Not balanced')}: ${data.differences.length} differences.\n\n` +
            renderTable(
              [
                { title: 'promise', value: ({ invariant }) => invariant },
                { title: 'account', value: (one) => one.account_id ?? '–' },
                {
                  title: 'difference',
                  value: ({ difference }) => `${difference} USD`,
                  right: true,
                },
                { title: 'what', value: ({ detail }) => detail },
              ],
              data.differences,
            )
      printAnswer(context, options, { answer, render })
      if (!answer.data.balanced) fail()
    })
}
