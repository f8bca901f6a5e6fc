import type { Command } from 'commander'

import type { CallOutput } from '#app/client/client.ts'
import type { Colours } from '#app/terminal/colours.ts'
import { renderPairs, renderTable } from '#app/terminal/table.ts'

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

type Rerating = CallOutput<'reratePrices'>['data']

interface RerateOptions extends RemoteOptions {
  readonly from: string
  readonly to: string
}

/** `codelace prices rerate`. `fail` marks the command as failed without another word. */
export function rerateCommand(context: CommandContext, fail: () => void): Command {
  return remoteCommand(
    'rerate',
    'compute the charges of a period again; exit code 1 if any differs from what was charged',
  )
    .requiredOption('--from <moment>', 'the first moment of the period, UTC', readMoment)
    .requiredOption('--to <moment>', 'the first moment after it, UTC', readMoment)
    .addHelpText(
      'after',
      '\nEvery charge is computed from its logged tokens at the price version it names, and changes nothing.\n' +
        examples(
          'prices rerate --from 2026-11-01 --to 2026-12-01',
          'prices rerate --from 2026-11-22T09:00:00Z --to 2026-11-22T10:00:00Z --json',
        ),
    )
    .action(async (options: RerateOptions) => {
      const { from, to } = options
      const answer = await clientFor(context, options).call('reratePrices', { query: { from, to } })
      const render = ({ data }: typeof answer) => renderRerating(data, context.colours)
      printAnswer(context, options, { answer, render })
      if (answer.data.different > 0) fail()
    })
}

function renderRerating(rerating: Rerating, colours: Colours): string {
  const { different, differences, orphans } = rerating
  const verdict =
    different === 0
      ? `${colours.green('The same')}: every charge is what its tokens cost.`
      : `${colours.red('Not the same')}: ${different} of ${rerating.charges} charges differ.`
  const sums = renderPairs([
    ['charges', `${rerating.charges}`],
    ['charged', showUsd(rerating.charged)],
    ['computed again', showUsd(rerating.rerated)],
    ['before rounding', `$${rerating.rerated_exact}`],
    ['orphans', `${orphans.count}, charged ${showUsd(orphans.charged)}`],
  ])
  const parts = [`${verdict}\n`, sums]
  if (differences.length > 0) parts.push(renderDifferences(rerating))
  if (orphans.charges.length > 0) parts.push(renderOrphans(rerating))
  return parts.join('\n')
}

function renderDifferences({ differences, different }: Rerating): string {
  const table = renderTable(
    [
      { title: 'at', value: (one) => showMoment(one.created_at) },
      { title: 'generation', value: (one) => one.generation_id },
      { title: 'charged', value: (one) => showUsd(one.charged), right: true },
      {
        title: 'computed again',
        value: ({ rerated }) => (rerated === null ? 'unknown price' : showUsd(rerated)),
        right: true,
      },
      { title: 'version', value: (one) => one.price_version_id ?? '–' },
    ],
    differences,
  )
  return table + andMore(different - differences.length)
}

function renderOrphans({ orphans }: Rerating): string {
  const table = renderTable(
    [
      { title: 'at', value: (one) => showMoment(one.created_at) },
      { title: 'orphan', value: (one) => one.generation_id },
      { title: 'charged', value: (one) => showUsd(one.charged), right: true },
    ],
    orphans.charges,
  )
  const why =
    'Their node died in mid-answer: the last known cost was charged, the tokens are not known.\n'
  return table + andMore(orphans.count - orphans.charges.length) + why
}

function andMore(count: number): string {
  return count === 0 ? '' : `and ${count} more\n`
}
