import { networkOf } from './ip-ranges.ts'

/** What is counted as one asker: an IPv4 address, or the part of an IPv6 address that one line is given. */
const askerBits = { ipv4: 32, ipv6: 64 }
/** What stands for a place: coarse enough to be no address any more. */
export const placeBits = { ipv4: 24, ipv6: 48 }

/** The network that limits are counted for. Where the address is not known, all such callers share one. */
export function askerNetwork(address: string | null): string {
  return (address === null ? undefined : networkOf(address, askerBits)) ?? 'unknown'
}

/**
 * Where an address is, as far as it can be told without asking anyone: the network it belongs to, without
 * the part that names a line or a machine. Null for what is no address.
 */
export function placeOf(address: string | null): string | null {
  return (address === null ? undefined : networkOf(address.split('/')[0] ?? '', placeBits)) ?? null
}
