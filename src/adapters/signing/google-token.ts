import { createHash } from 'node:crypto'

import { Agent, type Dispatcher, request as send } from 'undici'

import type { SigningCredential } from '#domain/catalogue.ts'
import { assert } from '#domain/faults.ts'
import {
  googleTokenBytesMax,
  googleTokenMarginMs,
  googleTokensCachedMax,
  googleTokenTimeoutMs,
} from '#domain/limits.ts'
import type { Clock } from '#ports/clock.ts'
import { type RequestSigner, SigningError } from '#ports/request-signer.ts'

/** What Vertex asks for. */
const scope = 'https://www.googleapis.com/auth/cloud-platform'
/** An assertion is good for this long; Google takes no more than an hour. */
const assertionSeconds = 600

type ServiceAccount = Extract<SigningCredential, { kind: 'google_service_account' }>

/** A `RequestSigner` for Google's service accounts. */
export interface GoogleTokenSigner extends RequestSigner {
  readonly close: () => Promise<void>
}

/**
 * Adds a bearer token that is asked for with a signed assertion and used again until shortly before it ends.
 * However many requests need one at once, it is asked for once. A failure is told to those who waited and
 * is forgotten: the next request asks anew.
 */
export function createGoogleTokenSigner(clock: Pick<Clock, 'nowMs'>): GoogleTokenSigner {
  const agent = new Agent({ pipelining: 1, allowH2: false })
  const tokens = new Map<string, Promise<Token>>()

  async function tokenOf(account: ServiceAccount): Promise<Token> {
    const key = keyOf(account)
    const known = tokens.get(key)
    if (known !== undefined) {
      const token = await known
      if (clock.nowMs() < token.usedUntilMs) return token
      // Somebody else may have asked for the next one while we looked.
      const next = tokens.get(key)
      if (next !== undefined && next !== known) return await next
    }
    const asked = askForToken({ account, agent, nowMs: clock.nowMs() })
    tokens.delete(key)
    tokens.set(key, asked)
    const [oldest] = tokens.keys()
    if (tokens.size > googleTokensCachedMax && oldest !== undefined) tokens.delete(oldest)
    asked.catch(() => {
      if (tokens.get(key) === asked) tokens.delete(key)
    })
    return await asked
  }

  return {
    async sign(_, credential) {
      assert(
        credential.kind === 'google_service_account',
        'only service accounts get tokens of Google',
      )
      return { authorization: `Bearer ${(await tokenOf(credential)).text}` }
    },
    close: () => agent.close(),
  }
}

interface Token {
  readonly text: string
  readonly usedUntilMs: number
}

interface TokenTask {
  readonly account: ServiceAccount
  readonly agent: Agent
  readonly nowMs: number
}

async function askForToken({ account, agent, nowMs }: TokenTask): Promise<Token> {
  const assertion = await assertionOf(account, Math.floor(nowMs / 1_000))
  const form = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion,
  })
  const { status, body } = await post(account, { agent, form: form.toString() })
  const answer = objectOf(body)
  const text = answer['access_token']
  if (status !== 200 || typeof text !== 'string' || text === '') {
    throw new SigningError(
      `${account.tokenUrl} gave no token for ${account.clientEmail}: ${reasonOf(status, answer)}`,
    )
  }
  const seconds = Number(answer['expires_in'])
  const lifeMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : 0
  return { text, usedUntilMs: nowMs + Math.max(0, lifeMs - googleTokenMarginMs) }
}

async function assertionOf(account: ServiceAccount, nowSeconds: number): Promise<string> {
  const { clientEmail, privateKey, tokenUrl } = account
  // Loaded with the first token: most installations never ask for one.
  const { importPKCS8, SignJWT } = await import('jose')
  try {
    // Keys that came through an environment variable often have their line ends written out.
    const key = await importPKCS8(privateKey.replaceAll(String.raw`\n`, '\n'), 'RS256')
    return await new SignJWT({ scope })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
      .setIssuer(clientEmail)
      .setAudience(tokenUrl)
      .setIssuedAt(nowSeconds)
      .setExpirationTime(nowSeconds + assertionSeconds)
      .sign(key)
  } catch (error) {
    // The library's own words may hold parts of the key.
    const why = error instanceof Error ? error.name : 'unknown'
    throw new SigningError(
      `the private key of ${clientEmail} is no PKCS #8 RSA key in PEM (${why})`,
    )
  }
}

async function post(
  { tokenUrl, clientEmail }: ServiceAccount,
  { agent, form }: { agent: Agent; form: string },
): Promise<{ status: number; body: string }> {
  try {
    const response = await send(tokenUrl, {
      dispatcher: agent,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: form,
      signal: AbortSignal.timeout(googleTokenTimeoutMs),
    })
    return { status: response.statusCode, body: await limitedText(response) }
  } catch (error) {
    if (error instanceof SigningError) throw error
    throw new SigningError(`${tokenUrl} could not be asked for a token of ${clientEmail}`, {
      cause: error,
    })
  }
}

async function limitedText({ body }: Dispatcher.ResponseData): Promise<string> {
  let text = ''
  for await (const piece of body as AsyncIterable<Buffer>) {
    text += piece.toString('latin1')
    if (text.length > googleTokenBytesMax)
      throw new SigningError('the answer to a wish for a token is too long')
  }
  return text
}

function reasonOf(status: number, answer: Readonly<Record<string, unknown>>): string {
  const words = [answer['error'], answer['error_description']].filter(
    (word) => typeof word === 'string',
  )
  return [`status ${status}`, ...words].join(', ').slice(0, 500)
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** A key for a map that does not hold the secret itself. */
function keyOf({ clientEmail, privateKey, tokenUrl }: ServiceAccount): string {
  return createHash('sha256')
    .update(JSON.stringify([clientEmail, privateKey, tokenUrl]))
    .digest('base64')
}
