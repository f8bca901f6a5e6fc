/** One mail, ready to be sent. */
export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** A mail that will never be taken, however often it is tried. The message is for the log. */
export class MailRefused extends Error {
  override readonly name = 'MailRefused'
}

/** A mail that could not be handed over right now. The message is for the log. */
export class MailUnavailable extends Error {
  override readonly name = 'MailUnavailable'
}

/** Hands mails over to be delivered. */
export interface Mailer {
  /** Throws `MailRefused` or `MailUnavailable`; after the latter the mail may have been taken. */
  readonly send: (mail: Mail) => Promise<void>
}
