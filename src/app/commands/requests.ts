import { Command, Option } from 'commander'

import type { CallInput } from '#app/client/client.ts'
import { renderTable } from '#app/terminal/table.ts'

import { pathOf } from './accounts.ts'
import {
  addPageOptions,
  clientFor,
  examples,
  noteNextPage,
  printAnswer,
  readMoment,
  remoteCommand,
  type CommandContext,
  type RemoteOptions,
} from './context.ts'
import { generationColumns } from './generations.ts'

type Query = CallInput<'listRequests'>['query']

interface ListOptions extends RemoteOptions {
  readonly key?: string
  readonly model?: string
  readonly provider?: string
  readonly status?: string
  readonly from?: string
  readonly until?: string
  readonly sort: NonNullable<Query['sort']>
  readonly rising?: boolean
  readonly limit: number
  readonly after?: string
}

/** `codelace requests …` */
export function requestsCommand(context: CommandContext): Command {
  return new Command('requests')
    .description('search the requests of an account (never the content)')
    .addCommand(listCommand(context))
}

function listCommand(context: CommandContext): Command {
  const sorts = ['time', 'cost', 'latency', 'tokens']
  return addPageOptions(remoteCommand('list', 'list requests by any combination of filters'))
    .argument('<account>', 'the id of the account')
    .option('--key <keys>', 'only with these keys (key_…), separated by commas')
    .option('--model <models>', 'only answered by these models, separated by commas')
    .option('--provider <providers>', 'only answered by these providers, separated by commas')
    .option('--status <status>', 'only with this status: 429, 4xx or 400-499')
    .option('--from <date>', 'from this moment on', readMoment)
    .option('--until <date>', 'until this moment', readMoment)
    .addOption(new Option('--sort <what>', 'what comes first').choices(sorts).default('time'))
    .option('--rising', 'the smallest, or the oldest, first')
    .addHelpText(
      'after',
      examples(
        'requests list acct_5uJ0…',
        'requests list acct_5uJ0… --status 5xx --from 2027-01-31',
        'requests list acct_5uJ0… --sort cost --limit 10 --json',
      ),
    )
    .action(async (account: string, options: ListOptions) => {
      const answer = await clientFor(context, options).call('listRequests', {
        params: pathOf(account),
        query: queryOf(options),
      })
      printAnswer(context, options, {
        answer,
        render: ({ data }) => renderTable(generationColumns(context), data),
      })
      noteNextPage(context, options, answer.next)
    })
}

function queryOf(options: ListOptions): Query {
  const { key, model, provider, status, from, until, sort, rising, limit, after } = options
  const order = rising ? 'rising' : 'falling'
  return { key_id: key, model, provider, status, from, until, sort, order, limit, after }
}
