import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

import { getRequestListener } from '@hono/node-server'

import { createPasskeyCeremonies } from '#adapters/webauthn/ceremonies.ts'
import { errorEnvelope } from '#contract/error-envelope.ts'
import { openApiText } from '#contract/openapi-text.ts'
import { createPostOffice } from '#control/mail/post-office.ts'
import { watchAccounts } from '#control/notifications/watch-accounts.ts'
import type { ControlParts } from '#control/operation.ts'
import { createRequestFeed } from '#control/requests/request-feed.ts'
import { createControl } from '#control/serve.ts'
import { notificationIntervalMs } from '#domain/account-limits.ts'
import { Fault } from '#domain/faults.ts'
import { clientAddressBehind } from '#gateway/client-address.ts'

import { systemClock } from './clock.ts'
import type { Settings } from './config/settings.ts'
import { identityJobs } from './identity-jobs.ts'
import type { Job } from './jobs.ts'
import type { Log } from './log.ts'
import { houseOf, openMailExit } from './mail.ts'
import { addressOf } from './read-configuration.ts'
import { controlReport } from './reports.ts'
import type { Stores } from './stores.ts'

/** What of the running server the control plane looks at. */
type LiveParts = Pick<
  ControlParts,
  | 'findPending'
  | 'findPendingContent'
  | 'vault'
  | 'configuredPrices'
  | 'secrets'
  | 'catalogue'
  | 'credentialVault'
  | 'probe'
>

/** The control plane on its feet. */
export interface ControlPlane {
  readonly listener: (request: IncomingMessage, response: ServerResponse) => void
  /** What it wants done again and again. */
  readonly jobs: readonly Job[]
  /** Takes what the store announced of new lines of the request log. */
  readonly announceRequests: (payload: string | null) => void
  /** Ends streams that would go on for ever, so that the process can end. */
  readonly endStreams: () => void
  /** Ends its connections to the mail server; what waits is sent by the next life, or another process. */
  readonly close: () => void
}

/** Puts the control plane together, with the way its mail leaves. */
export function openControlPlane(options: {
  readonly settings: Settings
  readonly stores: Stores
  readonly live: LiveParts
  readonly log: Log
  /** Prints for the person at the terminal: mails of a machine of their own. */
  readonly print: (text: string) => void
}): ControlPlane {
  const { settings, stores, live, log, print } = options
  const clock = systemClock
  const report = controlReport(log)
  const exit = openMailExit(settings, { nowMs: clock.nowMs, print })
  const post = createPostOffice({
    ...{ queue: stores.mailQueue, secrets: live.secrets, clock, randomBytes, report },
    ...{ mailer: exit.mailer, outbox: exit.outbox },
  })
  const ceremonies = createPasskeyCeremonies()
  const requestFeed = createRequestFeed({ generations: stores.generations, clock, report })
  const house = houseOf(settings)
  const own = { post, ceremonies, house, requestFeed, clock, randomBytes, report }
  const control = createControl({ ...stores, ...live, ...own }, openApiText())
  const home = { homeUrl: settings.publicUrl ?? addressOf(settings.host, settings.port) }
  const tellPeople: Job = {
    name: 'notify_accounts',
    everyMs: notificationIntervalMs,
    run: () => watchAccounts({ ...stores, ...live, ...own, ...home }),
  }
  const clientAddressOf = clientAddressBehind(settings.trustedProxies)
  const listener = getRequestListener(
    (request, env) => {
      const { incoming } = env as { incoming: IncomingMessage }
      return control.fetch(request, { address: clientAddressOf(incoming) })
    },
    { overrideGlobalObjects: false, errorHandler: () => unreadableRequest() },
  )
  return {
    listener: (...[request, response]: Parameters<typeof listener>) =>
      void listener(request, response),
    jobs: [...identityJobs(stores, post, clock), tellPeople],
    announceRequests: requestFeed.announce,
    endStreams: requestFeed.close,
    close: exit.close,
  }
}

/** The adapter could not even make a request of it: a host name that is none, for example. */
function unreadableRequest(): Response {
  const fault = new Fault('invalid_request', {
    details: { detail: 'This is not a valid HTTP request.' },
  })
  return Response.json(errorEnvelope(fault), { status: fault.status })
}
