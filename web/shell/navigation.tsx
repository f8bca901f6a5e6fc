import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Search } from 'lucide-react'

import { useAccount, useIsSignedIn } from '#web/client/me.ts'
import { reading } from '#web/client/queries.ts'
import { buttonClass } from '#web/elements/button.tsx'
import { Wordmark } from '#web/elements/lace.tsx'

import { AccountMenu } from './account-menu.tsx'
import { useKeys } from './keys.ts'
import { placeGroups } from './places.ts'
import { ViewMenu } from './view-menu.tsx'

/** The way to every page. */
export function Navigation({
  openPalette,
  onNavigate,
}: {
  openPalette: () => void
  onNavigate?: () => void
}) {
  const navigate = useNavigate()
  const isSignedIn = useIsSignedIn()
  useKeys(
    placeGroups
      .flatMap(({ places }) => places)
      .map(({ key, title, to }) => ({ key, does: title, run: () => void navigate({ to }) })),
  )
  return (
    <>
      <div className="flex h-14 items-center px-4">
        <Link to="/" aria-label="codelace: overview" {...(onNavigate && { onClick: onNavigate })}>
          <Wordmark />
        </Link>
      </div>
      <div className="px-3">
        <button
          type="button"
          onClick={openPalette}
          className="flex h-8 w-full items-center gap-2 rounded border border-line bg-ground px-2 text-13 text-muted hover:border-line-strong"
        >
          <Search size={14} aria-hidden />
          Go to…
          <kbd className="ml-auto text-12 max-md:hidden">Ctrl K</kbd>
        </button>
      </div>
      <nav aria-label="Pages" className="mt-4 flex grow flex-col gap-4 overflow-y-auto px-3">
        {placeGroups.map(({ title, places }) => (
          <div key={title}>
            <h2 className="px-2 pb-1 text-12 text-muted">{title}</h2>
            <ul className="flex flex-col gap-0.5">
              {places.map(({ to, title: name, icon: Icon }) => (
                <li key={to}>
                  <Link
                    to={to}
                    {...(onNavigate && { onClick: onNavigate })}
                    className="flex h-8 items-center gap-2.5 rounded px-2 text-muted max-md:h-10 hover:bg-sunken hover:text-text"
                    activeOptions={{ exact: to === '/' || to === '/settings' }}
                    activeProps={{
                      className: 'bg-accent-wash! text-accent! font-medium',
                      'aria-current': 'page',
                    }}
                  >
                    <Icon size={15} aria-hidden />
                    {name}
                    {to === '/settings/notifications' && isSignedIn && <UnreadCount />}
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </nav>
      <div className="border-t border-line p-3">
        {isSignedIn ? (
          <AccountMenu />
        ) : (
          <Link to="/sign-in" className={`${buttonClass('primary')} w-full`}>
            Sign in
          </Link>
        )}
        <div className="mt-2">
          <ViewMenu />
        </div>
      </div>
    </>
  )
}

const unreadEveryMs = 60_000

/** How many notifications of the account were not read yet. */
function UnreadCount() {
  const account = useAccount()
  const { data } = useQuery({
    ...reading('GET /api/accounts/{account_id}/notifications', {
      params: { account_id: account?.id ?? 'acct_' },
      query: { unread: 'true', limit: 1 },
    }),
    enabled: account !== undefined,
    refetchInterval: unreadEveryMs,
  })
  const count = data?.unread_count ?? 0
  if (count === 0) return null
  return (
    <span className="ml-auto rounded-full bg-accent px-1.5 text-12 font-medium text-on-accent">
      {count > 99 ? '99+' : count}
      <span className="sr-only"> not read</span>
    </span>
  )
}
