import { noMembers, type Route } from '#contract/route.ts'
import { Fault } from '#domain/faults.ts'
import { controlBodyBytesMax } from '#domain/limits.ts'

/** What zod says about one mistake. */
interface Issue {
  readonly code: string
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly keys?: readonly string[]
}

/** The JSON body of a request; an empty body is an empty object. Throws a fault when it cannot be read. */
export async function readJsonBody(request: Request): Promise<unknown> {
  const bytes = await readBytes(request)
  if (bytes.length === 0) return {}
  const contentType = request.headers.get('content-type') ?? ''
  if (!/^application\/json\s*(;|$)/i.test(contentType)) {
    throw new Fault('unsupported_media_type', {
      details: { wanted: 'application/json', received: contentType.slice(0, 100) },
    })
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    const detail = cause instanceof SyntaxError ? cause.message : 'it is not UTF-8'
    throw new Fault('invalid_json', { details: { detail: detail.slice(0, 200) } })
  }
}

async function readBytes(request: Request): Promise<Uint8Array> {
  const announced = Number(request.headers.get('content-length') ?? 0)
  if (announced > controlBodyBytesMax) throw tooLarge()
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request.body ?? []) {
    length += chunk.length
    if (length > controlBodyBytesMax) throw tooLarge()
    chunks.push(chunk)
  }
  const bytes = new Uint8Array(length)
  let start = 0
  for (const chunk of chunks) {
    bytes.set(chunk, start)
    start += chunk.length
  }
  return bytes
}

function tooLarge(): Fault {
  return new Fault('payload_too_large', {
    details: { limit: `${controlBodyBytesMax / 1024} KiB` },
  })
}

/** Checks path parameters. One that has not even the form of an id is not there: the route's fault. */
export function checkParams(route: Route, params: Readonly<Record<string, string>>): unknown {
  if (route.params === undefined) return undefined
  const result = route.params.safeParse(params)
  if (result.success) return result.data
  throw new Fault(route.unknown ?? 'not_found', { details: { detail: 'this address' } })
}

/** Checks the query. Throws a fault that names the first faulty parameter. */
export function checkQuery(route: Route, query: URLSearchParams): unknown {
  const result = (route.query ?? noMembers).safeParse(Object.fromEntries(query))
  if (result.success) return result.data
  throw refusal(result.error.issues)
}

/** Checks the body. Throws a fault that names the first faulty field, and every field in its text. */
export function checkBody(route: Route, body: unknown): unknown {
  const result = (route.body ?? noMembers).safeParse(body)
  if (result.success) return result.data
  throw refusal(result.error.issues)
}

function refusal(issues: readonly Issue[]): Fault {
  const [first] = issues
  const param = first === undefined ? null : nameOf(first)
  const sentences = issues.slice(0, 5).map((issue) => {
    const name = nameOf(issue)
    return `${name === '' ? '' : `${name}: `}${lowerFirst(issue.message)}`
  })
  return new Fault('invalid_request', {
    param: param === '' ? null : param,
    details: { detail: `${sentences.join('; ')}.` },
  })
}

function nameOf(issue: Issue): string {
  const path = issue.path.map(String)
  return [...path, ...(issue.keys?.slice(0, 1) ?? [])].join('.')
}

function lowerFirst(message: string): string {
  const text = message.replace(/^Invalid input: /, '')
  return text.charAt(0).toLowerCase() + text.slice(1)
}
