import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { writeFirstRun } from '#app/first-run-file.ts'

import { ClientError } from './client-error.ts'
import { createClient } from './client.ts'
import { findServer } from './find-server.ts'

describe('a call', () => {
  let url: string
  let answer: (request: IncomingMessage, response: ServerResponse) => void
  let heard: { method: string | undefined; url: string | undefined; body: string }[]
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      heard.push({ method: request.method, url: request.url, body })
      answer(request, response)
    })
  })
  beforeEach(async () => {
    heard = []
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const client = () => createClient({ url, token: 'cl_o' })

  test('puts ids into the path, escaped, and only what is set into the query', async () => {
    answer = (_, response) => response.end('{"data":[],"next":null}')
    const answered = await client().call('listGenerations', {
      query: { account_id: undefined, model: 'a/b c', limit: 5, after: undefined },
    })
    expect(answered).toEqual({ data: [], next: null })
    expect(heard[0]).toMatchObject({ method: 'GET', url: '/api/generations?model=a%2Fb+c&limit=5' })
    answer = (_, response) => response.end('{"data":[]}')
    await client().call('listKeys', { params: { account_id: 'acct_a/../../x?y' } })
    expect(heard[1]?.url).toBe('/api/accounts/acct_a%2F..%2F..%2Fx%3Fy/keys')
  })

  test('that is refused says what the server said, and what to do', async () => {
    answer = (_, response) => {
      const error = { message: 'No account has this id.', code: 'account_not_found' }
      response.writeHead(404).end(JSON.stringify({ error }))
    }
    const call = client().call('showCredits', { params: { account_id: 'acct_a' } })
    await expect(call).rejects.toMatchObject({
      message: 'No account has this id.',
      code: 'account_not_found',
      hint: 'List the accounts with: codelace accounts list',
    })
  })

  test.each([
    ['no JSON', '<html>', /not codelace, or broke off/],
    ['another JSON', '{"data":{"id":1}}', /in a form that this command does not know/],
  ])('that is answered with %s is not believed', async (_, text, words) => {
    answer = (_request, response) => response.end(text)
    const call = client().call('showCredits', { params: { account_id: 'acct_a' } })
    await expect(call).rejects.toThrow(ClientError)
    await expect(call).rejects.toThrow(words)
  })

  test('that is refused without a word is told by its status', async () => {
    answer = (_, response) => response.writeHead(502).end('bad gateway')
    const call = client().call('verifyLedger', {})
    await expect(call).rejects.toThrow('The server answered 502 without saying why.')
  })

  test('to nobody says where it called', async () => {
    const call = createClient({ url: 'http://127.0.0.1:1', token: 'x' }).call('verifyLedger', {})
    await expect(call).rejects.toThrow('No codelace answers at http://127.0.0.1:1.')
  })
})

describe('which server', () => {
  let dataFolder: string
  beforeEach(() => {
    dataFolder = mkdtempSync(join(tmpdir(), 'find-server-'))
  })
  afterEach(() => {
    rmSync(dataFolder, { recursive: true })
  })
  const find = (url: string | undefined, environment: Record<string, string> = {}) =>
    findServer({ url, environment: { CODELACE_DATA: dataFolder, ...environment } })
  const write = (url: string) =>
    writeFirstRun(dataFolder, {
      url,
      api_key: 'cl_k',
      operator_token: 'cl_oOWN',
      account_id: 'acct_a',
    })

  test('the one that was started here', () => {
    write('http://127.0.0.1:8080')
    expect(find(undefined)).toEqual({ url: 'http://127.0.0.1:8080', token: 'cl_oOWN' })
    expect(find('http://localhost:8080/')).toEqual({
      url: 'http://localhost:8080',
      token: 'cl_oOWN',
    })
  })

  test('another one, with a token for it', () => {
    write('http://127.0.0.1:8080')
    const environment = { CODELACE_URL: 'https://b.example/', CODELACE_OPERATOR_TOKEN: 'cl_oB' }
    expect(find(undefined, environment)).toEqual({ url: 'https://b.example', token: 'cl_oB' })
    expect(find('https://a.example', environment).url).toBe('https://a.example')
  })

  test.each([
    'http://127.0.0.1:8081',
    'https://127.0.0.1:8080',
    'http://evil.example:8080',
    'http://127.0.0.1.evil.example:8080',
    'http://127.0.0.1:8080@evil.example',
  ])('the token made here never goes to %s', (url) => {
    write('http://127.0.0.1:8080')
    expect(() => find(url)).toThrow(/No operator token is known/)
  })

  test.each(['nonsense', 'ftp://x', 'file:///etc/passwd', ''])('%j is no address', (url) => {
    expect(() => find(url)).toThrow(/is no address of a server/)
  })

  test('none, where nothing was started', () => {
    expect(() => find(undefined)).toThrow(/No server is known/)
  })
})
