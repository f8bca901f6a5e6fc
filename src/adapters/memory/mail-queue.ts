import type { MailQueue, WaitingMail } from '#ports/mail-queue.ts'

/** Waiting mails in memory. */
export function makeMemoryMailQueue(): MailQueue {
  let rows: { mail: WaitingMail; dueAtMs: number }[] = []
  return {
    put: async ({ nowMs, ...mail }) => {
      rows.push({ mail: { ...mail, attemptCount: 0 }, dueAtMs: nowMs })
    },
    claim: async ({ nowMs, leaseMs, limit }) => {
      const due = rows
        .filter(({ mail, dueAtMs }) => dueAtMs <= nowMs && mail.expiresAtMs > nowMs)
        .slice(0, limit)
      return due.map((row) => {
        const { mail } = row
        row.dueAtMs = nowMs + leaseMs
        row.mail = { ...mail, attemptCount: mail.attemptCount + 1 }
        return mail
      })
    },
    remove: async (id) => {
      rows = rows.filter(({ mail }) => mail.id !== id)
    },
    postpone: async ({ id, dueAtMs }) => {
      for (const row of rows) if (row.mail.id === id) row.dueAtMs = dueAtMs
    },
    removeExpired: async (nowMs) => {
      const kept = rows.filter(({ mail }) => mail.expiresAtMs > nowMs)
      const removed = rows.length - kept.length
      rows = kept
      return removed
    },
  }
}
