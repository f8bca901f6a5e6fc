import { Command, Option } from 'commander'

import type { CallInput, CallOutput } from '#app/client/client.ts'
import { renderPairs, renderTable } from '#app/terminal/table.ts'

import {
  addPageOptions,
  clientFor,
  examples,
  noteNextPage,
  printAnswer,
  remoteCommand,
  type CommandContext,
  type RemoteOptions,
} from './context.ts'
import { paintStatus, showMoment, showUsd } from './words.ts'

type Generation = CallOutput<'showGeneration'>['data']

/** `codelace generations …` */
export function generationsCommand(context: CommandContext): Command {
  return new Command('generations')
    .description('read the request log (never the content)')
    .addCommand(listCommand(context))
    .addCommand(showCommand(context))
}

interface ListOptions extends RemoteOptions {
  readonly account?: `acct_${string}`
  readonly model?: string
  readonly outcome?: Generation['outcome']
  readonly limit: number
  readonly after?: string
}

function listCommand(context: CommandContext): Command {
  return addPageOptions(remoteCommand('list', 'list requests, newest first'))
    .option('--account <account>', 'only of this account')
    .option('--model <model>', 'only answered by this model')
    .addOption(
      new Option('--outcome <outcome>', 'only those that ended so').choices([
        'completed',
        'refused',
        'upstream_failed',
        'client_gone',
      ]),
    )
    .addHelpText(
      'after',
      examples('generations list', 'generations list --outcome upstream_failed --limit 10'),
    )
    .action(async (options: ListOptions) => {
      const { account, model, outcome, limit, after } = options
      const query: CallInput<'listGenerations'>['query'] = {
        account_id: account,
        model,
        outcome,
        limit,
        after,
      }
      const answer = await clientFor(context, options).call('listGenerations', { query })
      printAnswer(context, options, {
        answer,
        render: ({ data }) => renderTable(generationColumns(context), data),
      })
      noteNextPage(context, options, answer.next)
    })
}

/** How a line of the request log looks in a list. */
export function generationColumns({ colours }: CommandContext) {
  return [
    { title: 'time', value: (one: Generation) => showMoment(one.created_at) },
    { title: 'id', value: ({ id }: Generation) => id },
    {
      title: 'model',
      value: (one: Generation) => one.resolved_model ?? one.requested_model ?? '–',
    },
    { title: 'provider', value: ({ provider }: Generation) => provider ?? '–' },
    {
      title: 'outcome',
      value: ({ outcome }: Generation) => outcome,
      paint: (text: string, { outcome }: Generation) => paintStatus(colours, outcome, text),
    },
    { title: 'status', value: ({ status }: Generation) => String(status), right: true },
    { title: 'in', value: ({ tokens }: Generation) => String(tokens.prompt), right: true },
    { title: 'out', value: ({ tokens }: Generation) => String(tokens.completion), right: true },
    { title: 'cost', value: ({ cost }: Generation) => showUsd(cost), right: true },
    {
      title: 'latency',
      value: (one: Generation) => `${Math.round(one.latency_ms)} ms`,
      right: true,
    },
  ]
}

function showCommand(context: CommandContext): Command {
  return remoteCommand('show', 'show one request with its routing path')
    .argument('<generation>', 'the id of the generation (gen-…)')
    .addHelpText('after', examples('generations show gen-1764000000-AbCdEfGhIjKlMnOpQrSt'))
    .action(async (generation: string, options: RemoteOptions) => {
      const answer = await clientFor(context, options).call('showGeneration', {
        params: { generation_id: generation as `gen-${string}` },
      })
      printAnswer(context, options, {
        answer,
        render: ({ data }) => renderPairs(factsOf(data)) + renderPath(data),
      })
    })
}

function factsOf(data: Generation): readonly (readonly [string, string])[] {
  const { tokens } = data
  const parts = Object.entries(tokens)
    .filter(([name, count]) => count > 0 && name !== 'prompt' && name !== 'completion')
    .map(([name, count]) => `${count} ${name.replaceAll('_', ' ')}`)
  const others = parts.length === 0 ? '' : ` (${parts.join(', ')})`
  return [
    ['id', data.id],
    ['time', showMoment(data.created_at)],
    ['account', data.account_id],
    ['key', data.key_id],
    ['requested', data.requested_model ?? '–'],
    ['resolved', data.resolved_model ?? '–'],
    ['provider', `${data.provider ?? '–'} ${data.upstream_model ?? ''}`.trim()],
    ['outcome', `${data.outcome} (${data.status}${data.fault_code ? ` ${data.fault_code}` : ''})`],
    ['finish', data.finish_reason ?? '–'],
    ['tokens', `${tokens.prompt} in, ${tokens.completion} out${others}`],
    ['counted by', data.usage_source],
    ['cost', `${showUsd(data.cost)}${data.price_version_id ? ` at ${data.price_version_id}` : ''}`],
    [
      'first token',
      data.time_to_first_token_ms === null ? '–' : `${data.time_to_first_token_ms} ms`,
    ],
    ['latency', `${data.latency_ms} ms${data.streamed ? ', streamed' : ''}`],
    ['client', [data.client_ip, data.user_agent].filter((part) => part !== null).join(' ') || '–'],
    ['kept', data.content_mode],
  ]
}

function renderPath({ routing_path: path }: Generation): string {
  if (path.length === 0) return ''
  const table = renderTable(
    [
      { title: 'attempt', value: ({ provider }) => provider },
      { title: 'model', value: (attempt) => attempt.upstream_model },
      {
        title: 'status',
        value: ({ status }) => (status === null ? '–' : String(status)),
        right: true,
      },
      { title: 'latency', value: (attempt) => `${attempt.latency_ms} ms`, right: true },
      { title: 'error', value: (attempt) => attempt.error_class ?? '' },
    ],
    path,
  )
  return `\n${table}`
}
