import { useNavigate, useRouter, useSearch } from '@tanstack/react-router'
import { useState } from 'react'

import { Alone } from '#web/elements/alone.tsx'
import { ViewMenu } from '#web/shell/view-menu.tsx'

import { PasskeyOffer } from './passkey-offer.tsx'
import { SignInForm } from './sign-in-form.tsx'

/** Signing in and signing up: one page, and back to where one was going. */
export function SignInPage() {
  const { to } = useSearch({ from: '/sign-in' })
  const router = useRouter()
  const navigate = useNavigate()
  const [offersPasskey, setOffersPasskey] = useState(false)
  const leave = () => {
    // Only addresses of this dashboard: another one would lead a person elsewhere with our word.
    if (to?.startsWith('/') && !to.startsWith('//')) router.history.replace(`/app${to}`)
    else void navigate({ to: '/' })
  }
  return (
    <Alone
      title={offersPasskey ? 'Next time without a mail' : 'Sign in'}
      below="This browser keeps nothing but the session, and forgets it when you sign out."
      footer={<ViewMenu />}
    >
      {offersPasskey ? (
        <PasskeyOffer leave={leave} />
      ) : (
        <SignInForm
          onArrive={(arrival) => {
            if (arrival.offersPasskey) setOffersPasskey(true)
            else leave()
          }}
        />
      )}
    </Alone>
  )
}
