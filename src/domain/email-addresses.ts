import { emailLengthMax } from './limits.ts'

/** An address in its canonical form, or why the text is none. `problem` continues a sentence. */
export type EmailReading =
  | { readonly kind: 'email'; readonly email: string }
  | { readonly kind: 'mistake'; readonly problem: string }

/**
 * Turns a host name into the ASCII form that name servers know, or undefined when it is none. It comes in
 * as an argument because the tables behind it are the platform's.
 */
export type HostToAscii = (host: string) => string | undefined

/** Letters of the part before the @ that every mail server takes, without quotes or comments. */
const localPart = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
const hostName = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/

/**
 * The one form of an address by which people are told apart: lower case, the domain in ASCII, nothing
 * around it. There is no way to write a line break, a list or a comment in it.
 */
export function readEmail(text: string, hostToAscii: HostToAscii): EmailReading {
  const plain = text.trim()
  const at = plain.lastIndexOf('@')
  const local = plain.slice(0, at)
  const domain = plain.slice(at + 1)
  if (at < 1 || domain === '') return mistake('is not an e-mail address such as "ada@example.com"')
  if (local.length > 64 || !localPart.test(local)) {
    return mistake('has characters before the "@" that an e-mail address cannot have here')
  }
  const host = hostToAscii(domain)?.toLowerCase()
  if (host === undefined || host.length > 253 || !hostName.test(host)) {
    return mistake('has no domain such as "example.com" after the "@"')
  }
  const email = `${local.toLowerCase()}@${host}`
  if (email.length > emailLengthMax) return mistake(`is longer than ${emailLengthMax} characters`)
  return { kind: 'email', email }
}

function mistake(problem: string): EmailReading {
  return { kind: 'mistake', problem }
}

/** Providers that ignore dots before the @, and the domain their mailboxes are counted under. */
const dotlessDomains: Readonly<Record<string, string>> = {
  'gmail.com': 'gmail.com',
  'googlemail.com': 'gmail.com',
}

/** Domains that hand out addresses for minutes, to anyone. */
const disposableDomains: ReadonlySet<string> = new Set([
  ...['10minutemail.com', 'discard.email', 'dispostable.com', 'getnada.com', 'grr.la'],
  ...['guerrillamail.com', 'maildrop.cc', 'mailinator.com', 'mailnesia.com', 'mintemail.com'],
  ...['mohmal.com', 'sharklasers.com', 'temp-mail.org', 'tempmail.com', 'throwawaymail.com'],
  ...['trashmail.com', 'yopmail.com'],
])

/**
 * The form by which trials are counted, from a canonical address: one mailbox has one, whatever tags and
 * dots are written into it. It never decides who someone is. `isDisposable`: the mailbox is thrown away.
 */
export function abuseFormOf(email: string): {
  readonly form: string
  readonly isDisposable: boolean
} {
  const at = email.lastIndexOf('@')
  const domain = email.slice(at + 1)
  const merged = dotlessDomains[domain]
  const untagged = email.slice(0, at).replace(/\+.*$/, '')
  const local = merged === undefined ? untagged : untagged.replaceAll('.', '')
  return { form: `${local}@${merged ?? domain}`, isDisposable: disposableDomains.has(domain) }
}
