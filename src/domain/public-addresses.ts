import { isInRanges, readIpRange, type IpRange } from './ip-ranges.ts'

/** IPv4 that is not the public internet, and one public address behind which a cloud keeps its secrets. */
const closedIpv4 = ranges([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
])
const allIpv4 = ranges(['0.0.0.0/0'])
/** The only IPv6 that is given out to the public; loopback, local, mapped and translated are outside of it. */
const openIpv6 = ranges(['2000::/3'])
/** Tunnels that carry IPv4 inside, protocol assignments, and documentation. */
const closedIpv6 = ranges(['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'])

/**
 * True for an address of the public internet. Text that is no address is not public; neither is an IPv4
 * address inside IPv6, whatever it carries.
 */
export function isPublicAddress(address: string): boolean {
  if (address.includes(':')) {
    return isInRanges(address, openIpv6) && !isInRanges(address, closedIpv6)
  }
  return isInRanges(address, allIpv4) && !isInRanges(address, closedIpv4)
}

/** Names that mean this machine, its network or a cloud's metadata, wherever they are asked for. */
const closedNames: readonly string[] = [
  'localhost',
  'localdomain',
  'local',
  'internal',
  'intranet',
  'lan',
  'home',
  'corp',
  'private',
  'home.arpa',
  'onion',
]

/** True for a host name of which a public address may be asked: it has a dot and is nobody's inner name. */
export function isPublicName(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '')
  if (!name.includes('.')) return false
  return !closedNames.some((closed) => name === closed || name.endsWith(`.${closed}`))
}

function ranges(texts: readonly string[]): IpRange[] {
  return texts.flatMap((text) => {
    const reading = readIpRange(text)
    return reading.kind === 'range' ? [reading.range] : []
  })
}
