import { Command } from 'commander'

import { renderTable } from '#app/terminal/table.ts'

import { pathOf } from './accounts.ts'
import {
  clientFor,
  examples,
  printAnswer,
  remoteCommand,
  type CommandContext,
  type RemoteOptions,
} from './context.ts'
import { showMoment } from './words.ts'

/** `codelace members …` */
export function membersCommand(context: CommandContext): Command {
  return new Command('members')
    .description('see who belongs to accounts')
    .addCommand(listCommand(context))
}

function listCommand(context: CommandContext): Command {
  return remoteCommand('list', 'list who belongs to an account, and as what')
    .argument('<account>', 'the id of the account')
    .addHelpText('after', examples('members list acct_5uJ0…', 'members list acct_5uJ0… --json'))
    .action(async (account: string, options: RemoteOptions) => {
      const answer = await clientFor(context, options).call('listMembers', {
        params: pathOf(account),
      })
      const render = ({ data }: typeof answer) =>
        renderTable(
          [
            { title: 'id', value: ({ person_id: id }) => id },
            { title: 'e-mail', value: ({ email }) => email },
            { title: 'name', value: ({ display_name: name }) => name },
            { title: 'role', value: ({ role }) => role },
            { title: 'since', value: ({ since }) => showMoment(since) },
          ],
          data,
        )
      printAnswer(context, options, { answer, render })
    })
}
