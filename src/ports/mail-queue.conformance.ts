import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { makeMailId } from '#domain/identifiers.ts'

import type { MailQueue } from './mail-queue.ts'

const nowMs = 1_764_000_000_000

function newMail(expiresAtMs = nowMs + 60_000) {
  const sealed = Uint8Array.from(randomBytes(50))
  return { id: makeMailId(randomBytes), kind: 'code', sealed, expiresAtMs, nowMs }
}

/** What every queue of mails promises. The queue is empty. */
export function mailQueueConformance(name: string, makeQueue: () => Promise<MailQueue>): void {
  const wish = { nowMs, leaseMs: 1_000, limit: 10 }

  describe(`${name}: waiting mails`, () => {
    test('a mail comes out as it went in, oldest first, and is its taker’s for a while', async () => {
      const queue = await makeQueue()
      const first = newMail()
      const second = { ...newMail(), nowMs: nowMs + 1 }
      await queue.put(first)
      await queue.put(second)
      const { id, kind, sealed, expiresAtMs } = first
      const later = { ...wish, nowMs: nowMs + 1 }
      const claimed = await queue.claim(later)
      expect(claimed[0]).toEqual({ id, kind, sealed, expiresAtMs, attemptCount: 0 })
      expect(claimed.map((mail) => mail.id)).toEqual([first.id, second.id])
      expect(await queue.claim(later)).toEqual([])
      const again = await queue.claim({ ...wish, nowMs: nowMs + 1_001 })
      expect(again.map(({ attemptCount }) => attemptCount)).toEqual([1, 1])
      for (const mail of again) await queue.remove(mail.id)
    })

    test('of many who take at once, each mail goes to one', async () => {
      const queue = await makeQueue()
      for (let count = 0; count < 20; count += 1) await queue.put(newMail())
      const taken = await Promise.all(
        Array.from({ length: 8 }, () => queue.claim({ ...wish, limit: 5 })),
      )
      const ids = taken.flat().map(({ id }) => id)
      expect(new Set(ids).size).toBe(ids.length)
      for (const id of ids) await queue.remove(id)
      await queue.removeExpired(nowMs + 60_000)
    })

    test('a mail that is put off comes again when it is due', async () => {
      const queue = await makeQueue()
      const mail = newMail()
      await queue.put(mail)
      await queue.claim(wish)
      await queue.postpone({ id: mail.id, dueAtMs: nowMs + 5_000, error: 'x'.repeat(2_000) })
      expect(await queue.claim({ ...wish, nowMs: nowMs + 4_999 })).toEqual([])
      expect(await queue.claim({ ...wish, nowMs: nowMs + 5_000 })).toHaveLength(1)
      await queue.remove(mail.id)
      expect(await queue.claim({ ...wish, nowMs: nowMs + 50_000 })).toEqual([])
    })

    test('an expired mail is never sent, and is removed', async () => {
      const queue = await makeQueue()
      await queue.put(newMail(nowMs + 1))
      expect(await queue.claim({ ...wish, nowMs: nowMs + 1 })).toEqual([])
      expect(await queue.removeExpired(nowMs + 1)).toBe(1)
      expect(await queue.removeExpired(nowMs + 1)).toBe(0)
    })
  })
}
