import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'

import { Agent, buildConnector } from 'undici'

import { isInRanges, type IpRange } from '#domain/ip-ranges.ts'
import { outboundConnectTimeoutMs, requestHeaderBytesMax } from '#domain/limits.ts'
import { isPublicAddress, isPublicName } from '#domain/public-addresses.ts'

/** All addresses of a name, in the order in which they should be tried. */
export type ResolveName = (name: string) => Promise<readonly string[]>

/** What may be reached. */
export interface OutboundRules {
  /** Plain HTTP as well as HTTPS. */
  readonly allowsHttp: boolean
  readonly ports: readonly number[]
  /** Inner addresses that the operator opens all the same. */
  readonly openedRanges: readonly IpRange[]
  /** Asks the system's resolver unless a test brings its own. */
  readonly resolve?: ResolveName
  /** More certificates to trust, in PEM, beside those of the system. */
  readonly extraCertificates?: readonly string[]
}

/** HTTPS to the public internet, on its usual port. */
export const publicHttpsOnly: OutboundRules = { allowsHttp: false, ports: [443], openedRanges: [] }

/** An address may not be reached. The message says why, and names nothing that the caller did not say. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused'
}

/**
 * The address, read as it will be used. Throws `AddressRefused` for what can be refused without asking for
 * its name; the rest is decided when it is connected to.
 */
export function checkedUrl(text: string, rules: OutboundRules): URL {
  const url = URL.parse(text)
  if (url === null) throw new AddressRefused('it is no address')
  const isHttp = url.protocol === 'http:' && rules.allowsHttp
  if (url.protocol !== 'https:' && !isHttp) {
    throw new AddressRefused(
      rules.allowsHttp ? 'it must begin with http' : 'it must begin with https:',
    )
  }
  if (url.username !== '' || url.password !== '') {
    throw new AddressRefused('it holds a name or a password')
  }
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
  if (!rules.ports.includes(port)) throw new AddressRefused(`port ${port} is not open`)
  const host = bare(url.hostname)
  if (isIP(host) !== 0) {
    if (!mayBeReached(host, rules)) throw new AddressRefused('it is not on the public internet')
  } else if (!isPublicName(host)) throw new AddressRefused('its name is not of the public internet')
  return url
}

/** Why `checkedUrl` refuses an address; undefined when it does not. */
export function refusalOfAddress(text: string, rules: OutboundRules): string | undefined {
  try {
    checkedUrl(text, rules)
    return undefined
  } catch (error) {
    if (error instanceof AddressRefused) return error.message
    throw error
  }
}

/**
 * Connections that obey the rules whatever the caller asks for: each resolves its name once and goes to an
 * address that was checked. Connections are not kept.
 */
export function createGuardedAgent(
  rules: OutboundRules,
  limits: { readonly maxResponseSize?: number; readonly connectTimeoutMs?: number } = {},
): Agent {
  const { extraCertificates } = rules
  const { maxResponseSize, connectTimeoutMs = outboundConnectTimeoutMs } = limits
  const connect = buildConnector({
    timeout: connectTimeoutMs,
    allowH2: false,
    ...(extraCertificates === undefined ? {} : { ca: [...extraCertificates] }),
  })
  return new Agent({
    connect(options, callback) {
      addressFor(bare(options.hostname), rules).then(
        (address) => {
          const host = options.host ?? options.hostname
          connect({ ...options, hostname: address, host }, callback)
        },
        (error: unknown) => {
          callback(error instanceof Error ? error : new AddressRefused('it was refused'), null)
        },
      )
    },
    pipelining: 0,
    ...(maxResponseSize === undefined ? {} : { maxResponseSize }),
    maxHeaderSize: requestHeaderBytesMax,
  })
}

/** One inner address among those of a name is enough to refuse it: it is there to be found. */
async function addressFor(host: string, rules: OutboundRules): Promise<string> {
  const addresses =
    isIP(host) === 0 ? await resolved(host, rules.resolve ?? resolveBySystem) : [host]
  if (!addresses.every((address) => mayBeReached(address, rules))) {
    throw new AddressRefused('it is not on the public internet')
  }
  const [first] = addresses
  if (first === undefined) throw new AddressRefused('its name has no address')
  return first
}

async function resolved(host: string, resolve: ResolveName): Promise<readonly string[]> {
  try {
    return await resolve(host)
  } catch (error) {
    throw new AddressRefused('its name has no address', { cause: error })
  }
}

async function resolveBySystem(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address)
}

function mayBeReached(address: string, { openedRanges }: OutboundRules): boolean {
  return isPublicAddress(address) || isInRanges(address, openedRanges)
}

/** Without the brackets of IPv6. */
function bare(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
}
