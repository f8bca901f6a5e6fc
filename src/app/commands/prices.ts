import { Command } from 'commander'

import type { CallOutput, Client } from '#app/client/client.ts'
import { readConfiguration } from '#app/read-configuration.ts'
import { renderPairs, renderTable } from '#app/terminal/table.ts'
import { viewPriceVersion } from '#control/prices/price-version-view.ts'
import { pricesOf } from '#domain/catalogue.ts'

import {
  clientFor,
  examples,
  printAnswer,
  remoteCommand,
  type CommandContext,
  type RemoteOptions,
} from './context.ts'
import { rerateCommand } from './rerate.ts'
import { showMoment } from './words.ts'

type PriceVersion = CallOutput<'showPriceVersion'>['data']
type Rates = PriceVersion['base']

/** `codelace prices …`. `fail` marks the command as failed without another word. */
export function pricesCommand(context: CommandContext, fail: () => void): Command {
  return new Command('prices')
    .description('see what was charged when, change prices, and compute past charges again')
    .addCommand(historyCommand(context))
    .addCommand(showCommand(context))
    .addCommand(diffCommand(context))
    .addCommand(applyCommand(context))
    .addCommand(rerateCommand(context, fail))
}

function historyCommand(context: CommandContext): Command {
  return remoteCommand('history', 'list every change of price, newest first')
    .argument('[endpoint]', 'only this one: model and provider joined by @')
    .addHelpText('after', examples('prices history', 'prices history openai/gpt-5@openai'))
    .action(async (endpoint: string | undefined, options: RemoteOptions) => {
      const answer = await clientFor(context, options).call('listPriceChanges', {
        query: { endpoint },
      })
      const render = ({ data }: typeof answer) =>
        renderTable(
          [
            { title: 'from', value: (change) => showMoment(change.effective_from) },
            { title: 'endpoint', value: (change) => change.endpoint },
            { title: 'version', value: (change) => change.version_id },
          ],
          data,
        )
      printAnswer(context, options, { answer, render })
    })
}

function showCommand(context: CommandContext): Command {
  return remoteCommand('show', 'show one version of a price, in US dollars per million tokens')
    .argument('<version>', 'the id of the version (price_…)')
    .addHelpText('after', examples('prices show price_60e88ea18f50767ddcf4a83fc45708d0'))
    .action(async (version: string, options: RemoteOptions) => {
      const answer = await showVersion(clientFor(context, options), version)
      const render = ({ data }: typeof answer) =>
        [
          renderRates(data.base),
          ...data.tiers.map(
            (tier) =>
              `\nfrom ${tier.min_prompt_tokens} prompt tokens on:\n${renderRates(tier.rates)}`,
          ),
        ].join('')
      printAnswer(context, options, { answer, render })
    })
}

/** One rate that would change. Null stands for a rate, or a whole endpoint, that is not there. */
interface RateChange {
  readonly endpoint: string
  readonly rate: string
  readonly in_force: string | null
  readonly configured: string | null
}

function diffCommand(context: CommandContext): Command {
  return remoteCommand(
    'diff',
    'compare the prices configured here with those that the server charges now',
  )
    .addHelpText(
      'after',
      '\nThe configuration is that of this environment (CODELACE_CONFIG and provider keys). To see what the\n' +
        'server would make of its own, use: codelace prices apply --dry-run\n' +
        examples('prices diff', 'prices diff --json   # with CODELACE_CONFIG=next.json before it'),
    )
    .action(async (options: RemoteOptions) => {
      const answer = { data: await findChanges(context, clientFor(context, options)) }
      printAnswer(context, options, { answer, render: ({ data }) => renderChanges(data) })
    })
}

/** Rates in US dollars per million tokens, and per request where the rate is that of a request. */
function renderChanges(changes: readonly RateChange[]): string {
  if (changes.length === 0) return 'No price would change.\n'
  return renderTable(
    [
      { title: 'endpoint', value: ({ endpoint }) => endpoint },
      { title: 'rate', value: ({ rate }) => rate },
      { title: 'in force', value: (change) => change.in_force ?? '–', right: true },
      { title: 'configured', value: ({ configured }) => configured ?? '–', right: true },
    ],
    changes,
  )
}

async function findChanges(
  { environment }: CommandContext,
  client: Client,
): Promise<readonly RateChange[]> {
  const { catalogue } = readConfiguration(environment, new Date())
  const { data } = await client.call('listPrices', {})
  const inForce = new Map(data.map(({ endpoint, version }) => [endpoint, version]))
  const configured = new Map(
    pricesOf(catalogue).map(({ endpoint, version }) => [endpoint, viewPriceVersion(version)]),
  )
  return [...new Set([...inForce.keys(), ...configured.keys()])]
    .toSorted()
    .flatMap((endpoint) =>
      compare(endpoint, { before: inForce.get(endpoint), after: configured.get(endpoint) }),
    )
}

function compare(
  endpoint: string,
  versions: { before: PriceVersion | undefined; after: PriceVersion | undefined },
): readonly RateChange[] {
  const before = flatten(versions.before)
  const after = flatten(versions.after)
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((rate) => ({
      endpoint,
      rate,
      in_force: before.get(rate) ?? null,
      configured: after.get(rate) ?? null,
    }))
    .filter((change) => change.in_force !== change.configured)
}

function flatten(version: PriceVersion | undefined): ReadonlyMap<string, string> {
  if (version === undefined) return new Map()
  return new Map([
    ...Object.entries(version.base).map(([name, rate]) => [wordsOf(name), rate] as const),
    ...version.tiers.flatMap((tier) =>
      Object.entries(tier.rates).map(
        ([name, rate]) => [tierWords(name, tier.min_prompt_tokens), rate] as const,
      ),
    ),
  ])
}

interface ApplyOptions extends RemoteOptions {
  readonly dryRun?: boolean
  readonly yes?: boolean
}

function applyCommand(context: CommandContext): Command {
  return remoteCommand('apply', 'make the server read its configuration again, without a restart')
    .option('--dry-run', 'only check it, and show what would change')
    .option('--yes', 'apply it without showing first what would change')
    .addHelpText(
      'after',
      '\nThe configuration is the file that the server itself was started with (its CODELACE_CONFIG), and\n' +
        'is checked whole: with one mistake in it nothing changes. New requests get the new prices;\n' +
        'requests under way keep the price they began with.\n' +
        examples('prices apply --dry-run', 'prices apply --yes'),
    )
    .action(async (options: ApplyOptions) => {
      const client = clientFor(context, options)
      const isDry = options.dryRun === true || options.yes !== true
      const answer = isDry
        ? await client.call('previewPrices', {})
        : await client.call('applyPrices', {})
      const render = ({ data }: typeof answer) =>
        data.length === 0 ? renderUnchanged(isDry) : renderChanges(data.flatMap(rateChangesOf))
      printAnswer(context, options, { answer, render })
      if (!isDry) context.note('The server serves its configuration as it stands now.\n')
      else if (options.dryRun !== true) {
        context.note('Nothing was changed yet. To apply it: codelace prices apply --yes\n')
      }
    })
}

function renderUnchanged(isDry: boolean): string {
  return isDry ? 'No price would change.\n' : 'No price changed.\n'
}

type EndpointChange = CallOutput<'previewPrices'>['data'][number]

function rateChangesOf({ endpoint, rates }: EndpointChange): readonly RateChange[] {
  return rates.map(({ rate, min_prompt_tokens, before, after }) => ({
    endpoint,
    rate: min_prompt_tokens === 0 ? wordsOf(rate) : tierWords(rate, min_prompt_tokens),
    in_force: before,
    configured: after,
  }))
}

function showVersion(client: Client, version: string) {
  return client.call('showPriceVersion', {
    params: { price_version_id: version as `price_${string}` },
  })
}

function renderRates(rates: Rates): string {
  return renderPairs(Object.entries(rates).map(([name, rate]) => [wordsOf(name), `$${rate}`]))
}

function wordsOf(name: string): string {
  return name.replaceAll('_', ' ')
}

function tierWords(name: string, minPromptTokens: number): string {
  return `${wordsOf(name)} from ${minPromptTokens}`
}
