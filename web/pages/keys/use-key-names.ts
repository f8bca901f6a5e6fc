import { useQuery } from '@tanstack/react-query'

import { reading } from '#web/client/queries.ts'

/** The name of each key of an account by its id; the end of the id where the key is not known. */
export function useKeyNames(accountId: string): (keyId: string) => string {
  const { data } = useQuery({
    ...reading('GET /api/accounts/{account_id}/keys', {
      params: { account_id: accountId as `acct_${string}` },
    }),
    staleTime: 60_000,
  })
  return (keyId) => data?.data.find(({ id }) => id === keyId)?.name ?? `…${keyId.slice(-4)}`
}
