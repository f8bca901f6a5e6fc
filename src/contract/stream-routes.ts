import { z } from 'zod'

import { csvLinesMax } from '#domain/account-limits.ts'

import { accountPath } from './control/accounts.ts'
import { requestFilterQuery } from './control/requests.ts'
import { usageQuery } from './control/usage.ts'
import type { Route } from './route.ts'

const account = {
  params: accountPath,
  unknown: 'account_not_found',
  caller: 'member:viewer',
  method: 'GET',
  status: 200,
} as const

/** What of an account is answered as it comes, instead of whole: part of the control API. */
export const streamRoutes = {
  streamRequests: {
    ...account,
    id: 'streamRequests',
    tag: 'Requests',
    path: '/api/accounts/{account_id}/requests/stream',
    summary: 'Hear of requests as they end: open the stream, then read the list',
    query: requestFilterQuery,
    streams: 'text/event-stream',
    output: z
      .string()
      .describe(
        'Events: `request` with a line of the list, `gap` when some may have been missed (read the list again), `end` with `{code}` when it is over. `Last-Event-ID` goes on where a connection broke.',
      ),
    faults: ['rate_limit_exceeded'],
  },
  exportRequests: {
    ...account,
    id: 'exportRequests',
    tag: 'Requests',
    path: '/api/accounts/{account_id}/requests.csv',
    summary: 'Write requests as CSV, newest first, by the filters of the list',
    query: requestFilterQuery,
    streams: 'text/csv',
    output: z
      .string()
      .describe(
        `RFC 4180 with a line of names, in UTF-8; at most ${csvLinesMax} requests: narrow the period for more.`,
      ),
    faults: [],
  },
  exportUsage: {
    ...account,
    id: 'exportUsage',
    tag: 'Usage',
    path: '/api/accounts/{account_id}/usage.csv',
    summary: 'Write what was used as CSV, by the query of the usage page',
    query: usageQuery,
    streams: 'text/csv',
    output: z.string().describe('RFC 4180 with a line of names, in UTF-8.'),
    faults: [],
  },
} as const satisfies Record<string, Route>
