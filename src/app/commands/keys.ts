import { Command, Option } from 'commander'

import type { CallOutput } from '#app/client/client.ts'
import { renderPairs, renderTable } from '#app/terminal/table.ts'
import type { ContentMode, KeyKind } from '#domain/accounts.ts'

import { pathOf } from './accounts.ts'
import {
  clientFor,
  contentModeOption,
  examples,
  printAnswer,
  readMoment,
  remoteCommand,
  type CommandContext,
  type RemoteOptions,
} from './context.ts'
import { addLimitOptions, limitPairs, limitsChangeOf, type LimitOptions } from './limits.ts'
import { rotateCommand } from './rotate-key.ts'
import { paintStatus, showMoment } from './words.ts'

type Key = CallOutput<'revokeKey'>['data']

/** `codelace keys …` */
export function keysCommand(context: CommandContext): Command {
  return new Command('keys')
    .description('create, list, limit, rotate and revoke the keys of accounts')
    .addCommand(createCommand(context))
    .addCommand(listCommand(context))
    .addCommand(limitsCommand(context))
    .addCommand(rotateCommand(context))
    .addCommand(revokeCommand(context))
}

interface CreateOptions extends RemoteOptions, LimitOptions {
  readonly kind: KeyKind
  readonly contentMode?: ContentMode
  readonly expires?: string
}

function createCommand(context: CommandContext): Command {
  const command = remoteCommand(
    'create',
    'create a key; its secret is printed here and never again',
  )
    .argument('<account>', 'the id of the account')
    .argument('<name>', 'what the key is for')
    .addOption(
      new Option('--kind <kind>', 'inference opens /v1, operator opens /api')
        .choices(['inference', 'operator'])
        .default('inference'),
    )
    .addOption(contentModeOption('keep less of its requests than the account does'))
    .option('--expires <date>', 'when it stops working', readMoment)
    .addHelpText(
      'after',
      examples(
        'keys create acct_5uJ0… laptop',
        'keys create acct_5uJ0… ci --content-mode none --expires 2027-01-31',
        'keys create acct_5uJ0… intern --spend-per-month 20 --models "openai/*"',
      ),
    )
  return addLimitOptions(command).action(
    async (account: string, name: string, options: CreateOptions) => {
      const answer = await clientFor(context, options).call('createKey', {
        params: pathOf(account),
        body: {
          name,
          kind: options.kind,
          content_mode: options.contentMode ?? null,
          limits: limitsChangeOf(options) ?? null,
          expires_at: options.expires ?? null,
        },
      })
      printAnswer(context, options, {
        answer,
        render: ({ data, key }) =>
          renderPairs([
            ['id', data.id],
            ['name', data.name],
            ['key', key],
          ]),
      })
      if (!options.json)
        context.note('Copy the key now: it is stored nowhere and not shown again.\n')
    },
  )
}

function listCommand(context: CommandContext): Command {
  return remoteCommand('list', 'list the keys of an account, newest first')
    .argument('<account>', 'the id of the account')
    .addHelpText('after', examples('keys list acct_5uJ0…'))
    .action(async (account: string, options: RemoteOptions) => {
      const answer = await clientFor(context, options).call('listKeys', {
        params: pathOf(account),
      })
      const nowMs = Date.now()
      const render = ({ data }: typeof answer) =>
        renderTable(
          [
            { title: 'id', value: ({ id }) => id },
            { title: 'name', value: ({ name }) => name },
            { title: 'key', value: ({ label }) => label },
            { title: 'kind', value: ({ kind }) => kind },
            {
              title: 'status',
              value: (key) => statusOf(key, nowMs),
              paint: (text, key) => paintStatus(context.colours, statusOf(key, nowMs), text),
            },
            { title: 'content', value: (key) => key.content_mode ?? '' },
            { title: 'created', value: (key) => showMoment(key.created_at) },
            { title: 'expires', value: (key) => showExpiry(key) },
          ],
          data,
        )
      printAnswer(context, options, { answer, render })
    })
}

interface LimitsOptions extends RemoteOptions, LimitOptions {
  readonly lift?: boolean
}

function limitsCommand(context: CommandContext): Command {
  const command = remoteCommand('limits', 'show what a key may use and has spent, or change it')
    .argument('<key>', 'the id of the key (key_…), not its secret')
    .option('--lift', 'lift all limits of the key')
    .addHelpText(
      'after',
      examples(
        'keys limits key_8fK2…',
        'keys limits key_8fK2… --requests-per-minute 60 --spend-per-day 5',
        'keys limits key_8fK2… --spend-per-day none',
      ),
    )
  return addLimitOptions(command).action(async (key: string, options: LimitsOptions) => {
    const client = clientFor(context, options)
    const params = { key_id: key as `key_${string}` }
    const limits = options.lift ? null : limitsChangeOf(options)
    if (limits !== undefined) await client.call('updateKey', { params, body: { limits } })
    const answer = await client.call('showKey', { params })
    const render = ({ data }: typeof answer) =>
      renderPairs([['key', `${data.label} (${data.name})`], ...limitPairs(data.limits, data.spent)])
    printAnswer(context, options, { answer, render })
  })
}

function revokeCommand(context: CommandContext): Command {
  return remoteCommand('revoke', 'revoke a key: it stops working within seconds, for good')
    .argument('<key>', 'the id of the key (key_…), not its secret')
    .addHelpText('after', examples('keys revoke key_8fK2…'))
    .action(async (key: string, options: RemoteOptions) => {
      const answer = await clientFor(context, options).call('revokeKey', {
        params: { key_id: key as `key_${string}` },
      })
      const render = ({ data }: typeof answer) =>
        `Revoked ${data.label} (${data.name}) at ${showMoment(data.revoked_at ?? '')}.\n`
      printAnswer(context, options, { answer, render })
    })
}

function statusOf(key: Key, nowMs: number): 'active' | 'revoked' | 'expired' {
  if (key.revoked_at !== null) return 'revoked'
  return key.expires_at !== null && Date.parse(key.expires_at) <= nowMs ? 'expired' : 'active'
}

function showExpiry(key: Key): string {
  return key.expires_at === null ? 'never' : showMoment(key.expires_at)
}
