import { outboxMailsMax } from '#domain/limits.ts'
import type { Mail, Mailer } from '#ports/mailer.ts'

/** A mailer that delivers to this process only. */
export interface Outbox extends Mailer {
  /** The last mails, newest first. */
  readonly mails: () => readonly (Mail & { readonly sentAt: Date })[]
}

/** Keeps the last mails in memory and hands each to `onMail`. */
export function createOutbox(nowMs: () => number, onMail: (mail: Mail) => void): Outbox {
  const mails: (Mail & { readonly sentAt: Date })[] = []
  return {
    send: async (mail) => {
      mails.unshift({ ...mail, sentAt: new Date(nowMs()) })
      mails.splice(outboxMailsMax)
      onMail(mail)
    },
    mails: () => mails,
  }
}
