import { Menu } from '@base-ui/react/menu'
import { Link, useNavigate } from '@tanstack/react-router'
import { Check, ChevronsUpDown, LogOut } from 'lucide-react'

import { signOut, useAccount, useMe } from '#web/client/me.ts'
import { Skeleton } from '#web/elements/states.tsx'

const itemClass =
  'flex h-9 w-full cursor-pointer items-center gap-2 rounded px-2 text-14 outline-none data-highlighted:bg-accent-wash data-highlighted:text-accent'

/** Which account this is about, who is signed in, and the way out. */
export function AccountMenu() {
  const me = useMe()
  const account = useAccount()
  const navigate = useNavigate()
  if (!me || !account) return <Skeleton className="h-9 w-full" />
  const leave = async () => {
    await navigate({ to: '/sign-in' })
    await signOut()
  }
  return (
    <Menu.Root>
      <Menu.Trigger className="flex h-11 w-full items-center gap-2 rounded px-2 text-left hover:bg-sunken">
        <span
          aria-hidden="true"
          className="flex size-6 shrink-0 items-center justify-center rounded bg-accent text-12 font-semibold text-on-accent"
        >
          {account.display_name.slice(0, 1).toUpperCase()}
        </span>
        <span className="min-w-0 grow leading-4">
          <span className="block truncate text-13 font-medium">{account.display_name}</span>
          <span className="block truncate text-12 text-muted">{me.email}</span>
        </span>
        <ChevronsUpDown size={14} aria-hidden className="shrink-0 text-muted" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner side="top" align="start" sideOffset={6} className="z-50">
          <Menu.Popup className="min-w-56 rounded border border-line bg-raised p-1 shadow-float outline-none">
            {me.accounts.length > 1 &&
              me.accounts.map(({ id, display_name, role }) => (
                <Menu.Item
                  key={id}
                  className={itemClass}
                  onClick={() => void navigate({ to: '.', search: { account: id } as never })}
                >
                  <span className="truncate">{display_name}</span>
                  <span className="text-12 text-muted">{role}</span>
                  {id === account.id && <Check size={14} aria-hidden className="ml-auto" />}
                </Menu.Item>
              ))}
            {me.accounts.length > 1 && <Menu.Separator className="my-1 h-px bg-line" />}
            <Menu.Item className={itemClass} render={<Link to="/settings">Settings</Link>} />
            <Menu.Item className={itemClass} onClick={() => void leave()}>
              Sign out
              <LogOut size={14} aria-hidden className="ml-auto" />
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}
