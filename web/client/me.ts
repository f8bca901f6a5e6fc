import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { useSyncExternalStore } from 'react'

import type { CallOutput } from './call.ts'
import { call } from './call.ts'
import { forgetDrafts } from './drafts.ts'
import { queryClient, reading } from './queries.ts'
import { keepSessionToken, onSessionChange, sessionToken } from './session.ts'

/** The person who is signed in. */
export type Me = CallOutput<'GET /api/me'>['data']

/** One account that the person is a member of. */
export type MyAccount = Me['accounts'][number]

/** True while this browser has a session. */
export function useIsSignedIn(): boolean {
  return useSyncExternalStore(onSessionChange, () => sessionToken() !== null)
}

/** Who is signed in; undefined until it is known. */
export function useMe(): Me | undefined {
  const isSignedIn = useIsSignedIn()
  const { data } = useQuery({
    ...reading('GET /api/me', {}),
    enabled: isSignedIn,
    staleTime: 60_000,
  })
  return data?.data
}

/** The account that the page is about: the one in the address, else the person's first one. */
export function useAccount(): MyAccount | undefined {
  const me = useMe()
  const { account } = useSearch({ strict: false })
  const customers = me?.accounts.filter(({ kind }) => kind === 'customer') ?? []
  return me?.accounts.find(({ id }) => id === account) ?? customers[0] ?? me?.accounts[0]
}

/** A session began in this browser: from now on every call is made with it. */
export function beginSession({ session_token, me }: { session_token: string; me: Me }): void {
  keepSessionToken(session_token)
  queryClient.setQueryData(reading('GET /api/me', {}).queryKey, { data: me })
  void queryClient.invalidateQueries({ refetchType: 'active' })
}

/**
 * Ends the session of this browser. What it kept here is gone at once, also when the server is out of
 * reach; then the session itself ends by its age.
 */
export async function signOut(): Promise<void> {
  const ending = call('POST /api/me/sign-out', {}).catch(() => undefined)
  keepSessionToken(null)
  forgetDrafts()
  queryClient.clear()
  await ending
}
