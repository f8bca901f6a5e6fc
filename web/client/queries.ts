import { QueryClient, queryOptions } from '@tanstack/react-query'

import { CallError } from './call-error.ts'
import { call, type CallInput, type CallOutput, type Address } from './call.ts'

const triesMax = 2

/** The answers that the pages hold: at most half a minute old when a page is opened again. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      gcTime: 5 * 60_000,
      refetchOnWindowFocus: true,
      networkMode: 'always',
      // Only silence and a server in trouble are worth another try.
      retry: (failures, error) =>
        failures < triesMax &&
        error instanceof CallError &&
        (error.code === 'offline' || error.status >= 500),
    },
    mutations: { networkMode: 'always' },
  },
})

/** The query that asks one route: its key is the address and the input. */
export function reading<At extends Address>(at: At, input: CallInput<At>) {
  return queryOptions<CallOutput<At>>({
    queryKey: [at, input],
    queryFn: ({ signal }) => call(at, { ...input, signal }),
  })
}

/** After a change: whatever these routes answered is asked again where it is shown. */
export async function refresh(...addresses: readonly Address[]): Promise<void> {
  await Promise.all(addresses.map((at) => queryClient.invalidateQueries({ queryKey: [at] })))
}
