import { readFileSync } from 'node:fs'

import { Command, Option } from 'commander'

import { ClientError } from '#app/client/client-error.ts'
import type { CallOutput } from '#app/client/client.ts'
import { renderPairs, renderTable } from '#app/terminal/table.ts'
import { type CredentialUse, credentialUses } from '#domain/own-credentials.ts'

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

type Credential = CallOutput<'showCredential'>['data']

/** `codelace credentials …` */
export function credentialsCommand(context: CommandContext): Command {
  return new Command('credentials')
    .description('list, add, try, switch off and remove provider keys of an account’s own')
    .addCommand(listCommand(context))
    .addCommand(addCommand(context))
    .addCommand(testCommand(context))
    .addCommand(switchCommand(context, true))
    .addCommand(switchCommand(context, false))
    .addCommand(removeCommand(context))
}

function listCommand(context: CommandContext): Command {
  return remoteCommand('list', 'list the provider keys of an account in the order of their use')
    .argument('<account>', 'the id of the account')
    .addHelpText('after', examples('credentials list acct_5uJ0…'))
    .action(async (account: string, options: RemoteOptions) => {
      const answer = await clientFor(context, options).call('listCredentials', {
        params: pathOf(account),
      })
      const render = ({ data }: typeof answer) =>
        renderTable(
          [
            { title: 'id', value: ({ id }) => id },
            { title: 'provider', value: ({ provider }) => provider },
            { title: 'label', value: ({ label }) => label },
            { title: 'key', value: showSecret },
            { title: 'use', value: showUse },
            { title: 'last test', value: ({ last_test: test }) => test?.outcome ?? 'never' },
            { title: 'created', value: (credential) => showMoment(credential.created_at) },
          ],
          data,
        )
      printAnswer(context, options, { answer, render })
    })
}

interface AddOptions extends RemoteOptions {
  readonly secretEnv?: string
  readonly secretFile?: string
  readonly aws?: boolean
  readonly baseUrl?: string
  readonly region?: string
  readonly model?: readonly ModelPair[]
  readonly use: CredentialUse
}

interface ModelPair {
  readonly model: string
  readonly upstream_model: string | null
}

function addCommand(context: CommandContext): Command {
  return remoteCommand('add', 'keep a key of the account’s own for a provider, and try it')
    .argument('<account>', 'the id of the account')
    .argument('<provider>', 'the slug of a provider, "azure", or "custom" for a compatible server')
    .argument('<label>', 'how people will recognise it')
    .option('--secret-env <name>', 'the environment variable that holds the key')
    .option('--secret-file <path>', 'the file that holds the key; - reads standard input')
    .option('--aws', 'take AWS_ACCESS_KEY_ID and its companions from the environment')
    .option('--base-url <address>', 'an address of your own, with https and its version')
    .option('--region <region>', 'the region, for Amazon Bedrock')
    .option(
      '--model <pair>',
      'a model it may be used for, or model=name-at-the-provider; may be repeated',
      addModel,
    )
    .addOption(
      new Option('--use <when>', 'before the shared keys, instead of them, or after they failed')
        .choices(credentialUses)
        .default('first'),
    )
    .addHelpText(
      'after',
      examples(
        'credentials add acct_5uJ0… openai "Our key" --secret-env OUR_OPENAI_KEY',
        'credentials add acct_5uJ0… bedrock Frankfurt --aws --region eu-central-1',
        'credentials add acct_5uJ0… azure Sweden --secret-file key.txt --base-url https://ours.openai.azure.com --model openai/gpt-4o=prod-4o',
      ),
    )
    .action((account: string, provider: string, label: string, options: AddOptions) =>
      add(context, { account, provider, label }, options),
    )
}

async function add(
  context: CommandContext,
  named: { readonly account: string; readonly provider: string; readonly label: string },
  options: AddOptions,
): Promise<void> {
  const client = clientFor(context, options)
  const { data } = await client.call('createCredential', {
    params: pathOf(named.account),
    body: {
      ...{ provider: named.provider, label: named.label, use: options.use },
      secret: readSecret(context, options),
      base_url: options.baseUrl ?? null,
      region: options.region ?? null,
      models: options.model === undefined ? null : [...options.model],
    },
  })
  const params = { account_id: data.account_id, credential_id: data.id }
  const answer = await client.call('testCredential', { params })
  printAnswer(context, options, { answer, render: (tested) => renderOne(tested.data) })
}

function testCommand(context: CommandContext): Command {
  return remoteCommand('test', 'make one small call with a provider key and say what happened')
    .argument('<account>', 'the id of the account')
    .argument('<credential>', 'the id of the provider key (cred_…)')
    .addHelpText('after', examples('credentials test acct_5uJ0… cred_8fK2…'))
    .action(async (account: string, id: string, options: RemoteOptions) => {
      const answer = await clientFor(context, options).call('testCredential', {
        params: credentialPathOf(account, id),
      })
      printAnswer(context, options, { answer, render: ({ data }) => renderOne(data) })
    })
}

function switchCommand(context: CommandContext, enabled: boolean): Command {
  const name = enabled ? 'enable' : 'disable'
  const about = enabled ? 'use a provider key again' : 'stop using a provider key, and keep it'
  return remoteCommand(name, about)
    .argument('<account>', 'the id of the account')
    .argument('<credential>', 'the id of the provider key (cred_…)')
    .addHelpText('after', examples(`credentials ${name} acct_5uJ0… cred_8fK2…`))
    .action(async (account: string, id: string, options: RemoteOptions) => {
      const answer = await clientFor(context, options).call('updateCredential', {
        params: credentialPathOf(account, id),
        body: { enabled },
      })
      printAnswer(context, options, { answer, render: ({ data }) => renderOne(data) })
    })
}

function removeCommand(context: CommandContext): Command {
  return remoteCommand('remove', 'remove a provider key for good: its secret is gone at once')
    .argument('<account>', 'the id of the account')
    .argument('<credential>', 'the id of the provider key (cred_…)')
    .addHelpText('after', examples('credentials remove acct_5uJ0… cred_8fK2…'))
    .action(async (account: string, id: string, options: RemoteOptions) => {
      const answer = await clientFor(context, options).call('removeCredential', {
        params: credentialPathOf(account, id),
      })
      const render = ({ data }: typeof answer) =>
        `Removed "${data.label}" (${data.provider_name}). Requests no longer use it.\n`
      printAnswer(context, options, { answer, render })
    })
}

type SentSecret =
  | { readonly kind: 'api_key'; readonly api_key: string }
  | { readonly kind: 'google_service_account'; readonly json: string }
  | { readonly kind: 'none' }
  | {
      readonly kind: 'aws'
      readonly access_key_id: string
      readonly secret_access_key: string
      readonly session_token: string | null
    }

/** Never from an argument: those stand in the history of the shell and in the list of processes. */
function readSecret({ environment }: CommandContext, options: AddOptions): SentSecret {
  const { secretEnv, secretFile, aws } = options
  const given = [secretEnv, secretFile, aws].filter((one) => one !== undefined)
  if (given.length > 1) {
    throw new ClientError('Give one of --secret-env, --secret-file and --aws.')
  }
  if (aws) {
    return {
      kind: 'aws',
      access_key_id: valueOf(environment, 'AWS_ACCESS_KEY_ID'),
      secret_access_key: valueOf(environment, 'AWS_SECRET_ACCESS_KEY'),
      session_token: environment['AWS_SESSION_TOKEN']?.trim() || null,
    }
  }
  if (given.length === 0) return { kind: 'none' }
  const text =
    secretEnv === undefined ? readText(secretFile ?? '-') : valueOf(environment, secretEnv)
  return text.startsWith('{')
    ? { kind: 'google_service_account', json: text }
    : { kind: 'api_key', api_key: text }
}

function valueOf(environment: CommandContext['environment'], name: string): string {
  const value = environment[name]?.trim() ?? ''
  if (value === '') throw new ClientError(`${name} is not set in the environment.`)
  return value
}

function readText(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8').trim()
  } catch {
    throw new ClientError(`The file "${path}" cannot be read.`)
  }
}

function addModel(text: string, before: readonly ModelPair[] = []): readonly ModelPair[] {
  const [model = '', ...rest] = text.split('=')
  const upstreamModel = rest.join('=').trim()
  return [...before, { model: model.trim(), upstream_model: upstreamModel || null }]
}

function credentialPathOf(account: string, id: string) {
  return { ...pathOf(account), credential_id: id as `cred_${string}` }
}

function renderOne(credential: Credential): string {
  const { last_test: test } = credential
  return renderPairs([
    ['id', credential.id],
    ['provider', credential.provider_name],
    ['label', credential.label],
    ['key', showSecret(credential)],
    ...(credential.base_url === null ? [] : [['address', credential.base_url] as const]),
    ['use', showUse(credential)],
    ['last test', test === null ? 'never' : `${test.outcome}: ${test.detail}`],
  ])
}

function showSecret({ secret_kind: kind, last_four: lastFour }: Credential): string {
  if (kind === 'none') return 'none'
  return lastFour === '' ? kind : `…${lastFour}`
}

function showUse({ enabled, is_served: isServed, use }: Credential): string {
  if (!enabled) return 'off'
  return isServed ? use : 'not served'
}
