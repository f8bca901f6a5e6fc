import { ChevronsUpDown } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'

import { useAccount, useMe } from '#web/client/me.ts'
import { Skeleton } from '#web/elements/states.tsx'

const loadMenu = () => import('./account-menu-list.tsx')
const AccountMenuList = lazy(async () => ({ default: (await loadMenu()).AccountMenuList }))

/** Which account this is about, who is signed in, and the way out. The list comes when it is wanted. */
export function AccountMenu() {
  const me = useMe()
  const account = useAccount()
  const [isWanted, setWanted] = useState(false)
  if (!me || !account) return <Skeleton className="h-9 w-full" />
  const face = <Face name={account.display_name} email={me.email} />
  const button = (
    <button
      type="button"
      aria-haspopup="menu"
      aria-expanded={isWanted}
      className={faceClass}
      onPointerEnter={() => void loadMenu()}
      onFocus={() => void loadMenu()}
      onClick={() => setWanted(true)}
    >
      {face}
    </button>
  )
  if (!isWanted) return button
  return (
    <Suspense fallback={button}>
      <AccountMenuList me={me} account={account} face={face} faceClass={faceClass} />
    </Suspense>
  )
}

const faceClass =
  'flex h-11 w-full items-center gap-2 rounded px-2 text-left hover:bg-sunken aria-expanded:bg-sunken'

function Face({ name, email }: { name: string; email: string }) {
  return (
    <>
      <span
        aria-hidden="true"
        className="flex size-6 shrink-0 items-center justify-center rounded bg-accent text-12 font-semibold text-on-accent"
      >
        {name.slice(0, 1).toUpperCase()}
      </span>
      <span className="min-w-0 grow leading-4">
        <span className="block truncate text-13 font-medium">{name}</span>
        <span className="block truncate text-12 text-muted">{email}</span>
      </span>
      <ChevronsUpDown size={14} aria-hidden className="shrink-0 text-muted" />
    </>
  )
}
