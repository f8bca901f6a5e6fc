import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'

import { viewCredential, viewOffer } from './credential-view.ts'
import { findCredential } from './find-credential.ts'

/** Lists an account's own credentials in the order in which they are tried, and what may be brought. */
export function listCredentials(
  parts: Pick<ControlParts, 'accounts' | 'credentials' | 'catalogue'>,
): Operation<typeof controlRoutes.listCredentials> {
  const { accounts, credentials, catalogue } = parts
  return async ({ params }) => {
    const account = await accounts.find(params.account_id)
    if (account === undefined) throw new Fault('account_not_found')
    const all = await credentials.list(account.id)
    return { data: all.map((one) => viewCredential(one, parts)), ...viewOffer(catalogue()) }
  }
}

/** Shows one of them. */
export function showCredential(
  parts: Pick<ControlParts, 'credentials' | 'catalogue'>,
): Operation<typeof controlRoutes.showCredential> {
  return async ({ params }) => ({
    data: viewCredential(await findCredential(parts, params), parts),
  })
}
