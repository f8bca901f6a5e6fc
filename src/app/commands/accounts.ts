import { Command } from 'commander'

import type { CallOutput } from '#app/client/client.ts'
import { renderPairs, renderTable } from '#app/terminal/table.ts'
import type { ContentMode } from '#domain/accounts.ts'

import {
  addPageOptions,
  clientFor,
  contentModeOption,
  examples,
  noteNextPage,
  printAnswer,
  remoteCommand,
  type CommandContext,
  type RemoteOptions,
} from './context.ts'
import { addLimitOptions, limitPairs, limitsChangeOf, type LimitOptions } from './limits.ts'
import { paintStatus, showMoment } from './words.ts'

type AccountAnswer = CallOutput<'createAccount'>

/** `codelace accounts …` */
export function accountsCommand(context: CommandContext): Command {
  return new Command('accounts')
    .description('create, find, limit, suspend and restore accounts')
    .addCommand(createCommand(context))
    .addCommand(listCommand(context))
    .addCommand(showCommand(context))
    .addCommand(updateCommand(context))
    .addCommand(limitsCommand(context))
    .addCommand(suspendCommand(context))
    .addCommand(restoreCommand(context))
}

function createCommand(context: CommandContext): Command {
  return remoteCommand('create', 'create a customer account, without credit')
    .argument('<name>', 'the name people will recognise it by')
    .option('--email <address>', 'where to write to')
    .addOption(contentModeOption('how much of its requests is kept (default: full)'))
    .addHelpText('after', examples('accounts create "Ada Ltd" --email ada@example.com'))
    .action(
      async (
        name: string,
        options: RemoteOptions & { email?: string; contentMode?: ContentMode },
      ) => {
        const answer = await clientFor(context, options).call('createAccount', {
          body: {
            display_name: name,
            email: options.email ?? null,
            ...(options.contentMode === undefined ? {} : { content_mode: options.contentMode }),
          },
        })
        printAnswer(context, options, { answer, render: renderAccount(context) })
      },
    )
}

function listCommand(context: CommandContext): Command {
  return addPageOptions(remoteCommand('list', 'list accounts, newest first'))
    .addHelpText('after', examples('accounts list', 'accounts list --limit 200 --json'))
    .action(async (options: RemoteOptions & { limit: number; after?: string }) => {
      const { limit, after } = options
      const answer = await clientFor(context, options).call('listAccounts', {
        query: { limit, after },
      })
      printAnswer(context, options, {
        answer,
        render: ({ data }) =>
          renderTable(
            [
              { title: 'id', value: ({ id }) => id },
              { title: 'name', value: (account) => account.display_name },
              {
                title: 'status',
                value: ({ status }) => status,
                paint: (text, { status }) => paintStatus(context.colours, status, text),
              },
              { title: 'role', value: ({ role }) => role },
              { title: 'created', value: (account) => showMoment(account.created_at) },
            ],
            data,
          ),
      })
      noteNextPage(context, options, answer.next)
    })
}

function showCommand(context: CommandContext): Command {
  return remoteCommand('show', 'show one account and the history of its status')
    .argument('<account>', 'the id of the account')
    .addHelpText('after', examples('accounts show acct_5uJ0l1a2b3c4d5e6f7g8'))
    .action(async (account: string, options: RemoteOptions) => {
      const answer = await clientFor(context, options).call('showAccount', {
        params: pathOf(account),
      })
      const render = ({ data }: typeof answer) =>
        renderAccount(context)({ data }) +
        (data.status_history.length === 0 ? '' : '\n') +
        data.status_history
          .map(({ at, status, reason }) => `${showMoment(at)}  ${status}${suffix(reason)}\n`)
          .join('')
      printAnswer(context, options, { answer, render })
    })
}

function updateCommand(context: CommandContext): Command {
  return remoteCommand('update', 'change how much of an account’s requests is kept')
    .argument('<account>', 'the id of the account')
    .addOption(contentModeOption('how much is kept from now on').makeOptionMandatory())
    .addHelpText('after', examples('accounts update acct_5uJ0… --content-mode none'))
    .action(async (account: string, options: RemoteOptions & { contentMode: ContentMode }) => {
      const answer = await clientFor(context, options).call('updateAccount', {
        params: pathOf(account),
        body: { content_mode: options.contentMode },
      })
      printAnswer(context, options, { answer, render: renderAccount(context) })
    })
}

interface LimitsOptions extends RemoteOptions, LimitOptions {
  readonly lift?: boolean
}

function limitsCommand(context: CommandContext): Command {
  const command = remoteCommand(
    'limits',
    'show what all keys of an account may use and have spent, or change it',
  )
    .argument('<account>', 'the id of the account')
    .option('--lift', 'lift all limits of the account')
    .addHelpText(
      'after',
      examples(
        'accounts limits acct_5uJ0…',
        'accounts limits acct_5uJ0… --concurrent-requests 20 --spend-per-month 500',
        'accounts limits acct_5uJ0… --spend-per-month none',
      ),
    )
  return addLimitOptions(command).action(async (account: string, options: LimitsOptions) => {
    const client = clientFor(context, options)
    const params = pathOf(account)
    const limits = options.lift ? null : limitsChangeOf(options)
    if (limits !== undefined) await client.call('updateAccount', { params, body: { limits } })
    const answer = await client.call('showAccount', { params })
    const render = ({ data }: typeof answer) =>
      renderPairs([['account', data.display_name], ...limitPairs(data.limits, data.spent)])
    printAnswer(context, options, { answer, render })
  })
}

function suspendCommand(context: CommandContext): Command {
  return remoteCommand('suspend', 'suspend an account: its keys stop working within seconds')
    .argument('<account>', 'the id of the account')
    .requiredOption('--reason <text>', 'why, for the account’s owner to read')
    .addHelpText('after', examples('accounts suspend acct_5uJ0… --reason "unpaid invoice"'))
    .action(async (account: string, options: RemoteOptions & { reason: string }) => {
      const answer = await clientFor(context, options).call('suspendAccount', {
        params: pathOf(account),
        body: { reason: options.reason },
      })
      printAnswer(context, options, { answer, render: renderAccount(context) })
    })
}

function restoreCommand(context: CommandContext): Command {
  return remoteCommand('restore', 'make a suspended account active again')
    .argument('<account>', 'the id of the account')
    .option('--reason <text>', 'why, for the history')
    .addHelpText('after', examples('accounts restore acct_5uJ0… --reason "invoice paid"'))
    .action(async (account: string, options: RemoteOptions & { reason?: string }) => {
      const answer = await clientFor(context, options).call('restoreAccount', {
        params: pathOf(account),
        body: { reason: options.reason ?? null },
      })
      printAnswer(context, options, { answer, render: renderAccount(context) })
    })
}

/** An id goes to the server as it was typed: it is the server that says that nothing is there. */
export function pathOf(account: string): { account_id: `acct_${string}` } {
  return { account_id: account as `acct_${string}` }
}

function renderAccount({ colours }: CommandContext) {
  return ({ data }: AccountAnswer): string =>
    renderPairs([
      ['id', data.id],
      ['name', data.display_name],
      ['email', data.email ?? '–'],
      ['role', data.role],
      ['status', `${data.status}${suffix(data.status_reason)}`],
      ['content', data.content_mode],
      ['created', showMoment(data.created_at)],
    ]).replace(/^(status\s+)(\w+)/m, (_, start: string, status: string) => {
      return start + paintStatus(colours, status, status)
    })
}

function suffix(reason: string | null): string {
  return reason === null ? '' : `: ${reason}`
}
