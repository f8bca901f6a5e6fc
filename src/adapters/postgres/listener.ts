import type { ClientBase, Notification } from 'pg'

/** A channel of `NOTIFY`. */
export type Channel =
  | 'codelace_directory'
  | 'codelace_leases'
  | 'codelace_prices'
  | 'codelace_requests'

/** Receives a payload; null says that messages may have been missed, because a connection is new. */
export type ChannelListener = (payload: string | null) => void

/** Who listens to which channel, on whatever connection currently carries the messages. */
export interface ListenerTable {
  /** Takes the channel; true when it is the first listener, so that `LISTEN` must be sent. */
  readonly add: (channel: Channel, listener: ChannelListener) => boolean
  /** Sends `LISTEN` for every channel on a new connection and hears what arrives there. */
  readonly attach: (client: ClientBase) => Promise<void>
}

/** An empty table. A listener that throws is our own mistake and is not caught. */
export function makeListenerTable(): ListenerTable {
  const listeners = new Map<string, ChannelListener[]>()
  const tell = (channel: string, payload: string | null) => {
    for (const listener of listeners.get(channel) ?? []) listener(payload)
  }
  return {
    add: (channel, listener) => {
      const known = listeners.get(channel)
      listeners.set(channel, [...(known ?? []), listener])
      return known === undefined
    },
    attach: async (client) => {
      client.on('notification', (message: Notification) => {
        tell(message.channel, message.payload ?? '')
      })
      for (const channel of listeners.keys()) {
        await client.query(`listen ${channel}`)
        tell(channel, null)
      }
    },
  }
}
