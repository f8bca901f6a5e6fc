import { TextArea, TextField } from '#web/elements/field.tsx'

import type { CredentialProvider, NewCredential } from './credential-calls.ts'

/** A secret as it is typed. It is kept nowhere but on the page. */
export interface SecretDraft {
  readonly kind: CredentialProvider['secret_kinds'][number]
  readonly apiKey: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly json: string
}

/** Nothing typed yet. */
export function emptySecret(kind: SecretDraft['kind']): SecretDraft {
  return { kind, apiKey: '', accessKeyId: '', secretAccessKey: '', json: '' }
}

/** What to send of it. */
export function secretOf(draft: SecretDraft): NewCredential['secret'] {
  switch (draft.kind) {
    case 'api_key':
      return { kind: draft.kind, api_key: draft.apiKey }
    case 'aws':
      return {
        kind: draft.kind,
        access_key_id: draft.accessKeyId,
        secret_access_key: draft.secretAccessKey,
      }
    case 'google_service_account':
      return { kind: draft.kind, json: draft.json }
    default:
      return { kind: draft.kind }
  }
}

/** How the kinds of secrets are called. */
export const secretKindWords: Readonly<Record<SecretDraft['kind'], string>> = {
  api_key: 'API key',
  aws: 'Access key',
  google_service_account: 'Service account',
  none: 'No key',
}

/** The fields for a secret of this kind; what is typed cannot be read over a shoulder. */
export function SecretFields({
  draft,
  change,
  problem,
}: {
  draft: SecretDraft
  change: (part: Partial<SecretDraft>) => void
  problem: string | null
}) {
  const hidden = { type: 'password', isMono: true, required: true, autoComplete: 'off' } as const
  switch (draft.kind) {
    case 'api_key':
      return (
        <TextField
          label="API key"
          {...hidden}
          value={draft.apiKey}
          onChange={({ target }) => change({ apiKey: target.value })}
          help="Sealed when it arrives. Only its last four characters are ever shown again."
          problem={problem}
        />
      )
    case 'aws':
      return (
        <div className="grid gap-4 md:grid-cols-2">
          <TextField
            label="Access key id"
            isMono
            required
            value={draft.accessKeyId}
            onChange={({ target }) => change({ accessKeyId: target.value })}
            problem={problem}
          />
          <TextField
            label="Secret access key"
            {...hidden}
            value={draft.secretAccessKey}
            onChange={({ target }) => change({ secretAccessKey: target.value })}
          />
        </div>
      )
    case 'google_service_account':
      return (
        <TextArea
          label="Key of the service account"
          isMono
          required
          rows={5}
          placeholder={'{ "type": "service_account", … }'}
          value={draft.json}
          onChange={({ target }) => change({ json: target.value })}
          help="The JSON file from Google Cloud, whole. It is sealed when it arrives."
          problem={problem}
        />
      )
    default:
      return null
  }
}
