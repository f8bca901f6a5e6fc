import { type SubmitEvent, useState } from 'react'

import { CallError } from '#web/client/call-error.ts'
import { useChange } from '#web/client/change.ts'
import { useDraft } from '#web/client/drafts.ts'
import type { MyAccount } from '#web/client/me.ts'
import { refresh } from '#web/client/queries.ts'
import { Button } from '#web/elements/button.tsx'
import { Choice } from '#web/elements/choice.tsx'
import { SelectField, TextArea, TextField } from '#web/elements/field.tsx'
import { Modal } from '#web/elements/modal.tsx'
import { Failure } from '#web/elements/states.tsx'

import {
  createCredential,
  testCredential,
  type Credential,
  type CredentialProvider,
  type NewCredential as NewBody,
} from './credential-calls.ts'
import { uses } from './credential-words.ts'
import { readModels } from './models-draft.ts'
import { emptySecret, SecretFields, secretKindWords, secretOf } from './secret-fields.tsx'
import { TestResult } from './test-result.tsx'

/** What is typed beside the secret: it survives a reload, the secret does not. */
const noDraft = {
  provider: '',
  label: '',
  address: '',
  protocol: '',
  region: '',
  models: '',
  use: 'first' as Credential['use'],
}

/** A new provider key: kept, then tried at once, with what the provider said. */
export function NewCredential({
  account,
  providers,
  close,
}: {
  account: MyAccount
  providers: readonly CredentialProvider[]
  close: () => void
}) {
  const [made, setMade] = useState<Credential | null>(null)
  const changed = () => void refresh('GET /api/accounts/{account_id}/credentials')
  const test = useChange((credential: Credential) => testCredential(credential), {
    isShown: true,
    done: ({ data }) => {
      setMade(data)
      changed()
    },
  })
  return (
    <Modal
      title={made ? `"${made.label}" is kept` : 'New provider key'}
      about={
        made
          ? 'It is sealed. Requests use it within seconds.'
          : 'Requests go to the provider by your own key and your own contract there.'
      }
      isOpen
      setOpen={(isOpen) => !isOpen && close()}
      isWide
    >
      {made ? (
        <div className="flex flex-col gap-4">
          {test.isPending ? (
            <p role="status" className="text-muted">
              Asking {made.provider_name} for one word…
            </p>
          ) : test.error ? (
            <Failure error={test.error} retry={() => test.mutate(made)} />
          ) : (
            <TestResult credential={made} />
          )}
          <div className="flex justify-end gap-2">
            <Button isBusy={test.isPending} onClick={() => test.mutate(made)}>
              Test it again
            </Button>
            <Button kind="primary" onClick={close}>
              Done
            </Button>
          </div>
        </div>
      ) : (
        <CredentialForm
          account={account}
          providers={providers}
          done={(credential) => {
            setMade(credential)
            changed()
            test.mutate(credential)
          }}
        />
      )}
    </Modal>
  )
}

function CredentialForm({
  account,
  providers,
  done,
}: {
  account: MyAccount
  providers: readonly CredentialProvider[]
  done: (credential: Credential) => void
}) {
  const [draft, setDraft, forget] = useDraft('provider-key', noDraft)
  const provider = providers.find(({ slug }) => slug === draft.provider) ?? providers[0]
  const [secret, setSecret] = useState(emptySecret(provider?.secret_kinds[0] ?? 'api_key'))
  const [problem, setProblem] = useState<string | null>(null)
  const change = (part: Partial<typeof noDraft>) => setDraft((before) => ({ ...before, ...part }))
  const create = useChange((body: NewBody) => createCredential(account.id, body), {
    isShown: true,
    done: ({ data }) => {
      forget()
      done(data)
    },
  })
  if (!provider) return null
  const choose = (slug: string) => {
    const next = providers.find((one) => one.slug === slug)
    change({ provider: slug, protocol: '', region: '' })
    if (next) setSecret(emptySecret(next.secret_kinds[0] ?? 'api_key'))
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const read = readModels(draft.models)
    setProblem(read.kind === 'problem' ? read.words : null)
    if (read.kind === 'problem') return
    create.mutate({
      provider: provider.slug,
      label: draft.label.trim() || `${provider.name} key`,
      secret: secretOf(secret),
      base_url: provider.address === 'none' ? null : draft.address.trim() || null,
      protocol: protocolOf(draft.protocol, provider),
      region: provider.has_regions ? draft.region.trim() || null : null,
      models: read.models,
      use: draft.use,
    })
  }
  const problemOf = (...params: readonly string[]) =>
    create.error instanceof CallError &&
    params.some((param) => (create.error as CallError).param?.startsWith(param))
      ? create.error.message
      : null
  const isPlaced =
    problemOf('label', 'secret', 'base_url', 'region', 'models') !== null || create.error === null
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <NameFields
        providers={providers}
        provider={provider}
        label={draft.label}
        choose={choose}
        change={change}
        problem={problemOf('label')}
      />
      {provider.secret_kinds.length > 1 && (
        <Choice
          label="Proof"
          value={secret.kind}
          options={provider.secret_kinds.map((kind) => ({
            value: kind,
            label: secretKindWords[kind],
          }))}
          onChange={(kind) => setSecret(emptySecret(kind))}
        />
      )}
      <SecretFields
        draft={secret}
        change={(part) => setSecret((before) => ({ ...before, ...part }))}
        problem={problemOf('secret')}
      />
      <PlaceFields provider={provider} draft={draft} change={change} problemOf={problemOf} />
      <TextArea
        label="Models"
        isMono
        rows={3}
        required={provider.needs_models}
        placeholder={
          provider.needs_models
            ? 'openai/gpt-4o = my-deployment'
            : 'Every model that the provider has here'
        }
        value={draft.models}
        onChange={({ target }) => change({ models: target.value })}
        help="One a line, as it is called here. Behind an equals sign: what the provider calls it, where that differs."
        problem={problem ?? problemOf('models')}
      />
      <UseField use={draft.use} change={change} />
      {!isPlaced && <Failure error={create.error} />}
      <div className="flex justify-end">
        <Button type="submit" kind="primary" isBusy={create.isPending}>
          Keep it and test it
        </Button>
      </div>
    </form>
  )
}

function protocolOf(chosen: string, { protocols }: CredentialProvider): NewBody['protocol'] {
  return protocols.find((one) => one === chosen) ?? null
}

type Draft = typeof noDraft
type Change = (part: Partial<Draft>) => void

function NameFields({
  providers,
  provider,
  label,
  choose,
  change,
  problem,
}: {
  providers: readonly CredentialProvider[]
  provider: CredentialProvider
  label: string
  choose: (slug: string) => void
  change: Change
  problem: string | null
}) {
  return (
    <div className="grid gap-4 md:grid-cols-2">
      <SelectField
        label="Provider"
        options={providers.map(({ slug, name }) => [slug, name] as const)}
        value={provider.slug}
        onChoose={choose}
      />
      <TextField
        label="Name"
        maxLength={100}
        placeholder={`${provider.name} key`}
        value={label}
        onChange={({ target }) => change({ label: target.value })}
        problem={problem}
      />
    </div>
  )
}

/** Where it leads, as far as its provider leaves a choice. */
function PlaceFields({
  provider,
  draft,
  change,
  problemOf,
}: {
  provider: CredentialProvider
  draft: Draft
  change: Change
  problemOf: (param: string) => string | null
}) {
  return (
    <>
      {provider.address !== 'none' && (
        <TextField
          label={
            provider.address === 'required' ? 'Address' : 'Address of your own, if you have one'
          }
          isMono
          required={provider.address === 'required'}
          placeholder={
            provider.slug === 'azure'
              ? 'https://your-resource.openai.azure.com'
              : 'https://llm.example.com/v1'
          }
          value={draft.address}
          onChange={({ target }) => change({ address: target.value })}
          help="On the public internet, with https. It cannot be changed later: the key is sent there."
          problem={problemOf('base_url')}
        />
      )}
      {provider.protocols.length > 1 && (
        <Choice
          label="What it speaks"
          value={draft.protocol === '' ? (provider.protocols[0] ?? 'openai') : draft.protocol}
          options={provider.protocols.map((value) => ({ value, label: value }))}
          onChange={(protocol) => change({ protocol })}
        />
      )}
      {provider.has_regions && (
        <TextField
          label="Region"
          isMono
          placeholder="us-east-1"
          value={draft.region}
          onChange={({ target }) => change({ region: target.value })}
          problem={problemOf('region')}
        />
      )}
    </>
  )
}

function UseField({ use, change }: { use: Draft['use']; change: Change }) {
  return (
    <div className="flex flex-col gap-1.5">
      <Choice
        label="When it is used"
        value={use}
        options={uses}
        onChange={(next) => change({ use: next })}
      />
      <p className="text-12 text-muted">{uses.find(({ value }) => value === use)?.words}</p>
    </div>
  )
}
