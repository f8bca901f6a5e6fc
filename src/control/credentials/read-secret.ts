import { z } from 'zod'

import type { newCredentialBody } from '#contract/control/credentials.ts'
import { Fault } from '#domain/faults.ts'
import type { CredentialSecret } from '#domain/own-credentials.ts'
import type { OwnProviderChoice } from '#domain/own-providers.ts'

type SentSecret = z.output<typeof newCredentialBody>['secret']

/** The secret that was sent, if this provider takes secrets of its kind. No fault ever holds any of it. */
export function readSecret(sent: SentSecret, choice: OwnProviderChoice): CredentialSecret {
  if (!choice.secretKinds.includes(sent.kind)) {
    const expected = choice.secretKinds.map((kind) => `"${kind}"`).join(' or ')
    throw invalid('secret.kind', `${choice.name} takes a secret of the kind ${expected}.`)
  }
  switch (sent.kind) {
    case 'api_key':
      return { kind: sent.kind, apiKey: sent.api_key }
    case 'aws': {
      const { access_key_id: accessKeyId, secret_access_key: secretAccessKey } = sent
      return { kind: sent.kind, accessKeyId, secretAccessKey, sessionToken: sent.session_token }
    }
    case 'google_service_account':
      return readServiceAccount(sent.json)
    case 'none':
      return { kind: sent.kind }
    default:
      return sent satisfies never
  }
}

const serviceAccount = z.looseObject({
  type: z.literal('service_account'),
  client_email: z.email().max(320),
  private_key: z
    .string()
    .max(8_192)
    .regex(/^-----BEGIN PRIVATE KEY-----[\s\S]+-----END PRIVATE KEY-----\s*$/),
})

function readServiceAccount(json: string): CredentialSecret {
  const read = serviceAccount.safeParse(parsed(json))
  if (!read.success) {
    throw invalid(
      'secret.json',
      'It must be the JSON key of a Google service account, with type, client_email and private_key.',
    )
  }
  const { client_email: clientEmail, private_key: privateKey } = read.data
  return { kind: 'google_service_account', clientEmail, privateKey }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What a parser says of it could hold some of it.
    return undefined
  }
}

/** A mistake in what was sent, at its place. */
export function invalid(param: string, detail: string): Fault {
  return new Fault('invalid_request', { param, details: { detail: `${param}: ${detail}` } })
}
