import { connect, createServer, type Server, type Socket } from 'node:net'

/** A way to a server that can be cut and restored, as if the server itself went away and came back. */
export interface SeverableProxy {
  readonly port: number
  /** Closes every connection and refuses new ones. */
  readonly sever: () => Promise<void>
  readonly restore: () => Promise<void>
  /** Stops passing bytes on without closing anything: a half-open connection. */
  readonly freeze: () => void
  readonly thaw: () => void
  readonly close: () => Promise<void>
}

/** Starts a proxy on the loopback that passes everything on to `target`. */
export async function startSeverableProxy(target: {
  host: string
  port: number
}): Promise<SeverableProxy> {
  const sockets = new Set<Socket>()
  let isFrozen = false
  const server = createServer((client) => {
    const upstream = connect(target.port, target.host)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', () => undefined)
      if (isFrozen) socket.pause()
    }
    client.pipe(upstream)
    upstream.pipe(client)
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  await listen(server, 0)
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const sever = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const socket of sockets) socket.destroy()
    await closed
  }
  return {
    port,
    sever,
    restore: () => listen(server, port),
    freeze() {
      isFrozen = true
      for (const socket of sockets) socket.pause()
    },
    thaw() {
      isFrozen = false
      for (const socket of sockets) socket.resume()
    },
    close: () => (server.listening ? sever() : Promise.resolve()),
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}
