import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'

import { documentName, type BuiltPages, type Packing, type PageFile } from './built-pages.ts'
import { pageHeaders } from './page-headers.ts'
import { takeReport, type TakeReportParts } from './page-reports.ts'

/** What the pages are served from. `pages` is null when they are not built. */
export interface PageServerParts extends TakeReportParts {
  readonly pages: BuiltPages | null
}

/** Answers one request under `/app`, or of a browser for `/`. Never throws. */
export type PageServer = (request: IncomingMessage, response: ServerResponse) => void

/**
 * Serves the pages: files by their name, and the document for every other address, because the page
 * itself knows which addresses it has. Nothing here depends on who asks.
 */
export function createPageServer(parts: PageServerParts): PageServer {
  return (request, response) => {
    const path = pathOf(request.url ?? '/')
    const headers = pageHeaders({ isHttps: isHttps(request) })
    const answer = (status: number, own: readonly string[], body: Buffer | string = '') => {
      const bytes = typeof body === 'string' ? Buffer.from(body) : body
      const length = ['content-length', String(bytes.length)]
      response.writeHead(status, [...headers, ...own, ...(status === 304 ? [] : length)])
      response.end(request.method === 'HEAD' || status === 304 ? undefined : bytes)
    }
    if (path === reportsPath && request.method === 'POST') {
      takeReport(parts, request, (status) => answer(status, ['cache-control', 'no-store']))
      return
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      const allow = path === reportsPath ? 'POST' : 'GET, HEAD'
      answer(405, [...plain, 'allow', allow], 'Pages are only read.\n')
      return
    }
    if (path === '/') {
      answer(302, ['location', '/app/', 'vary', 'Accept', 'cache-control', 'no-store'])
      return
    }
    if (!parts.pages) {
      answer(503, plain, notBuilt)
      return
    }
    const file = fileAt(parts.pages, path)
    if (file) sendFile(request, file, answer)
    else answer(404, plain, 'There is no such file.\n')
  }
}

const reportsPath = '/app/reports'
const plain = ['content-type', 'text/plain; charset=utf-8', 'cache-control', 'no-store']

const notBuilt = `The pages are not built.

"npm start" builds them by itself. Where the server is started in another way, run "npm run build"
first. The API works without them.
`

/**
 * True for what this server answers: everything under `/app`, and `/` when a browser asks for a page.
 * Programs that ask for `/` are told about health, as always.
 */
export function isPageRequest({ method, url = '/', headers }: IncomingMessage): boolean {
  if (url === '/app' || url.startsWith('/app/') || url.startsWith('/app?')) return true
  return url === '/' && method === 'GET' && /\btext\/html\b/.test(headers.accept ?? '')
}

function pathOf(url: string): string {
  const mark = url.search(/[?#]/)
  return mark === -1 ? url : url.slice(0, mark)
}

function isHttps({ socket, headers }: IncomingMessage): boolean {
  // Whoever lies about this only receives a header that a browser ignores without TLS.
  return (
    (socket as Partial<TLSSocket>).encrypted === true || headers['x-forwarded-proto'] === 'https'
  )
}

function fileAt(pages: BuiltPages, path: string): PageFile | undefined {
  const name = path.slice('/app/'.length)
  const file = pages.get(name)
  if (file) return file
  // A page that asks for an old file must not receive a document in its place.
  return name.startsWith('assets/') ? undefined : pages.get(documentName)
}

function sendFile(
  request: IncomingMessage,
  file: PageFile,
  answer: (status: number, headers: readonly string[], body?: Buffer) => void,
): void {
  const packing = packingFor(request.headers['accept-encoding'] ?? '', file)
  const etag = `"${file.etag}-${packing}"`
  const headers = [
    ...['content-type', file.mediaType],
    ...['cache-control', file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache'],
    ...['etag', etag],
    ...['vary', 'Accept-Encoding'],
    ...(packing === 'identity' ? [] : ['content-encoding', packing]),
  ]
  const isKnown = (request.headers['if-none-match'] ?? '')
    .split(',')
    .some((known) => known.trim().replace(/^W\//, '') === etag)
  if (isKnown) answer(304, headers)
  else answer(200, headers, file.bytes[packing] ?? file.bytes.identity)
}

/** The smallest packing that the browser takes. */
function packingFor(accepted: string, { bytes }: PageFile): Packing {
  const takes = (packing: string) =>
    accepted.split(',').some((part) => {
      const [name = '', weight = ''] = part.split(';')
      return name.trim() === packing && !/^\s*q=0(\.0*)?\s*$/.test(weight)
    })
  if (bytes.br && takes('br')) return 'br'
  if (bytes.gzip && takes('gzip')) return 'gzip'
  return 'identity'
}
