import type { ControlParts } from '#control/operation.ts'
import { noticeLifeMs } from '#domain/limits.ts'

import { noticeLetter, type Notice } from './letters.ts'

/**
 * Posts a notice, where mail can be sent. It is on record when this resolves. A notice that cannot be
 * written down is reported and never undoes what it tells of.
 */
export async function notify(
  { post, clock, report }: Pick<ControlParts, 'post' | 'clock' | 'report'>,
  to: string,
  notice: Notice,
): Promise<void> {
  if (!post.isOpen) return
  const nowMs = clock.nowMs()
  const mail = noticeLetter(to, notice, new Date(nowMs))
  try {
    await post.post({ kind: notice.kind, mail, expiresAtMs: nowMs + noticeLifeMs })
  } catch (error) {
    report({ kind: 'failed', path: `notice ${notice.kind}`, error })
  }
}
