import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'

/** Names by which a browser on the same machine calls it; any other name may be a trick with name servers. */
const ownNames = ['localhost', '127.0.0.1', '[::1]']
const ownAddresses = ['127.0.0.1', '::1']

/**
 * Shows the mails of a machine of one's own, codes included: only where it serves nobody else, to a caller
 * on the machine itself who called it by its own name. Everywhere else there is no such page.
 */
export function showOutbox({
  post,
  house,
}: Pick<ControlParts, 'post' | 'house'>): Operation<typeof controlRoutes.showOutbox> {
  return async ({ visitor }) => {
    const isOwn =
      house.isOwnMachine &&
      ownNames.includes(new URL(visitor.origin).hostname) &&
      ownAddresses.includes(visitor.address ?? '')
    if (!isOwn || post.outbox === null) {
      throw new Fault('not_found', { details: { detail: '"/api/sign-in/outbox"' } })
    }
    return {
      data: post.outbox().map(({ to, subject, text, html, sentAt }) => ({
        to,
        subject,
        text,
        html,
        sent_at: sentAt.toISOString(),
      })),
    }
  }
}
