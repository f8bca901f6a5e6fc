import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'

import { call } from '#web/client/call.ts'
import { signOut, useIsSignedIn, useMe } from '#web/client/me.ts'
import { refresh } from '#web/client/queries.ts'
import { Alone } from '#web/elements/alone.tsx'
import { Button, buttonClass } from '#web/elements/button.tsx'
import { Moment } from '#web/elements/moment.tsx'
import { Failure, Skeleton } from '#web/elements/states.tsx'
import { tell } from '#web/elements/toasts.ts'
import { mayOf } from '#web/pages/members/roles.ts'
import { SignInForm } from '#web/pages/sign-in/sign-in-form.tsx'

/**
 * Where the link of an invitation leads. Who has no session signs in here, so that the token goes nowhere
 * but to the one call that needs it; joining takes a click.
 */
export function InvitationPage() {
  // Behind the #, which no server is ever sent.
  const [token] = useState(() => location.hash.slice(1))
  const isSignedIn = useIsSignedIn()
  if (token === '') {
    return (
      <Alone title="An invitation">
        <p className="text-muted">
          This page is opened by the link in the mail. Its address has lost the end of that link:
          open it again, or copy it whole.
        </p>
      </Alone>
    )
  }
  if (!isSignedIn) {
    return (
      <Alone
        title="You are invited"
        below="Sign in with the address that the invitation was sent to."
      >
        <SignInForm onArrive={() => undefined} />
      </Alone>
    )
  }
  return <Received token={token} />
}

function Received({ token }: { token: string }) {
  const me = useMe()
  const navigate = useNavigate()
  const { data, error, refetch } = useQuery({
    // Not by the token: what is kept of queries must not hold it longer than this page.
    queryKey: ['POST /api/invitations/show', me?.id],
    queryFn: () => call('POST /api/invitations/show', { body: { token } }),
    enabled: me !== undefined,
    gcTime: 0,
    retry: false,
  })
  const accept = useMutation({
    mutationFn: () => call('POST /api/invitations/accept', { body: { token } }),
    onSuccess: async ({ data: joined }) => {
      await refresh('GET /api/me')
      tell(`You are in ${joined.account_name}`)
      await navigate({ to: '/', search: { account: joined.account_id } })
    },
  })
  if (!data) {
    return (
      <Alone title="An invitation">
        {error ? (
          <div className="flex flex-col gap-4">
            <Failure error={error} retry={() => void refetch()} />
            {me && (
              <p className="text-13 text-muted">
                You are signed in as {me.email}. An invitation opens only for the address that it
                was sent to.
              </p>
            )}
            <Button onClick={() => void signOut()}>Sign in as somebody else</Button>
          </div>
        ) : (
          <Skeleton className="h-24 w-full" />
        )}
      </Alone>
    )
  }
  const { account_id, account_name, role, invited_by, is_member, expires_at } = data.data
  return (
    <Alone title={is_member ? 'You are a member already' : `Join ${account_name}`}>
      <div className="flex flex-col gap-4">
        <p className="break-words">
          {is_member
            ? `You belong to ${account_name} as ${role}.`
            : `${invited_by ?? 'Somebody'} invites you to ${account_name} as ${role}: you may do ${mayOf(role)}.`}
        </p>
        {accept.error !== null && <Failure error={accept.error} />}
        {is_member ? (
          <Link to="/" search={{ account: account_id }} className={buttonClass('primary')}>
            Go there
          </Link>
        ) : (
          <Button kind="primary" isBusy={accept.isPending} onClick={() => accept.mutate()}>
            Join the account
          </Button>
        )}
        <p className="text-12 text-muted">
          As {me?.email}. The invitation ends <Moment at={expires_at} />.
        </p>
      </div>
    </Alone>
  )
}
