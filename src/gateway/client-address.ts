import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'

/** Finds the address of the client behind a request. */
export type ClientAddressOf = (request: IncomingMessage) => string | null

/** The list of trusted proxies is wrong: `entry` is the faulty one. */
export class ProxyListError extends Error {
  override readonly name = 'ProxyListError'
  readonly entry: string

  constructor(entry: string) {
    super(`"${entry}" is not an IP address or a range like 10.0.0.0/8`)
    this.entry = entry
  }
}

/**
 * The client is the peer of the connection, unless the peer is a trusted proxy: then `X-Forwarded-For` is
 * walked from right to left, and the first address that no trusted proxy owns is the client. What a client
 * writes into the header itself stands left of that and is never believed. Throws `ProxyListError`.
 */
export function clientAddressBehind(trustedProxies: readonly string[]): ClientAddressOf {
  const trusted = readProxies(trustedProxies)
  const isTrusted = (address: string) =>
    trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  return (request) => {
    const peer = peerAddress(request.socket.remoteAddress)
    if (peer === null || trustedProxies.length === 0 || !isTrusted(peer)) return peer
    const forwarded = request.headers['x-forwarded-for']
    if (forwarded === undefined) return peer
    const hops = (Array.isArray(forwarded) ? forwarded.join(',') : forwarded).split(',')
    let client = peer
    for (const hop of hops.toReversed()) {
      const address = plainAddress(hop.trim())
      if (address === null) return client
      client = address
      if (!isTrusted(address)) return client
    }
    return client
  }
}

function readProxies(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', length] = entry.split('/')
    const family = isIP(address)
    const bits = length === undefined ? (family === 6 ? 128 : 32) : Number(length)
    const lengthIsPlain = length === undefined || /^\d{1,3}$/.test(length)
    if (family === 0 || !lengthIsPlain || bits > (family === 6 ? 128 : 32)) {
      throw new ProxyListError(entry)
    }
    list.addSubnet(address, bits, family === 6 ? 'ipv6' : 'ipv4')
  }
  return list
}

/** The system's own way of writing it: only IPv6 needs a second look. */
function peerAddress(text: string | undefined): string | null {
  if (text === undefined) return null
  return text.includes(':') ? plainAddress(text) : text
}

/** Without brackets, a port, a zone, or the prefix of an IPv4 address in IPv6 clothes. */
function plainAddress(text: string | undefined): string | null {
  if (text === undefined) return null
  let address = text
  if (address.startsWith('[')) address = address.slice(1).replace(/\](?::\d+)?$/, '')
  else if (/^[\d.]+:\d+$/.test(address)) address = address.slice(0, address.indexOf(':'))
  const zone = address.indexOf('%')
  if (zone !== -1) address = address.slice(0, zone)
  if (/^::ffff:\d/i.test(address)) address = address.slice(7)
  return isIP(address) === 0 ? null : address
}
