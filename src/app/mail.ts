import { createOutbox } from '#adapters/mail/outbox.ts'
import { createSmtpMailer } from '#adapters/mail/smtp-mailer.ts'
import type { PostOffice } from '#control/mail/post-office.ts'
import type { House } from '#control/operation.ts'
import type { Mail, Mailer } from '#ports/mailer.ts'

import type { Settings } from './config/settings.ts'

/** How mails leave this process, or where they stay. */
export interface MailExit {
  /** Null: there is no way to send mail here. */
  readonly mailer: Mailer | null
  readonly outbox: PostOffice['outbox']
  readonly close: () => void
}

/** What the installation knows of itself from its settings. */
export function houseOf({ host, production, publicUrl }: Settings): House {
  return { publicUrl, isOwnMachine: !production && isLoopback(host) }
}

/**
 * Over SMTP where it is set. Otherwise, on a machine of one's own (listening on loopback, not in production),
 * mails stay in memory and are printed on the console, codes included; anywhere else there is no way to
 * send mail, and no code is shown to anyone.
 */
export function openMailExit(
  settings: Settings,
  { nowMs, print }: { nowMs: () => number; print: (text: string) => void },
): MailExit {
  if (settings.smtp !== null) {
    const mailer = createSmtpMailer(settings.smtp)
    return { mailer, outbox: null, close: mailer.close }
  }
  if (!houseOf(settings).isOwnMachine) {
    return { mailer: null, outbox: null, close: () => undefined }
  }
  const outbox = createOutbox(nowMs, (mail) => print(describeMail(mail)))
  return { mailer: outbox, outbox: outbox.mails, close: () => undefined }
}

/** A mail on a terminal: its first words, framed so that the code is found at a glance. */
function describeMail({ to, subject, text }: Mail): string {
  const body = text.split('\n-- \n')[0]?.trimEnd() ?? ''
  return `\n  Mail to ${to}: ${subject}\n\n${body.replace(/^/gm, '  | ')}\n\n`
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}
