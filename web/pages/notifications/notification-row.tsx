import { Link } from '@tanstack/react-router'
import { Check, Gauge, TriangleAlert, Wallet } from 'lucide-react'
import type { ReactNode } from 'react'

import type { CallOutput } from '#web/client/call.ts'
import { IconButton } from '#web/elements/button.tsx'
import { Chip } from '#web/elements/chip.tsx'
import { classNames } from '#web/elements/class-names.ts'
import { Moment } from '#web/elements/moment.tsx'
import { Money } from '#web/elements/money.tsx'
import { exactCount } from '#web/elements/numbers.ts'

type Notification = CallOutput<'GET /api/accounts/{account_id}/notifications'>['data'][number]

const icons = { low_balance: Wallet, budget: Gauge, error_spike: TriangleAlert } as const

/** One notification: what was so, since when, whether it is so still, and where to look. */
export function NotificationRow({
  notification,
  read,
}: {
  notification: Notification
  read?: () => void
}) {
  const { kind, created_at, ended_at, read_at } = notification
  const Icon = icons[kind]
  return (
    <li className="flex items-start gap-3 px-4 py-3">
      <Icon
        size={16}
        aria-hidden
        className={classNames(
          'mt-0.5 shrink-0',
          ended_at === null
            ? kind === 'error_spike'
              ? 'text-negative'
              : 'text-caution'
            : 'text-muted',
        )}
      />
      <div className="min-w-0 grow">
        <p className={classNames('break-words', read_at === null && 'font-medium')}>
          {wordsOf(notification)}
        </p>
        <p className="mt-0.5 flex flex-wrap items-center gap-x-2 text-13 text-muted">
          <Moment at={created_at} />
          {ended_at === null ? (
            <Chip tone="caution">so still</Chip>
          ) : (
            <span>
              over <Moment at={ended_at} />
            </span>
          )}
        </p>
      </div>
      {read && (
        <IconButton label="Mark as read" onClick={read}>
          <Check size={15} aria-hidden />
        </IconButton>
      )}
    </li>
  )
}

const windowWords = { day: 'day', week: 'week', month: 'month', total: 'whole time' } as const

function wordsOf(told: Notification): ReactNode {
  switch (told.kind) {
    case 'low_balance':
      return (
        <>
          <Money usd={told.left} /> was left, less than <Money usd={told.threshold} />. At zero,
          requests are refused.
        </>
      )
    case 'budget':
      return (
        <>
          {told.percent} % of the limit of {placeOf(told.owner)} for the {windowWords[told.window]}{' '}
          was spent: <Money usd={told.spent} /> of <Money usd={told.limit} />.
        </>
      )
    case 'error_spike':
      return (
        <>
          {exactCount(told.errors)} of {exactCount(told.requests)} requests within two hours ended
          with an error.{' '}
          <Link
            to="/requests"
            search={{ outcome: 'upstream_failed', last: '24h' }}
            className="text-accent underline"
          >
            Look at them
          </Link>
        </>
      )
    default:
      return told satisfies never
  }
}

function placeOf({
  type,
  id,
  name,
}: Extract<Notification, { kind: 'budget' }>['owner']): ReactNode {
  const linkClass = 'text-accent underline'
  switch (type) {
    case 'key':
      return (
        <>
          the key{' '}
          <Link to="/keys" search={{ key: id }} className={linkClass}>
            {name}
          </Link>
        </>
      )
    case 'project':
      return (
        <>
          the project{' '}
          <Link to="/projects" search={{ project: id }} className={linkClass}>
            {name}
          </Link>
        </>
      )
    case 'account':
      return (
        <Link to="/limits" className={linkClass}>
          the account
        </Link>
      )
    default:
      return type satisfies never
  }
}
