import { Menu } from '@base-ui/react/menu'
import { Link, useNavigate } from '@tanstack/react-router'
import { Check, LogOut } from 'lucide-react'
import type { ReactNode } from 'react'

import { type Me, type MyAccount } from '#web/client/me.ts'

import { useSignOut } from './use-sign-out.ts'

const itemClass =
  'flex h-9 w-full cursor-pointer items-center gap-2 rounded px-2 text-14 outline-none data-highlighted:bg-accent-wash data-highlighted:text-accent'

/** The accounts of the person, their settings, and signing out; open from the start. */
export function AccountMenuList({
  me,
  account,
  face,
  faceClass,
}: {
  me: Me
  account: MyAccount
  face: ReactNode
  faceClass: string
}) {
  const navigate = useNavigate()
  const leave = useSignOut()
  return (
    <Menu.Root defaultOpen>
      <Menu.Trigger className={faceClass}>{face}</Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner side="top" align="start" sideOffset={6} className="z-50">
          <Menu.Popup className="min-w-(--anchor-width) rounded border border-line bg-raised p-1 shadow-float outline-none">
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
