import type { ControlEvent } from '#control/operation.ts'
import { makeMailId, type RandomBytes } from '#domain/identifiers.ts'
import { mailLeaseMs, mailRetryMsMax, mailRetryMsMin, mailsAtOnceMax } from '#domain/limits.ts'
import type { Clock } from '#ports/clock.ts'
import type { MailQueue, WaitingMail } from '#ports/mail-queue.ts'
import { MailRefused, type Mail, type Mailer } from '#ports/mailer.ts'
import type { ServerSecrets } from '#ports/server-secrets.ts'

/** A mail that was delivered on a machine of one's own, to be looked at. */
export interface OutboxMail extends Mail {
  readonly sentAt: Date
}

/** A mail to be posted. */
export interface PostedLetter {
  readonly kind: string
  readonly mail: Mail
  readonly expiresAtMs: number
}

/** Takes mails, keeps them sealed until they are handed over, and hands them over. */
export interface PostOffice {
  /** False where there is no way to send mail: then nothing is taken. */
  readonly isOpen: boolean
  /** The mail is on record when this resolves; it is handed over afterwards, again and again until `expiresAtMs`. */
  readonly post: (letter: PostedLetter) => Promise<void>
  /** A mail as the queue keeps it, for a store that puts it there together with something else. */
  readonly seal: (letter: PostedLetter) => Promise<Omit<WaitingMail, 'attemptCount'>>
  /** Hands over what is due now, also what other processes left behind. Never throws but for the store. */
  readonly deliver: () => Promise<void>
  /** What was delivered here, newest first; null where mails really leave. */
  readonly outbox: (() => readonly OutboxMail[]) | null
}

/** What a post office is made of. `mailer` null: there is no way to send mail. */
export interface PostOfficeParts {
  readonly queue: MailQueue
  readonly secrets: Pick<ServerSecrets, 'seal' | 'open'>
  readonly mailer: Mailer | null
  readonly outbox: PostOffice['outbox']
  readonly clock: Pick<Clock, 'nowMs'>
  readonly randomBytes: RandomBytes
  readonly report: (event: ControlEvent) => void
}

/** A post office over a queue that other processes share. */
export function createPostOffice(parts: PostOfficeParts): PostOffice {
  const { queue, secrets, mailer, outbox, clock, randomBytes, report } = parts
  let underWay: Promise<void> | undefined

  const deliverOnce = async (): Promise<void> => {
    if (mailer === null) return
    for (;;) {
      const nowMs = clock.nowMs()
      const due = await queue.claim({ nowMs, leaseMs: mailLeaseMs, limit: mailsAtOnceMax })
      await Promise.all(due.map((waiting) => handOver(waiting, mailer, parts)))
      if (due.length < mailsAtOnceMax) return
    }
  }
  const deliver = async (): Promise<void> => {
    // One round at a time; a mail posted during it is found by the round after.
    while (underWay !== undefined) await underWay.catch(() => undefined)
    underWay = deliverOnce().finally(() => {
      underWay = undefined
    })
    await underWay
  }

  const seal: PostOffice['seal'] = async ({ kind, mail, expiresAtMs }) => {
    const id = makeMailId(randomBytes)
    const sealed = await secrets.seal(`mail ${id}`, JSON.stringify(mail))
    return { id, kind, sealed, expiresAtMs }
  }

  return {
    isOpen: mailer !== null,
    outbox,
    deliver,
    seal,
    post: async (letter) => {
      await queue.put({ ...(await seal(letter)), nowMs: clock.nowMs() })
      // The regular round tries again what this one could not.
      void deliver().catch((error: unknown) => report({ kind: 'failed', path: 'mail', error }))
    },
  }
}

async function handOver(
  waiting: WaitingMail,
  mailer: Mailer,
  { queue, secrets, clock, report }: PostOfficeParts,
): Promise<void> {
  const { id, kind: mailKind, attemptCount, expiresAtMs } = waiting
  try {
    const mail: Mail = JSON.parse(secrets.open(`mail ${id}`, waiting.sealed))
    await mailer.send(mail)
    await queue.remove(id)
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    const dueAtMs = clock.nowMs() + Math.min(mailRetryMsMax, mailRetryMsMin * 2 ** attemptCount)
    if (error instanceof MailRefused || dueAtMs >= expiresAtMs) {
      await queue.remove(id)
      report({ kind: 'mail_lost', mailKind, error: reason })
    } else await queue.postpone({ id, dueAtMs, error: reason })
  }
}
