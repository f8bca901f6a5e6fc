import { useQuery } from '@tanstack/react-query'
import { useEffect, useEffectEvent } from 'react'

import type { MyAccount } from '#web/client/me.ts'
import { reading } from '#web/client/queries.ts'

import { draftOf, type PlaygroundDraft } from './playground-draft.ts'

/** Fills the draft, once, with a request of the log that the address names. */
export function useReplay(
  account: MyAccount,
  replay: string | undefined,
  setDraft: (draft: PlaygroundDraft) => void,
): void {
  const { data } = useQuery({
    ...reading('GET /api/accounts/{account_id}/requests/{generation_id}/content', {
      params: { account_id: account.id, generation_id: (replay ?? '') as `gen-${string}` },
    }),
    enabled: replay !== undefined,
    staleTime: Infinity,
  })
  const request = data?.data.input.request
  const fill = useEffectEvent(setDraft)
  useEffect(() => {
    if (typeof request === 'object' && request !== null) fill(draftOf({ ...request }))
  }, [request])
}
