import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import fc from 'fast-check'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { MailRefused, MailUnavailable } from '#ports/mailer.ts'

import { createOutbox } from './outbox.ts'
import { createSmtpMailer, type SmtpMailer } from './smtp-mailer.ts'

/** What the server took: the envelope as SMTP spoke it, and the message as bytes. */
const taken: { to: string[]; from: string; raw: string }[] = []
let answer: { code: number } | null = null
let server: SMTPServer
let mailer: SmtpMailer

beforeAll(async () => {
  server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo: (_, __, done) => {
      const refusal = answer
      done(
        refusal === null
          ? null
          : Object.assign(new TypeError('no such mailbox ada@example.com'), {
              responseCode: refusal.code,
            }),
      )
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        const from = mailFrom === false ? '' : mailFrom.address
        const to = rcptTo.map(({ address }) => address)
        taken.push({ from, to, raw: Buffer.concat(chunks).toString() })
        done()
      })
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  mailer = createSmtpMailer(placeOf((server.server.address() as AddressInfo).port))
})
afterAll(() => {
  mailer.close()
  server.close()
})

const placeOf = (port: number) => ({
  ...{ host: '127.0.0.1', port, isTlsFromStart: false, user: null, password: null },
  ...{ requiresTls: false, from: 'hello@codelace.test' },
})
const mail = {
  to: 'ada@example.com',
  subject: 'Your codelace sign-in code',
  text: 'Your code:\n\n    123 456\n',
  html: '<p>Your code: <b>123 456</b></p>',
}

describe('mail over SMTP', () => {
  test('arrives whole: sender, one recipient, subject, text and HTML', async () => {
    taken.length = 0
    await mailer.send(mail)
    const [got, ...more] = taken
    expect(more).toEqual([])
    expect([got?.from, got?.to]).toEqual(['hello@codelace.test', [mail.to]])
    const parsed = await PostalMime.parse(got?.raw ?? '')
    expect(parsed.from).toMatchObject({ name: 'codelace', address: 'hello@codelace.test' })
    expect(parsed.to?.map(({ address }) => address)).toEqual([mail.to])
    expect(parsed.subject).toBe(mail.subject)
    expect(parsed.text?.trim()).toBe(mail.text.trim())
    expect(parsed.html?.trim()).toBe(mail.html)
    expect(got?.raw).toContain('Auto-Submitted: auto-generated')
  })

  test('no text in any field begins another header or reaches another recipient', async () => {
    const piece = fc.oneof(
      fc.constantFrom('\r\n', '\n', '\r', '\r\nBcc: eve@example.com', '\r\n\r\n', ': ', ',', ';'),
      fc.constantFrom('<eve@example.com>', 'eve@example.com', '"', '\0', '\u2028', '\u0085'),
      fc.string({ unit: 'grapheme', maxLength: 12 }),
    )
    const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''))
    await fc.assert(
      fc.asyncProperty(text, text, text, async (subject, body, html) => {
        taken.length = 0
        await mailer.send({ to: mail.to, subject, text: `${body} `, html: `${html} ` })
        expect(taken.map(({ to }) => to)).toEqual([[mail.to]])
        const { headers } = await PostalMime.parse(taken[0]?.raw ?? '')
        const names = headers.map(({ key }) => key)
        expect(names.toSorted()).toEqual(
          [
            ...['auto-submitted', 'content-type', 'date', 'from', 'message-id', 'mime-version'],
            ...(names.includes('subject') ? ['subject'] : []),
            ...['to', 'x-auto-response-suppress'],
          ].toSorted(),
        )
      }),
      { numRuns: 150 },
    )
  }, 120_000)

  test.each([
    [550, MailRefused],
    [450, MailUnavailable],
  ])(
    'a server that answers %i is told apart, and its words, which hold the address, go nowhere',
    async (code, kind) => {
      answer = { code }
      try {
        const error = await mailer.send(mail).then(
          () => expect.fail('it was refused'),
          (reason: unknown) => reason,
        )
        expect(error).toBeInstanceOf(kind)
        expect(String(error)).not.toContain('ada@example.com')
      } finally {
        answer = null
      }
    },
  )

  test('a server that is not there is one to try again', async () => {
    const nobody = createSmtpMailer(placeOf(1))
    await expect(nobody.send(mail)).rejects.toBeInstanceOf(MailUnavailable)
    nobody.close()
  })
})

test('an outbox keeps the last mails, newest first, and tells of each', async () => {
  const told: string[] = []
  const outbox = createOutbox(
    () => 5,
    ({ to }) => void told.push(to),
  )
  for (let index = 0; index < 60; index += 1) await outbox.send({ ...mail, to: `${index}` })
  expect(told).toHaveLength(60)
  expect(outbox.mails()).toHaveLength(50)
  expect(outbox.mails()[0]).toEqual({ ...mail, to: '59', sentAt: new Date(5) })
})
