import type { Target } from '#bench/load/jobs.ts'
import { pacedBasePath, type StreamPace } from '#bench/upstream/answers.ts'
import { requestText } from '#bench/upstream/request.ts'
import type { Upstream } from '#bench/upstream/upstream.ts'

import type { TargetKind } from './contender.ts'

/** The pace of the streaming part: 200 chunks, one every 20 ms. */
export const streamPace: StreamPace = { intervalMs: 20, chunks: 200 }

/** The pace of streams that are only held open: they outlive any run. */
const slowStreamPace: StreamPace = { intervalMs: 2000, chunks: 10_000 }

/** The model that the upstream goes by. */
export const upstreamModel = 'bench-model'

/** The base URL of the provider that serves one kind of request. */
export function upstreamBaseUrl(upstream: Upstream, kind: TargetKind): string {
  const port = kind === 'answer' ? upstream.answerPort : upstream.streamPort
  return `http://127.0.0.1:${port}${basePath(kind)}`
}

function basePath(kind: TargetKind): string {
  switch (kind) {
    case 'answer':
      return '/v1'
    case 'stream':
    case 'translated_stream':
      return pacedBasePath(streamPace)
    case 'slow_stream':
      return pacedBasePath(slowStreamPace)
    default:
      return kind satisfies never
  }
}

/** A request that goes to the upstream as it is: to the upstream itself, or through a plain proxy. */
export function plainTarget(port: number, kind: TargetKind): Target {
  return {
    host: '127.0.0.1',
    port,
    path: `${basePath(kind)}/chat/completions`,
    headers: { authorization: 'Bearer sk-bench' },
    body: requestText(upstreamModel, kind === 'answer' ? 'answer' : 'stream'),
  }
}

/** A request to a gateway, which knows the way to the upstream by itself. */
export function gatewayTarget(gateway: {
  port: number
  kind: TargetKind
  model: string
  headers: Readonly<Record<string, string>>
}): Target {
  return {
    host: '127.0.0.1',
    port: gateway.port,
    path: '/v1/chat/completions',
    headers: gateway.headers,
    body: requestText(gateway.model, gateway.kind === 'answer' ? 'answer' : 'stream'),
  }
}
