import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { attachHttpLimits, httpServerOptions } from '#gateway/http-limits.ts'

import { isPageRequest, type PageServer } from './pages/serve-pages.ts'
import { StartError } from './start-error.ts'

type Listener = (request: IncomingMessage, response: ServerResponse) => void

/** The one HTTP server of the process. */
export interface HttpServer {
  /** Listens; returns the port. Throws `StartError` when the address cannot be had. */
  readonly listen: (host: string, port: number) => Promise<number>
  /** From now on every answer closes its connection. */
  readonly announceEnd: () => void
  /** Takes no new connections and closes idle ones; resolves when the last one is gone. */
  readonly stopListening: () => Promise<void>
  /** Closes every connection, whatever it is doing. */
  readonly closeAll: () => void
}

/** Connections that became idle while the server leaves are looked for this often. */
const idleSweepMs = 50

/**
 * A server that gives `/api/…` to the control plane, `/app/…` and a browser's `/` to the pages, and
 * everything else to the gateway.
 */
export function createHttpServer(planes: {
  gateway: Listener
  control: Listener
  pages: PageServer
}): HttpServer {
  let ending = false
  const server = createServer(httpServerOptions, (request, response) => {
    if (ending) response.shouldKeepAlive = false
    if (isControlPath(request.url ?? '/')) planes.control(request, response)
    else if (isPageRequest(request)) planes.pages(request, response)
    else planes.gateway(request, response)
  })
  attachHttpLimits(server)
  return {
    listen: (host, port) => listen(server, host, port),
    announceEnd: () => {
      ending = true
    },
    stopListening: () => {
      ending = true
      // A kept connection whose answer ends from now on would otherwise stay open until it times out.
      const sweep = setInterval(() => server.closeIdleConnections(), idleSweepMs)
      return new Promise((resolve) => {
        server.close(() => {
          clearInterval(sweep)
          resolve()
        })
      })
    },
    closeAll: () => server.closeAllConnections(),
  }
}

/** `/api/v1` is the gateway's: OpenRouter's clients expect it there. */
export function isControlPath(url: string): boolean {
  return /^\/api(?!\/v1(?:[/?]|$))(?:[/?]|$)/.test(url)
}

function listen(
  server: ReturnType<typeof createServer>,
  host: string,
  port: number,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => reject(refusalToListen(error, host, port))
    server.once('error', onError)
    server.listen({ host, port }, () => {
      server.off('error', onError)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/**
 * Throws the same `StartError` as listening would, before anything else was done: whoever starts the
 * server twice should not wait for a database first. Whether it can listen is only known when it does.
 */
export async function requireFreePort(host: string, port: number): Promise<void> {
  const probe = createServer()
  await listen(probe, host, port)
  await new Promise<void>((resolve) => probe.close(() => resolve()))
}

function refusalToListen(error: NodeJS.ErrnoException, host: string, port: number): StartError {
  const options = { cause: error }
  switch (error.code) {
    case 'EADDRINUSE':
      return new StartError(
        `Port ${port} on ${host} is taken by another program. Stop it, or set PORT to another port.`,
        options,
      )
    case 'EACCES':
      return new StartError(
        `This user may not listen on port ${port}. Set PORT to one above 1023.`,
        options,
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartError(
        `This machine has no address "${host}". Set HOST to one it has.`,
        options,
      )
    default:
      return new StartError(`Cannot listen on ${host}, port ${port} (${error.code}).`, options)
  }
}
