import { readEmail } from '#domain/email-addresses.ts'
import { Fault } from '#domain/faults.ts'

/** The canonical form of an address that somebody typed. Throws a fault that names the member. */
export function readAddress(text: string): string {
  const reading = readEmail(text, hostToAscii)
  if (reading.kind === 'email') return reading.email
  const detail = `email: this ${reading.problem}.`
  throw new Fault('invalid_request', { param: 'email', details: { detail } })
}

/** By the rules that browsers use: IDN to ASCII, and nothing that is an IP address in some clothes. */
function hostToAscii(host: string): string | undefined {
  if (/[\s/?#@:\\[\]%]/.test(host)) return undefined
  return URL.parse(`http://${host}/`)?.hostname
}
