import { useSearch } from '@tanstack/react-router'
import { useState } from 'react'

import { roleReaches } from '#domain/people.ts'
import { signOut, useIsSignedIn, useMe } from '#web/client/me.ts'
import { Alone } from '#web/elements/alone.tsx'
import { Button } from '#web/elements/button.tsx'
import { CopyButton } from '#web/elements/copy-text.tsx'
import { Skeleton } from '#web/elements/states.tsx'
import { SignInForm } from '#web/pages/sign-in/sign-in-form.tsx'
import { ProofPlace } from '#web/shell/proof-place.tsx'
import { ViewMenu } from '#web/shell/view-menu.tsx'

import { type AuthProblem, type AuthRequest, readAuth, refusedAddress } from './auth-request.ts'
import { ConsentForm } from './consent-form.tsx'

/**
 * Where an app sends a person who is to give it a key (OAuth with PKCE). Nothing is made, and nobody is sent
 * anywhere, before the person allows or refuses; and never to an address that was not checked.
 */
export function AuthPage() {
  const search = useSearch({ from: '/auth' })
  const [read] = useState(() => readAuth(search, Date.now()))
  const isSignedIn = useIsSignedIn()
  if (read.kind === 'wrong') return <Wrong problems={read.problems} />
  const { request } = read
  if (!isSignedIn) {
    return (
      <Alone
        title="An app asks for a key"
        below={`${nameOf(request)} wants to ask models at your cost. Sign in to see what that means; nothing is given before you allow it.`}
        footer={<ViewMenu />}
      >
        <SignInForm onArrive={() => undefined} />
      </Alone>
    )
  }
  return <Asked request={request} />
}

/** The app as it can be called with certainty: by where it is. */
function nameOf({ host, isOnThisMachine }: AuthRequest): string {
  if (host === null) return 'An app'
  return isOnThisMachine ? `A program on this computer (${host})` : host
}

type Answer =
  | { readonly kind: 'open' }
  | { readonly kind: 'leaving' }
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'refused' }

function Asked({ request }: { request: AuthRequest }) {
  const me = useMe()
  const [answer, setAnswer] = useState<Answer>({ kind: 'open' })
  const leave = (address: string) => {
    setAnswer({ kind: 'leaving' })
    location.replace(address)
  }
  if (answer.kind === 'code') return <CodeShown code={answer.code} />
  if (answer.kind === 'refused') {
    return (
      <Alone title="Refused" isWide>
        <p className="text-muted">The app got no key. You can close this page.</p>
      </Alone>
    )
  }
  const accounts = me?.accounts.filter(
    ({ kind, role, status }) =>
      kind === 'customer' && status === 'active' && roleReaches(role, 'developer'),
  )
  return (
    <Alone
      title={`Give ${request.host ?? 'this app'} a key?`}
      isWide
      footer={<ViewMenu />}
      below={
        me && (
          <>
            You are {me.email}.{' '}
            <button
              type="button"
              className="underline underline-offset-2 hover:text-text"
              onClick={() => void signOut()}
            >
              Sign in as somebody else
            </button>
          </>
        )
      }
    >
      <ProofPlace />
      {accounts === undefined && <Skeleton className="h-80 w-full" />}
      {accounts?.length === 0 && <NoAccount />}
      {accounts !== undefined && accounts.length > 0 && (
        <ConsentForm
          request={request}
          accounts={accounts}
          isLeaving={answer.kind === 'leaving'}
          allowed={({ code, redirect_url: address }) => {
            if (address === null) setAnswer({ kind: 'code', code })
            else leave(address)
          }}
          refuse={() => {
            if (request.callback === null) setAnswer({ kind: 'refused' })
            else leave(refusedAddress(request.callback))
          }}
        />
      )}
    </Alone>
  )
}

function NoAccount() {
  return (
    <p className="text-muted">
      You may make keys in none of your accounts. Ask an owner or admin of one to make you a
      developer there, then have the app ask again.
    </p>
  )
}

/** For an app that has no address of its own, such as one in a terminal. */
function CodeShown({ code }: { code: string }) {
  return (
    <Alone title="Give this code to the app" isWide>
      <div className="flex flex-col gap-4">
        <div className="flex items-center gap-3 rounded border border-line bg-sunken px-3 py-2">
          <code className="min-w-0 grow font-mono text-13 break-all" data-testid="code">
            {code}
          </code>
          <CopyButton text={code} label="Copy the code" />
        </div>
        <p className="text-13 text-muted">
          It works once, within ten minutes, and only for the app that asked. Give it to nobody
          else.
        </p>
      </div>
    </Alone>
  )
}

/** What is wrong, for whoever makes the app; there is no way on from here but back. */
function Wrong({ problems }: { problems: readonly AuthProblem[] }) {
  return (
    <Alone title="This app asks in a wrong way" isWide>
      <div className="flex flex-col gap-4">
        <p className="text-muted">
          Nothing was made, and nothing is sent back. Close this page and try again in the app; if
          it stays so, tell whoever makes it:
        </p>
        <ul className="flex flex-col gap-2">
          {problems.map(({ param, words }) => (
            <li key={param} className="text-13">
              <code className="font-mono font-medium">{param}</code> {words}.
            </li>
          ))}
        </ul>
        <Button onClick={() => history.back()}>Back</Button>
      </div>
    </Alone>
  )
}
