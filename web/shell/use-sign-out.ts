import { useNavigate } from '@tanstack/react-router'

import { signOut } from '#web/client/me.ts'

/** Signs out, from the page that asks to sign in: nothing behind it asks for what is gone. */
export function useSignOut(): () => Promise<void> {
  const navigate = useNavigate()
  return async () => {
    await navigate({ to: '/sign-in' })
    await signOut()
  }
}
