import { Client, type ClientConfig } from 'pg'

import type { Database } from './database.ts'
import { makeListenerTable } from './listener.ts'

const firstRetryMs = 100
const slowestRetryMs = 5_000

/** Listening on a connection of its own, which is made when the first listener comes. */
export interface RemoteListener {
  readonly listen: Database['listen']
  readonly close: () => Promise<void>
}

/**
 * Keeps one connection to a server for `LISTEN`, and makes a new one whenever it breaks, after 0.1 to 5
 * seconds. Each new connection tells every listener null. It never keeps the process alive.
 */
export function keepListening(config: ClientConfig): RemoteListener {
  const table = makeListenerTable()
  let client: Client | undefined
  let retry: NodeJS.Timeout | undefined
  let retryMs = firstRetryMs
  let closed = false

  const connect = async () => {
    const next = new Client(config)
    client = next
    next.on('error', () => undefined)
    next.once('end', () => {
      if (client === next) client = undefined
      if (!closed) plan()
    })
    try {
      await next.connect()
      await table.attach(next)
      retryMs = firstRetryMs
    } catch {
      // Ending it, connected or not, plans the next attempt above.
      await next.end().catch(() => undefined)
    }
  }

  const plan = () => {
    clearTimeout(retry)
    retry = setTimeout(() => {
      void connect()
    }, retryMs)
    retry.unref()
    retryMs = Math.min(retryMs * 2, slowestRetryMs)
  }

  return {
    listen: async (channel, listener) => {
      const first = table.add(channel, listener)
      if (client === undefined && retry === undefined) await connect()
      else if (first) await client?.query(`listen ${channel}`).catch(() => undefined)
    },
    close: async () => {
      closed = true
      clearTimeout(retry)
      await client?.end().catch(() => undefined)
    },
  }
}
