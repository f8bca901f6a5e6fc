import { generateKeyPairSync } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { importSPKI, jwtVerify } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

import { googleTokenMarginMs } from '#domain/limits.ts'

import { createGoogleTokenSigner, type GoogleTokenSigner } from './google-token.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})
const request = { method: 'POST', url: 'https://x', headers: {}, body: Buffer.alloc(0) } as const

let server: Server
let tokenUrl: string
let forms: URLSearchParams[]
let answer: { status: number; body: unknown }
let nowMs: number
let signer: GoogleTokenSigner

beforeAll(async () => {
  server = createServer((incoming, response) => {
    let text = ''
    incoming.on('data', (piece: Buffer) => (text += piece.toString()))
    incoming.on('end', () => {
      forms.push(new URLSearchParams(text))
      const { status, body } = answer
      const sent = typeof body === 'string' ? body : JSON.stringify(body)
      response.writeHead(status, { 'content-type': 'application/json' }).end(sent)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  tokenUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
  signer = createGoogleTokenSigner({ nowMs: () => nowMs })
})

beforeEach(() => {
  forms = []
  nowMs = Date.now()
  answer = {
    status: 200,
    body: { access_token: 'ya29.token', expires_in: 3_600, token_type: 'Bearer' },
  }
})

afterAll(async () => {
  await signer.close()
  await new Promise((resolve) => server.close(resolve))
})

test('a token is asked for with an assertion that the public key proves', async () => {
  const headers = await signer.sign(request, accountOf('one'))
  expect(headers).toEqual({ authorization: 'Bearer ya29.token' })
  const [form] = forms
  expect(form?.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer')
  const key = await importSPKI(publicKey, 'RS256')
  const { payload } = await jwtVerify(form?.get('assertion') ?? '', key, {
    issuer: 'one@project.iam.gserviceaccount.com',
    audience: tokenUrl,
  })
  expect(payload['scope']).toBe('https://www.googleapis.com/auth/cloud-platform')
  expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeLessThanOrEqual(3_600)
})

test('many requests at once ask once, and the token is used until shortly before its end', async () => {
  const account = accountOf('two')
  await Promise.all(Array.from({ length: 50 }, () => signer.sign(request, { ...account })))
  nowMs += 3_600_000 - googleTokenMarginMs - 1
  await signer.sign(request, account)
  expect(forms).toHaveLength(1)
  nowMs += 1
  await Promise.all(Array.from({ length: 50 }, () => signer.sign(request, account)))
  expect(forms).toHaveLength(2)
})

test('accounts do not share tokens, and a changed key asks anew', async () => {
  await signer.sign(request, accountOf('three'))
  await signer.sign(request, accountOf('four'))
  await signer.sign(request, { ...accountOf('three'), privateKey: `${privateKey}\n` })
  expect(forms).toHaveLength(3)
})

test('a refusal says why and is not remembered', async () => {
  answer = {
    status: 400,
    body: { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' },
  }
  const account = accountOf('five')
  await expect(signer.sign(request, account)).rejects.toThrow(
    /gave no token for five@.*: status 400, invalid_grant, Invalid JWT Signature\./,
  )
  answer = { status: 200, body: { access_token: 'better', expires_in: 3_600 } }
  await expect(signer.sign(request, account)).resolves.toEqual({ authorization: 'Bearer better' })
})

test.each([
  [{ status: 200, body: 'no JSON' }],
  [{ status: 200, body: { access_token: 5 } }],
  [{ status: 500, body: '' }],
  [{ status: 200, body: 'x'.repeat(200_000) }],
])('an answer without a token (%j) is no token', async (odd) => {
  answer = odd
  await expect(signer.sign(request, accountOf('six'))).rejects.toMatchObject({
    name: 'SigningError',
  })
})

test('a token without an end is used once', async () => {
  answer = { status: 200, body: { access_token: 'short' } }
  await signer.sign(request, accountOf('seven'))
  await signer.sign(request, accountOf('seven'))
  expect(forms).toHaveLength(2)
})

test('a key that is none, or an address where nobody listens, is named without the secret', async () => {
  const broken = { ...accountOf('eight'), privateKey: 'MY-SECRET' }
  const failure: unknown = await signer.sign(request, broken).catch((error: unknown) => error)
  expect(failure).toMatchObject({ name: 'SigningError' })
  expect(String(failure)).not.toContain('SECRET')
  const nowhere = { ...accountOf('nine'), tokenUrl: 'http://127.0.0.1:1/token' }
  await expect(signer.sign(request, nowhere)).rejects.toThrow(/could not be asked/)
})

test('a key whose line ends were written out works as well', async () => {
  const flat = { ...accountOf('ten'), privateKey: privateKey.replaceAll('\n', String.raw`\n`) }
  await expect(signer.sign(request, flat)).resolves.toHaveProperty('authorization')
})

function accountOf(name: string) {
  const clientEmail = `${name}@project.iam.gserviceaccount.com`
  return { kind: 'google_service_account', clientEmail, privateKey, tokenUrl } as const
}
