import { unreachable } from '#domain/faults.ts'
import type { AccountId } from '#domain/identifiers.ts'
import { formatUsdForPeople } from '#domain/money.ts'
import type { NotificationFacts } from '#domain/notifications.ts'
import type { SpendWindow } from '#domain/spend-windows.ts'
import type { Mail } from '#ports/mailer.ts'

import { writeMail } from './letter.ts'

/** The mail that tells how an account stands, with the way to other settings and to no more mails. */
export function notificationLetter(letter: {
  readonly to: string
  readonly accountName: string
  readonly accountId: AccountId
  readonly facts: NotificationFacts
  /** Where the dashboard is. */
  readonly appUrl: string
  readonly unsubscribeUrl: string
}): Mail {
  const { to, accountId, facts, appUrl, unsubscribeUrl } = letter
  const { subject, before, page } = wordsOf(facts, letter)
  const at = (path: string) => `${appUrl}${path}?account=${accountId}`
  return writeMail({
    to,
    subject,
    before,
    link: { words: page.words, url: at(page.path) },
    after: ['You are told once; again only when it is over and happens anew.'],
    footer: [
      { words: 'Choose what you are told', url: at('/settings/notifications') },
      { words: 'No more mails about this account', url: unsubscribeUrl },
    ],
  })
}

interface Words {
  readonly subject: string
  readonly before: readonly string[]
  readonly page: { readonly words: string; readonly path: string }
}

const windowNames: Readonly<Record<SpendWindow, string>> = {
  day: 'today',
  week: 'this week',
  month: 'this month',
  total: 'in all',
}

function wordsOf(
  facts: NotificationFacts,
  { accountId, accountName }: { accountId: AccountId; accountName: string },
): Words {
  switch (facts.kind) {
    case 'low_balance': {
      const left = formatUsdForPeople(facts.leftNanoUsd)
      const threshold = formatUsdForPeople(facts.thresholdNanoUsd)
      return {
        subject: `${left} left in "${accountName}"`,
        before: [
          `The balance of "${accountName}" has fallen below ${threshold}: ${left} is left.`,
          'When it is used up, requests are refused with 402 until credit is added. Nothing is charged for those.',
        ],
        page: { words: 'See the balance', path: '/' },
      }
    }
    case 'budget': {
      const { owner, window, percent } = facts
      const spent = formatUsdForPeople(facts.spentNanoUsd)
      const limit = formatUsdForPeople(facts.limitNanoUsd)
      const whose = owner.id === accountId ? '' : ` by "${owner.name}"`
      const next =
        percent === 100
          ? 'The limit is reached: requests that would go beyond it are refused with 402.'
          : 'At 100 % requests that would go beyond it are refused with 402.'
      return {
        subject: `${percent} % of a spend limit of "${accountName}" is used`,
        before: [
          `${spent} of ${limit} that may be spent ${windowNames[window]}${whose} in "${accountName}" is spent.`,
          next,
        ],
        page: { words: 'See the limits', path: '/limits' },
      }
    }
    case 'error_spike': {
      const { requestCount, errorCount } = facts
      const percent = Math.round((errorCount / requestCount) * 100)
      return {
        subject: `Many requests of "${accountName}" fail`,
        before: [
          `${errorCount} of the last ${requestCount} requests of "${accountName}" ended with an error (${percent} %), far more than on the day before.`,
          'Requests that no provider could answer are not charged.',
        ],
        page: { words: 'See the requests', path: '/requests' },
      }
    }
    default:
      return unreachable(facts)
  }
}
