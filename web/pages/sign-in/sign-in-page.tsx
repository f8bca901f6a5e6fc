import { useNavigate, useRouter, useSearch } from '@tanstack/react-router'
import { useEffect, useState } from 'react'

import { Wordmark } from '#web/elements/lace.tsx'
import { ViewMenu } from '#web/shell/view-menu.tsx'

import { PasskeyOffer } from './passkey-offer.tsx'
import { SignInForm } from './sign-in-form.tsx'

/** Signing in and signing up: one page, and back to where one was going. */
export function SignInPage() {
  const { to } = useSearch({ from: '/sign-in' })
  const router = useRouter()
  const navigate = useNavigate()
  const [offersPasskey, setOffersPasskey] = useState(false)
  useEffect(() => {
    document.title = 'Sign in · codelace'
  }, [])
  const leave = () => {
    // Only addresses of this dashboard: another one would lead a person elsewhere with our word.
    if (to?.startsWith('/') && !to.startsWith('//')) router.history.replace(`/app${to}`)
    else void navigate({ to: '/' })
  }
  return (
    <div className="grid min-h-dvh grid-rows-[1fr_auto]">
      <main id="main" className="flex flex-col items-center justify-center px-4 py-12">
        <div className="w-full max-w-92">
          <div className="mb-8 flex justify-center">
            <Wordmark />
          </div>
          <div className="rounded border border-line bg-surface p-6">
            <h1 className="mb-4 text-20 font-semibold tracking-tight">
              {offersPasskey ? 'Next time without a mail' : 'Sign in'}
            </h1>
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
          </div>
          <p className="mt-4 text-center text-12 text-muted">
            This browser keeps nothing but the session, and forgets it when you sign out.
          </p>
        </div>
      </main>
      <footer className="mx-auto p-3">
        <ViewMenu />
      </footer>
    </div>
  )
}
