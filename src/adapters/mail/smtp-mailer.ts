import { mailSendTimeoutMs } from '#domain/limits.ts'
import { MailRefused, MailUnavailable, type Mail, type Mailer } from '#ports/mailer.ts'

/** How the mail server is reached. */
export interface SmtpPlace {
  readonly host: string
  readonly port: number
  /** TLS from the first byte, as on port 465; otherwise it begins where the server offers it. */
  readonly isTlsFromStart: boolean
  readonly user: string | null
  readonly password: string | null
  /** Refuses to speak without TLS. */
  readonly requiresTls: boolean
  /** The sender, as an address. */
  readonly from: string
}

/** A mailer with connections of its own, which `close` ends. */
export interface SmtpMailer extends Mailer {
  readonly close: () => void
}

/** Hands mails to one server. Connections are made when needed, few at a time, and reused. */
export function createSmtpMailer(place: SmtpPlace): SmtpMailer {
  let transport: ReturnType<typeof openTransport> | null = null
  return {
    send: async (mail) => {
      transport ??= openTransport(place)
      const { sendMail } = await transport
      try {
        await sendMail(messageOf(mail, place.from))
      } catch (error) {
        throw mailError(error)
      }
    },
    close: () => void transport?.then(({ close }) => close()),
  }
}

/** The library is loaded with the first mail: it is 24 MB of a process that may never send one. */
async function openTransport({
  host,
  port,
  isTlsFromStart,
  requiresTls,
  user,
  password,
}: SmtpPlace) {
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({
    pool: true,
    maxConnections: 3,
    host,
    port,
    secure: isTlsFromStart,
    requireTLS: requiresTls,
    ...(user === null ? {} : { auth: { user, pass: password ?? '' } }),
    connectionTimeout: mailSendTimeoutMs,
    greetingTimeout: mailSendTimeoutMs,
    socketTimeout: mailSendTimeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    sendMail: (message: ReturnType<typeof messageOf>) => transport.sendMail(message),
    close: () => transport.close(),
  }
}

/** The recipient as an object: a comma or a bracket in it is part of the address, never a second one. */
function messageOf({ to, subject, text, html }: Mail, from: string) {
  return {
    from: { name: 'codelace', address: from },
    to: { name: '', address: to },
    envelope: { from, to: [to] },
    subject,
    text,
    html,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
  }
}

/** What a server says may quote the address: only its codes are passed on. */
function mailError(error: unknown): MailRefused | MailUnavailable {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown }
  const said = typeof responseCode === 'number' ? responseCode : null
  const reason = `${typeof code === 'string' ? code : 'error'}${said === null ? '' : ` ${said}`}`
  // A server that is busy or wary says 4xx and wants to be asked again; without a word, the address was no address.
  const isForGood = said === null ? code === 'EENVELOPE' : said >= 500 && code !== 'EAUTH'
  return isForGood
    ? new MailRefused(reason, { cause: error })
    : new MailUnavailable(reason, { cause: error })
}
