import type { controlRoutes, ControlRouteId } from '#contract/routes.ts'

import { createAccount } from './accounts/create-account.ts'
import { listAccounts } from './accounts/list-accounts.ts'
import { restoreAccount } from './accounts/restore-account.ts'
import { showAccount } from './accounts/show-account.ts'
import { suspendAccount } from './accounts/suspend-account.ts'
import { updateAccount } from './accounts/update-account.ts'
import { grantCredit } from './credits/grant-credit.ts'
import { showCredits } from './credits/show-credits.ts'
import { listGenerations } from './generations/list-generations.ts'
import { showGeneration } from './generations/show-generation.ts'
import { createKey } from './keys/create-key.ts'
import { listKeys } from './keys/list-keys.ts'
import { revokeKey } from './keys/revoke-key.ts'
import { showKey } from './keys/show-key.ts'
import { updateKey } from './keys/update-key.ts'
import { verifyLedger } from './ledger/verify-ledger.ts'
import type { ControlParts, Operation } from './operation.ts'
import { applyPrices } from './prices/apply-prices.ts'
import { listPriceChanges } from './prices/list-price-changes.ts'
import { listPrices } from './prices/list-prices.ts'
import { previewPrices } from './prices/preview-prices.ts'
import { reratePrices } from './prices/rerate-prices.ts'
import { showPriceVersion } from './prices/show-price-version.ts'
import { listRequests } from './requests/list-requests.ts'
import { showRequestContent } from './requests/show-content.ts'
import { showRequest } from './requests/show-request.ts'
import { showOverview } from './usage/show-overview.ts'
import { showTraffic } from './usage/show-traffic.ts'
import { showUsage } from './usage/show-usage.ts'

/** An operation for every route: the compiler refuses a route without one. */
export type Operations = {
  readonly [Id in ControlRouteId]: Operation<(typeof controlRoutes)[Id]>
}

/** Every operation of the control API, over these parts. */
export function createOperations(parts: ControlParts): Operations {
  return {
    createAccount: createAccount(parts),
    listAccounts: listAccounts(parts),
    showAccount: showAccount(parts),
    updateAccount: updateAccount(parts),
    suspendAccount: suspendAccount(parts),
    restoreAccount: restoreAccount(parts),
    grantCredit: grantCredit(parts),
    showCredits: showCredits(parts),
    createKey: createKey(parts),
    listKeys: listKeys(parts),
    showKey: showKey(parts),
    updateKey: updateKey(parts),
    revokeKey: revokeKey(parts),
    listGenerations: listGenerations(parts),
    showGeneration: showGeneration(parts),
    listRequests: listRequests(parts),
    showRequest: showRequest(parts),
    showRequestContent: showRequestContent(parts),
    showUsage: showUsage(parts),
    showTraffic: showTraffic(parts),
    showOverview: showOverview(parts),
    verifyLedger: verifyLedger(parts),
    listPrices: listPrices(parts),
    previewPrices: previewPrices(parts),
    applyPrices: applyPrices(parts),
    reratePrices: reratePrices(parts),
    listPriceChanges: listPriceChanges(parts),
    showPriceVersion: showPriceVersion(parts),
  }
}
