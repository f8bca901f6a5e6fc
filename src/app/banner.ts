import { formatUsdForPeople } from '#domain/money.ts'

import type { FirstRun } from './first-run-file.ts'
import { demoCreditNanoUsd } from './setup.ts'
import type { Colours } from './terminal/colours.ts'

/** What is worth saying when the server listens. */
export interface BannerFacts {
  readonly url: string
  readonly modelCount: number
  readonly database: 'embedded' | 'server'
  readonly dataFolder: string
  /** True when only simulated models can answer. */
  readonly onlySimulated: boolean
  /** False for an installation that was prepared and not started. */
  readonly listening: boolean
}

/** Said on the very first start, and by `codelace setup`: the only time that secrets are shown. */
export function welcome(firstRun: FirstRun, facts: BannerFacts, colours: Colours): string {
  const { bold, dim, cyan } = colours
  return `
${bold('codelace')} ${facts.listening ? 'is listening on' : 'is prepared for'} ${cyan(facts.url)}

  An account with ${formatUsdForPeople(demoCreditNanoUsd)} of demo credit is ready. Its API key:

    ${bold(firstRun.api_key)}

  Try it:

${indent(curlExample(firstRun))}

  The dashboard: ${cyan(`${facts.url}/app`)}
${signInHint(firstRun)}
  ${dim(`The key and the operator token are kept in ${facts.dataFolder}/first-run.json,`)}
  ${dim('which only you can read. They are not shown again.')}

${facts.onlySimulated ? `${realProviders()}\n` : ''}  Look around: npm run codelace -- --help
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
export function curlExample({ url, api_key }: Pick<FirstRun, 'url' | 'api_key'>): string {
  return [
    `curl ${url}/v1/chat/completions \\`,
    `  -H "Authorization: Bearer ${api_key}" \\`,
    '  -H "Content-Type: application/json" \\',
    `  -d '{"model": "sim/echo", "messages": [{"role": "user", "content": "Hello!"}]}'`,
  ].join('\n')
}

function realProviders(): string {
  return `  sim/echo is a simulation. For real models, start codelace with a provider's key:

    OPENAI_API_KEY=sk-... npm start

  or with CODELACE_CONFIG=<file> for any OpenAI-compatible provider, at your own prices.
`
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ')
}
