import { createServer, type IncomingMessage, request as ask } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync } from 'node:zlib'

import { afterEach, describe, expect, test } from 'vitest'

import { pageReportBytesMax, pageReportsPerMinuteMax } from '#domain/limits.ts'

import type { BuiltPages, PageFile } from './built-pages.ts'
import type { PageViolation } from './page-reports.ts'
import { createPageServer, isPageRequest } from './serve-pages.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

function fileOf(text: string, file: Partial<PageFile> = {}): PageFile {
  const identity = Buffer.from(text)
  return {
    mediaType: 'text/html; charset=utf-8',
    isImmutable: false,
    etag: 'abc',
    bytes: { identity, br: brotliCompressSync(identity) },
    ...file,
  }
}

const someReport = JSON.stringify({
  'csp-report': {
    'effective-directive': 'script-src-elem',
    'blocked-uri': 'https://evil.example/x.js?prompt=secret',
    'document-uri': 'https://codelace.example/app/keys?q=secret',
  },
})

const builtPages: BuiltPages = new Map([
  ['index.html', fileOf('<!doctype html>the document')],
  ['assets/a-1.js', fileOf('run()', { mediaType: 'text/javascript', isImmutable: true })],
])

async function serve(pages: BuiltPages | null = builtPages) {
  const violations: PageViolation[] = []
  let nowMs = 0
  const handle = createPageServer({
    pages,
    monotonicMs: () => nowMs,
    report: (violation) => violations.push(violation),
  })
  const server = createServer(handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => server.close())
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(origin + path, {
      headers: { 'accept-encoding': 'identity', ...headers },
      method,
      redirect: 'manual',
    })
  const send = (body: string) => fetch(`${origin}/app/reports`, { method: 'POST', body })
  const pass = (ms: number) => (nowMs += ms)
  return { get, send, violations, pass, origin }
}

describe('what is served', () => {
  test.each(['/app', '/app/', '/app/keys', '/app/requests/gen-1?x=1', '/app?x'])(
    '%s is the document: the page knows its addresses itself',
    async (path) => {
      const { get } = await serve()
      const answer = await get(path)
      expect(answer.status).toBe(200)
      expect(await answer.text()).toContain('the document')
      expect(answer.headers.get('cache-control')).toBe('no-cache')
    },
  )

  test('a file with a hash in its name is kept for good', async () => {
    const { get } = await serve()
    const answer = await get('/app/assets/a-1.js')
    expect(await answer.text()).toBe('run()')
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(answer.headers.get('content-type')).toBe('text/javascript')
  })

  test('an old file is not answered with the document', async () => {
    const { get } = await serve()
    expect((await get('/app/assets/gone.js')).status).toBe(404)
  })

  test.each(['/app/assets/..%2f..%2fpackage.json', '/app/%2e%2e/package.json', '/app/__proto__'])(
    '%s leads nowhere outside the pages',
    async (path) => {
      const { get } = await serve()
      expect(await (await get(path)).text()).not.toContain('codelace"')
    },
  )

  test('what the browser takes is sent packed, and what it has already is not sent again', async () => {
    const { get } = await serve()
    const packed = await get('/app/', { 'accept-encoding': 'gzip, br' })
    expect(packed.headers.get('content-encoding')).toBe('br')
    expect(packed.headers.get('vary')).toBe('Accept-Encoding')
    expect(await packed.text()).toContain('the document')
    const plain = await get('/app/', { 'accept-encoding': 'br;q=0, gzip' })
    expect(plain.headers.get('content-encoding')).toBeNull()
    const again = await get('/app/', {
      'accept-encoding': 'br',
      'if-none-match': packed.headers.get('etag') ?? '',
    })
    expect(again.status).toBe(304)
    expect(await again.text()).toBe('')
  })

  test('pages that are not built say what to do', async () => {
    const { get } = await serve(null)
    const answer = await get('/app/')
    expect(answer.status).toBe(503)
    expect(await answer.text()).toContain('npm run build')
  })

  test('pages are only read', async () => {
    const { get } = await serve()
    const answer = await get('/app/', {}, 'DELETE')
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('GET, HEAD')
    const head = await get('/app/', {}, 'HEAD')
    expect(head.status).toBe(200)
    expect(await head.text()).toBe('')
  })
})

describe('what a page may do', () => {
  test('nothing but the files of this server runs, and no string becomes code', async () => {
    const { get } = await serve()
    for (const path of ['/app/', '/app/assets/a-1.js', '/app/assets/gone.js']) {
      const { headers } = await get(path)
      const policy = headers.get('content-security-policy') ?? ''
      for (const part of [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "require-trusted-types-for 'script'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        'report-uri /app/reports',
      ]) {
        expect(policy.split('; ')).toContain(part)
      }
      expect(policy).not.toMatch(/unsafe/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
      expect(headers.get('permissions-policy')).toContain('camera=()')
    }
  })

  test('where it came over TLS, the browser is told to stay with TLS for a year', async () => {
    const { get } = await serve()
    expect((await get('/app/')).headers.get('strict-transport-security')).toBeNull()
    const secure = await get('/app/', { 'x-forwarded-proto': 'https' })
    expect(secure.headers.get('strict-transport-security')).toBe(
      'max-age=31536000; includeSubDomains',
    )
  })
})

describe('reports of what was refused', () => {
  test('are told without what a person may have typed', async () => {
    const { send, violations } = await serve()
    expect((await send(someReport)).status).toBe(204)
    expect(violations).toEqual([
      {
        directive: 'script-src-elem',
        blocked: 'https://evil.example/x.js',
        document: 'https://codelace.example/app/keys',
      },
    ])
  })

  test('are taken in the newer form as well', async () => {
    const { send, violations } = await serve()
    await send(JSON.stringify([{ type: 'csp-violation', body: { blockedURL: 'inline' } }]))
    expect(violations).toEqual([{ directive: '', blocked: 'inline', document: '' }])
  })

  test.each(['', 'no json', '{"csp-report": 1}', '[[], null, 7]', '"__proto__"'])(
    'are never believed: %s',
    async (text) => {
      const { send, violations } = await serve()
      expect([204, 400]).toContain((await send(text)).status)
      expect(violations).toEqual([])
    },
  )

  test('are small, and counted', async () => {
    const { send, violations, pass } = await serve()
    expect((await send('x'.repeat(pageReportBytesMax + 1))).status).toBe(413)
    for (let count = 1; count < pageReportsPerMinuteMax; count += 1) await send(someReport)
    expect((await send(someReport)).status).toBe(429)
    expect(violations).toHaveLength(pageReportsPerMinuteMax - 1)
    pass(60_000)
    expect((await send(someReport)).status).toBe(204)
  })
})

describe('whose address it is', () => {
  const requestOf = (method: string, url: string, accept?: string) =>
    ({ method, url, headers: accept === undefined ? {} : { accept } }) as IncomingMessage

  test.each([
    ['GET', '/app', undefined, true],
    ['GET', '/app/keys', undefined, true],
    ['POST', '/app/reports', undefined, true],
    ['GET', '/', 'text/html,application/xhtml+xml', true],
    ['GET', '/', '*/*', false],
    ['GET', '/', undefined, false],
    ['HEAD', '/', 'text/html', false],
    ['GET', '/apple', 'text/html', false],
    ['GET', '/v1/models', 'text/html', false],
  ])('%s %s with Accept %s: the pages? %s', (method, url, accept, isPage) => {
    expect(isPageRequest(requestOf(method, url, accept))).toBe(isPage)
  })

  test('a browser that opens the server is led to the dashboard', async () => {
    const { origin } = await serve()
    const status = await new Promise<[number | undefined, string | undefined]>((resolve) => {
      ask(`${origin}/`, { headers: { accept: 'text/html' } }, (response) => {
        resolve([response.statusCode, response.headers.location])
        response.resume()
      }).end()
    })
    expect(status).toEqual([302, '/app/'])
  })
})
