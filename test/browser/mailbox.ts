import type { AddressInfo } from 'node:net'

import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'

import { until } from '#test/server/until.ts'

/** A mail as it arrived. */
export interface ReceivedMail {
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** A real mail server on the loopback that keeps what it receives. */
export interface Mailbox {
  /** For SMTP_URL. */
  readonly url: string
  /** Waits for the next mail to an address that was not read before, and returns the code in it. */
  readonly codeFor: (address: string) => Promise<string>
  readonly received: readonly ReceivedMail[]
  readonly close: () => Promise<void>
}

const mailTimeoutMs = 30_000

/** Starts the mail server. */
export async function openMailbox(): Promise<Mailbox> {
  const received: ReceivedMail[] = []
  let readCount = 0
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        void PostalMime.parse(Buffer.concat(chunks)).then(({ subject = '', text = '' }) => {
          const to = session.envelope.rcptTo.map(({ address }) => address).join(', ')
          received.push({ to, subject, text })
          done()
        }, done)
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${port}`,
    received,
    codeFor: (address) =>
      until(
        () => {
          const index = received.findIndex(
            ({ to, text }, each) => each >= readCount && to === address && codeIn(text) !== null,
          )
          if (index === -1) return undefined
          readCount = index + 1
          return codeIn(received[index]?.text ?? '') ?? undefined
        },
        { timeoutMs: mailTimeoutMs, what: `a code for ${address}` },
      ),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** Codes stand on a line of their own, in groups. */
function codeIn(text: string): string | null {
  return (
    /^\s*([0-9A-Z]{3,5}(?:[ -][0-9A-Z]{3,5})+)\s*$/m.exec(text)?.[1]?.replace(/\W/g, '') ?? null
  )
}
