import { useInfiniteQuery } from '@tanstack/react-query'

import { call, type CallOutput } from '#web/client/call.ts'
import { Chip, type ChipTone } from '#web/elements/chip.tsx'
import { Moment } from '#web/elements/moment.tsx'
import { Panel } from '#web/elements/page.tsx'
import { ShowOlder } from '#web/elements/show-older.tsx'
import { Failure, SkeletonRows } from '#web/elements/states.tsx'

type Event = CallOutput<'GET /api/me/security-events'>['data'][number]

const words: Readonly<Record<Event['kind'], readonly [string, ChipTone]>> = {
  code_sent: ['A code was sent', 'neutral'],
  code_limited: ['A code was not sent: too many were asked for', 'caution'],
  code_wrong: ['A wrong code was tried', 'caution'],
  signed_up: ['Signed up', 'positive'],
  signed_in: ['Signed in', 'positive'],
  sign_in_failed: ['A sign-in failed', 'caution'],
  signed_out: ['Signed out', 'neutral'],
  stepped_up: ['Confirmed an action', 'positive'],
  session_elsewhere: ['A session showed up in another browser or network', 'caution'],
  step_up_failed: ['Confirming an action failed', 'caution'],
  session_ended: ['A session was ended', 'neutral'],
  sessions_ended: ['Sessions were ended', 'neutral'],
  passkey_added: ['A passkey was added', 'positive'],
  passkey_removed: ['A passkey was removed', 'caution'],
  email_changed: ['The e-mail address was changed', 'caution'],
  email_change_undone: ['A change of the e-mail address was undone', 'caution'],
  invitation_sent: ['Someone was invited to an account', 'neutral'],
  invitation_revoked: ['An invitation was withdrawn', 'neutral'],
  invitation_accepted: ['You joined an account', 'positive'],
  key_created: ['An API key was created', 'caution'],
  app_allowed: ['An app was allowed a key', 'caution'],
  provider_key_added: ['A provider key was added', 'caution'],
  provider_key_changed: ['A provider key was changed', 'neutral'],
  provider_key_removed: ['A provider key was removed', 'neutral'],
  access_refused: ['Something was refused', 'caution'],
  limit_hit: ['A limit was hit', 'caution'],
}

/** What happened to one's sign-in, newest first: what one would look at after a strange mail. */
export function SecurityEvents() {
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(
    {
      queryKey: ['GET /api/me/security-events'],
      queryFn: ({ pageParam, signal }) =>
        call('GET /api/me/security-events', {
          query: { limit: 20, ...(pageParam !== null && { after: pageParam }) },
          signal,
        }),
      initialPageParam: null as string | null,
      getNextPageParam: ({ next }) => next,
    },
  )
  const events = data?.pages.flatMap((page) => page.data) ?? []
  return (
    <Panel title="What happened" about="To your sign-in, newest first." isFlush>
      {error && <Failure error={error} retry={() => void refetch()} />}
      {!data && !error && <SkeletonRows count={4} />}
      <ul className="divide-y divide-line">
        {events.map((event) => {
          const [title, tone] = words[event.kind]
          return (
            <li
              key={event.id}
              className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2 text-13"
            >
              <Chip tone={tone}>{title}</Chip>
              <span className="text-muted">{event.detail}</span>
              <span className="text-muted max-md:basis-full md:ml-auto md:text-right">
                {[event.device, event.client_ip].filter(Boolean).join(' · ')}{' '}
                <Moment at={event.at} className="ml-2 text-text" />
              </span>
            </li>
          )
        })}
      </ul>
      <ShowOlder
        hasMore={hasNextPage}
        isBusy={isFetchingNextPage}
        show={() => void fetchNextPage()}
      />
    </Panel>
  )
}
