/**
 * IP addresses and CIDR ranges as text, read exactly and compared bit by bit. An address is a list of
 * 16-bit groups: two for IPv4, eight for IPv6.
 */

/** A range of addresses: those that share the first `bits` bits of `groups`. */
export interface IpRange {
  readonly groups: readonly number[]
  readonly bits: number
}

/** A range, or why the text is none. `problem` continues a sentence that begins with the text. */
export type IpRangeReading =
  | { readonly kind: 'range'; readonly range: IpRange }
  | { readonly kind: 'mistake'; readonly problem: string }

/**
 * Reads `192.0.2.0/24`, `2001:db8::/32`, or one address, which is a range of one. Bits behind the prefix
 * must be zero, so that nobody believes to have named one machine and opened a network.
 */
export function readIpRange(text: string): IpRangeReading {
  const [address = '', prefix, ...rest] = text.split('/')
  const groups = readIpAddress(address)
  if (groups === undefined || rest.length > 0) {
    return mistake('is not an IP address or a range such as "192.0.2.0/24" or "2001:db8::/32"')
  }
  if (isMappedIpv4(groups)) return mistake('is an IPv4 address inside IPv6: write it as IPv4')
  const width = groups.length * 16
  const bits = prefix === undefined ? width : Number(prefix)
  if (prefix !== undefined && (!/^\d{1,3}$/.test(prefix) || bits > width)) {
    return mistake(`has a prefix length that is not a whole number from 0 to ${width}`)
  }
  const first = groups.map((group, place) => group & maskOf(bits, place))
  if (first.some((group, place) => group !== groups[place])) {
    return mistake(`has bits behind its prefix: write "${writeAddress(first)}/${bits}"`)
  }
  return { kind: 'range', range: { groups, bits } }
}

/** True when the text is an address within one of the ranges. Text that is no address never is. */
export function isInRanges(address: string, ranges: readonly IpRange[]): boolean {
  const groups = readIpAddress(address)
  if (groups === undefined) return false
  const plain = isMappedIpv4(groups) ? groups.slice(6) : groups
  return ranges.some((range) => holds(range, plain))
}

/**
 * The network that an address belongs to, as a range: so many leading bits of an IPv4 or an IPv6 address.
 * Undefined when the text is no address.
 */
export function networkOf(
  address: string,
  bits: { readonly ipv4: number; readonly ipv6: number },
): string | undefined {
  const groups = readIpAddress(address)
  if (groups === undefined) return undefined
  const plain = isMappedIpv4(groups) ? groups.slice(6) : groups
  const kept = plain.length === 2 ? bits.ipv4 : bits.ipv6
  return `${writeAddress(plain.map((group, place) => group & maskOf(kept, place)))}/${kept}`
}

function holds({ groups, bits }: IpRange, address: readonly number[]): boolean {
  if (groups.length !== address.length) return false
  for (let place = 0; place * 16 < bits; place += 1) {
    if (((address[place] ?? 0) & maskOf(bits, place)) !== groups[place]) return false
  }
  return true
}

/** Which bits of the group at this place belong to a prefix of so many bits. */
function maskOf(bits: number, place: number): number {
  const left = Math.min(16, Math.max(0, bits - place * 16))
  return (0xffff << (16 - left)) & 0xffff
}

/** The groups of an address; undefined when the text is none. Zones (`%eth0`) are not part of one. */
function readIpAddress(text: string): readonly number[] | undefined {
  return text.includes(':') ? readIpv6(text) : readIpv4(text)
}

function readIpv4(text: string): readonly number[] | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  const bytes: number[] = []
  for (const part of parts) {
    // A leading zero means octal to some readers and nothing to others: refused by all careful ones.
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined
    bytes.push(Number(part))
  }
  const [a = 0, b = 0, c = 0, d = 0] = bytes
  return [a * 256 + b, c * 256 + d]
}

function readIpv6(text: string): readonly number[] | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const isShort = halves.length === 2
  const head = readGroups(halves[0] ?? '', !isShort)
  const tail = isShort ? readGroups(halves[1] ?? '', true) : []
  if (head === undefined || tail === undefined) return undefined
  const missing = 8 - head.length - tail.length
  if (isShort ? missing < 1 : missing !== 0) return undefined
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail]
}

/** Groups between colons. Where the text ends the address, its last group may be an IPv4 address. */
function readGroups(text: string, endsAddress: boolean): readonly number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [place, part] of parts.entries()) {
    if (endsAddress && place === parts.length - 1 && part.includes('.')) {
      const embedded = readIpv4(part)
      if (embedded === undefined) return undefined
      groups.push(...embedded)
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}

/** `::ffff:192.0.2.1`: how a socket that speaks both families shows an IPv4 address. */
function isMappedIpv4(groups: readonly number[]): boolean {
  return groups.length === 8 && groups[5] === 0xffff && groups.slice(0, 5).every((one) => one === 0)
}

function writeAddress(groups: readonly number[]): string {
  if (groups.length === 2) {
    return groups.flatMap((group) => [group >> 8, group & 0xff]).join('.')
  }
  let length = groups.length
  while (length > 0 && groups[length - 1] === 0) length -= 1
  const head = groups.slice(0, Math.min(length, 6)).map((group) => group.toString(16))
  if (length <= 6) return `${head.join(':')}::`
  return groups.map((group) => group.toString(16)).join(':')
}

function mistake(problem: string): IpRangeReading {
  return { kind: 'mistake', problem }
}
