import { createHash, createHmac } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { createAwsSigner } from './aws-signer.ts'

// The published test suite of Signature Version 4: its keys, its time, its service.
const suite = {
  kind: 'aws',
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: null,
  region: 'us-east-1',
} as const
const suiteTime = { nowMs: () => Date.UTC(2015, 7, 30, 12, 36, 0) }
const suiteToken =
  'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=='
const nothing = new Uint8Array()

describe('the published vectors', () => {
  test.each([
    ['get-vanilla', 'GET', '', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    [
      'get-vanilla-query-order-key-case',
      'GET',
      '?Param2=value2&Param1=value1',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    [
      'post-vanilla',
      'POST',
      '',
      '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    ],
  ] as const)('%s is signed as AWS signs it', async (_, method, query, signature) => {
    const url = `https://example.amazonaws.com/${query}`
    const signer = createAwsSigner(suiteTime, 'service')
    const headers = await signer.sign({ method, url, headers: {}, body: nothing }, suite)
    expect(headers).toEqual({
      'x-amz-date': '20150830T123600Z',
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    })
  })

  test('post-sts-header-before: the token of temporary credentials is sent and signed', async () => {
    const headers = await createAwsSigner(suiteTime, 'service').sign(
      { method: 'POST', url: 'https://example.amazonaws.com/', headers: {}, body: nothing },
      { ...suite, sessionToken: suiteToken },
    )
    expect(headers['x-amz-security-token']).toBe(suiteToken)
    expect(headers['authorization']).toContain(
      'SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead',
    )
  })
})

/** The signature of a post, worked out step by step from the published description. */
function signatureOf(parts: { path: string; host: string; body: string; date: string }): string {
  const hash = (text: string) => createHash('sha256').update(text).digest('hex')
  const hmac = (key: string | Buffer, text: string) =>
    createHmac('sha256', key).update(text).digest()
  const { path, host, body, date } = parts
  const canonical = [
    'POST',
    path,
    '',
    `host:${host}`,
    `x-amz-date:${date}`,
    '',
    'host;x-amz-date',
    hash(body),
  ].join('\n')
  const day = date.slice(0, 8)
  const scope = `${day}/us-east-1/bedrock/aws4_request`
  const keys = [day, 'us-east-1', 'bedrock', 'aws4_request']
  const key = keys.reduce<string | Buffer>(
    (before, text) => hmac(before, text),
    `AWS4${suite.secretAccessKey}`,
  )
  const toSign = ['AWS4-HMAC-SHA256', date, scope, hash(canonical)].join('\n')
  return hmac(key, toSign).toString('hex')
}

test('the colon of a model id is signed as it is sent, encoded once more', async () => {
  const host = 'bedrock-runtime.us-east-1.amazonaws.com'
  const body = '{"messages":[{"role":"user","content":[{"text":"ä"}]}]}'
  const headers = await createAwsSigner(suiteTime, 'bedrock').sign(
    {
      method: 'POST',
      url: `https://${host}/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse`,
      headers: { 'content-type': 'application/json', accept: '*/*', 'user-agent': 'x' },
      body: Buffer.from(body),
    },
    suite,
  )
  const path = '/model/us.anthropic.claude-haiku-4-5-20251001-v1%253A0/converse'
  const signature = signatureOf({ path, host, body, date: '20150830T123600Z' })
  expect(headers['authorization']).toContain(
    `/20150830/us-east-1/bedrock/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
  )
})

test('another body, another time and another secret are other signatures', async () => {
  const request = { method: 'POST', url: 'https://h.example/', headers: {}, body: nothing } as const
  const signer = createAwsSigner(suiteTime, 'bedrock')
  const later = createAwsSigner({ nowMs: () => suiteTime.nowMs() + 1_000 }, 'bedrock')
  const signatures = await Promise.all([
    signer.sign(request, suite),
    signer.sign({ ...request, body: Buffer.from('x') }, suite),
    signer.sign(request, { ...suite, secretAccessKey: 'other' }),
    later.sign(request, suite),
  ])
  expect(new Set(signatures.map(({ authorization }) => authorization)).size).toBe(4)
})
