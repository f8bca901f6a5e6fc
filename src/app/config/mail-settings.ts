import type { SmtpPlace } from '#adapters/mail/smtp-mailer.ts'

/** Reads one variable: null when absent; a value that is not right is noted as a mistake. */
export type ReadVariable = (
  variable: string,
  expected?: string,
  isRight?: (text: string) => boolean,
) => string | null

const urlExpected =
  'an address such as "smtp://user:password@mail.example.com:587", or "smtps://" for TLS from the start (it is not shown here)'
const defaultPorts = { plain: 587, tls: 465 }

/**
 * How mail leaves: by `SMTP_URL`, or by `SMTP_HOST` with `SMTP_PORT`, `SMTP_USER` and `SMTP_PASSWORD`; the
 * sender is `MAIL_FROM`. Null when neither is set: then no mail leaves.
 */
export function readSmtpSettings(read: ReadVariable): SmtpPlace | null {
  const url = read('SMTP_URL', urlExpected, isSmtpUrl)
  const host = read('SMTP_HOST', 'a host name or an IP address', isHost)
  const port = read('SMTP_PORT', 'a whole number from 1 to 65535', isPort)
  const user = read('SMTP_USER')
  const password = read('SMTP_PASSWORD')
  const from = read('MAIL_FROM', 'an e-mail address such as "codelace@example.com"', isAddress)
  if (url !== null) return placeOfUrl(new URL(url), from)
  if (host === null) return null
  const number = port === null ? defaultPorts.plain : Number(port)
  const isTlsFromStart = number === defaultPorts.tls
  const credentials = { user, password }
  return {
    host,
    port: number,
    isTlsFromStart,
    ...credentials,
    requiresTls: user !== null && !isLoopback(host),
    from: from ?? `codelace@${host}`,
  }
}

function placeOfUrl(url: URL, from: string | null): SmtpPlace {
  const isTlsFromStart = url.protocol === 'smtps:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const user = url.username === '' ? null : decodeURIComponent(url.username)
  const usualPort = isTlsFromStart ? defaultPorts.tls : defaultPorts.plain
  return {
    host,
    port: url.port === '' ? usualPort : Number(url.port),
    isTlsFromStart,
    user,
    password: url.password === '' ? null : decodeURIComponent(url.password),
    // A password must not cross a network that anyone can read.
    requiresTls: user !== null && !isTlsFromStart && !isLoopback(host),
    from: from ?? `codelace@${host}`,
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}

function isSmtpUrl(text: string): boolean {
  const url = URL.parse(text)
  return (
    url !== null && (url.protocol === 'smtp:' || url.protocol === 'smtps:') && url.hostname !== ''
  )
}

function isHost(text: string): boolean {
  return /^[A-Za-z0-9:](?:[A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?$/.test(text)
}

function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535
}

function isAddress(text: string): boolean {
  return /^[^\s@<>",;:]+@[^\s@<>",;:]+$/.test(text)
}
