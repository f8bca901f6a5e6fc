import { readFileSync } from 'node:fs'

import { z } from 'zod'

import type { SigningCredential } from '#domain/catalogue.ts'

import type { FileProvider } from './file-schema.ts'
import type { Environment, Report } from './providers.ts'
import type { Placed } from './shape.ts'

const serviceAccount = z.looseObject({
  client_email: z.string().min(1),
  private_key: z.string().includes('PRIVATE KEY'),
  token_uri: z.url({ protocol: /^https?$/ }).default('https://oauth2.googleapis.com/token'),
})

/** What signs the requests to a provider of the file, if anything does. Every mistake is reported. */
export function signingOf(
  placed: Placed<FileProvider>,
  environment: Environment,
  report: Report,
): { readonly signing?: SigningCredential } {
  const { aws, googleServiceAccountEnv } = placed.value
  if (aws !== undefined) return awsSigning(placed, environment, report)
  if (googleServiceAccountEnv === undefined) return {}
  const text = environment[googleServiceAccountEnv]?.trim() ?? ''
  const read = serviceAccount.safeParse(parsed(text.startsWith('{') ? text : fileText(text)))
  if (!read.success) {
    report.inFile({
      path: [...placed.path, 'googleServiceAccountEnv'],
      found: `${googleServiceAccountEnv}, which holds no such key`,
      expected: 'an environment variable with the JSON key of a service account, or its path',
    })
    return {}
  }
  const { client_email: clientEmail, private_key: privateKey, token_uri: tokenUrl } = read.data
  return { signing: { kind: 'google_service_account', clientEmail, privateKey, tokenUrl } }
}

function awsSigning(
  { value, path }: Placed<FileProvider>,
  environment: Environment,
  report: Report,
): { readonly signing?: SigningCredential } {
  const { aws } = value
  if (aws === undefined) return {}
  const read = (member: 'accessKeyIdEnv' | 'secretAccessKeyEnv' | 'sessionTokenEnv') => {
    const name = aws[member]
    if (name === undefined) return null
    const text = environment[name]?.trim() ?? ''
    if (text === '') {
      report.inFile({
        path: [...path, 'aws', member],
        found: `${name}, which is not set in the environment`,
        expected: 'the name of an environment variable that is set',
      })
    }
    return text
  }
  return {
    signing: {
      kind: 'aws',
      region: aws.region,
      accessKeyId: read('accessKeyIdEnv') ?? '',
      secretAccessKey: read('secretAccessKeyEnv') ?? '',
      sessionToken: read('sessionTokenEnv'),
    },
  }
}

function fileText(path: string): string {
  if (path === '') return ''
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Told as a key that is not there, with the variable's name.
    return ''
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
