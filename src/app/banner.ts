import type { Catalogue } from '#domain/catalogue.ts'
import { formatUsdForPeople } from '#domain/money.ts'

import type { FirstRun } from './first-run-file.ts'
import { demoCreditNanoUsd } from './setup.ts'
import type { Colours } from './terminal/colours.ts'

const echoModel = 'sim/echo'

/** What is worth saying when the server listens. */
export interface BannerFacts {
  readonly url: string
  readonly modelCount: number
  readonly database: 'embedded' | 'server'
  readonly dataFolder: string
  /** True when models are served, and all of them are simulated. */
  readonly onlySimulated: boolean
  /** A model to try; null: none is served. */
  readonly exampleModel: string | null
  /** False for an installation that was prepared and not started. */
  readonly listening: boolean
}

/** What is worth saying of the models: the one to try is simulated where one is, so that it costs nothing. */
export function modelFactsOf({
  models,
  providers,
}: Pick<Catalogue, 'models' | 'providers'>): Pick<
  BannerFacts,
  'modelCount' | 'onlySimulated' | 'exampleModel'
> {
  const isSimulated = ({ baseUrl }: { readonly baseUrl: string }) =>
    baseUrl.startsWith('simulated:')
  const ids = models.map(({ id }) => id)
  return {
    modelCount: models.length,
    onlySimulated: models.length > 0 && providers.every(isSimulated),
    exampleModel: ids.includes(echoModel) ? echoModel : (ids[0] ?? null),
  }
}

/** Said on the very first start, and by `codelace setup`: the only time that secrets are shown. */
export function welcome(firstRun: FirstRun, facts: BannerFacts, colours: Colours): string {
  const { bold, dim, cyan } = colours
  const { exampleModel } = facts
  const tryIt =
    exampleModel === null ? '' : `  Try it:\n\n${indent(curlExample(firstRun, exampleModel))}\n\n`
  return `
${bold('codelace')} ${facts.listening ? 'is listening on' : 'is prepared for'} ${cyan(facts.url)}

  An account with ${formatUsdForPeople(demoCreditNanoUsd)} of demo credit is ready. Its API key:

    ${bold(firstRun.api_key)}

${tryIt}  The dashboard: ${cyan(`${facts.url}/app`)}
${signInHint(firstRun)}
  ${dim(`The key and the operator token are kept in ${facts.dataFolder}/first-run.json,`)}
  ${dim('which only you can read. They are not shown again.')}

${providersHint(facts)}  Look around: npm run codelace -- --help
`
}

/** The address to sign in with, where its code is printed on this very terminal. */
function signInHint({ email }: FirstRun): string {
  if (email === undefined || !email.endsWith('.test')) return ''
  return `  Sign in there as ${email}: the code is printed here.\n`
}

/** Said on every later start. It holds no secret. */
export function banner(facts: BannerFacts, colours: Colours): string {
  const { bold, cyan, dim } = colours
  const models = facts.modelCount === 1 ? '1 model' : `${facts.modelCount} models`
  const simulated = facts.onlySimulated ? ', all simulated' : ''
  const database = facts.database === 'embedded' ? 'embedded database' : 'PostgreSQL'
  return (
    `${bold('codelace')} is listening on ${cyan(facts.url)}, the dashboard is at ${cyan(`${facts.url}/app`)}\n` +
    dim(`${models}${simulated} · ${database} · data in ${facts.dataFolder}\n`)
  )
}

/** A request ready to paste. */
export function curlExample(
  { url, api_key }: Pick<FirstRun, 'url' | 'api_key'>,
  model: string,
): string {
  return [
    `curl ${url}/v1/chat/completions \\`,
    `  -H "Authorization: Bearer ${api_key}" \\`,
    '  -H "Content-Type: application/json" \\',
    `  -d '{"model": "${model}", "messages": [{"role": "user", "content": "Hello!"}]}'`,
  ].join('\n')
}

/** How to reach real models, where none is there yet. */
function providersHint({ onlySimulated, exampleModel }: BannerFacts): string {
  if (exampleModel !== null && !onlySimulated) return ''
  const now = exampleModel === null ? 'No model is served yet.' : `${exampleModel} is a simulation.`
  return `  ${now} For real models, start codelace with a provider's key:

    OPENAI_API_KEY=sk-... npm start

  or with CODELACE_CONFIG=<file> for any OpenAI-compatible provider, at your own prices.

`
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ')
}
