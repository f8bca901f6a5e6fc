import type { controlRoutes, ControlRouteId } from '#contract/routes.ts'

import { createAccount } from './accounts/create-account.ts'
import { listAccounts } from './accounts/list-accounts.ts'
import { restoreAccount } from './accounts/restore-account.ts'
import { showAccount } from './accounts/show-account.ts'
import { suspendAccount } from './accounts/suspend-account.ts'
import { updateAccount } from './accounts/update-account.ts'
import { createAuthCode } from './auth-codes/create-auth-code.ts'
import { createCredential } from './credentials/create-credential.ts'
import { listCredentials, showCredential } from './credentials/list-credentials.ts'
import { removeCredential } from './credentials/remove-credential.ts'
import { testCredential } from './credentials/test-credential.ts'
import { updateCredential } from './credentials/update-credential.ts'
import { grantCredit } from './credits/grant-credit.ts'
import { showCredits } from './credits/show-credits.ts'
import { listGenerations } from './generations/list-generations.ts'
import { showGeneration } from './generations/show-generation.ts'
import { acceptInvitation, showReceivedInvitation } from './invitations/accept-invitation.ts'
import {
  createInvitation,
  listInvitations,
  resendInvitation,
  revokeInvitation,
} from './invitations/send-invitation.ts'
import { createKey } from './keys/create-key.ts'
import { listKeys } from './keys/list-keys.ts'
import { revokeKey } from './keys/revoke-key.ts'
import { rotateKey } from './keys/rotate-key.ts'
import { showKey } from './keys/show-key.ts'
import { updateKey } from './keys/update-key.ts'
import { verifyLedger } from './ledger/verify-ledger.ts'
import { beginEmailChange } from './me/begin-email-change.ts'
import { finishEmailChange } from './me/finish-email-change.ts'
import { listSecurityEvents } from './me/list-security-events.ts'
import { showMe } from './me/show-me.ts'
import { updateMe } from './me/update-me.ts'
import { changeMember } from './members/change-member.ts'
import { listMembers } from './members/list-members.ts'
import { removeMember } from './members/remove-member.ts'
import { listNotifications, readNotifications } from './notifications/list-notifications.ts'
import {
  putNotificationSettings,
  showNotificationSettings,
  unsubscribe,
} from './notifications/notification-settings.ts'
import type { ControlParts, Operation } from './operation.ts'
import { addPasskey, beginPasskey } from './passkeys/add-passkey.ts'
import { listPasskeys, removePasskey, renamePasskey } from './passkeys/change-passkeys.ts'
import { beginPasskeySignIn, finishPasskeySignIn } from './passkeys/sign-in-by-passkey.ts'
import { beginPasskeyStepUp, finishPasskeyStepUp } from './passkeys/step-up-by-passkey.ts'
import { applyPrices } from './prices/apply-prices.ts'
import { listPriceChanges } from './prices/list-price-changes.ts'
import { listPrices } from './prices/list-prices.ts'
import { previewPrices } from './prices/preview-prices.ts'
import { reratePrices } from './prices/rerate-prices.ts'
import { showPriceVersion } from './prices/show-price-version.ts'
import { archiveProject } from './projects/archive-project.ts'
import { createProject } from './projects/create-project.ts'
import { listProjects } from './projects/list-projects.ts'
import { showProject } from './projects/show-project.ts'
import { updateProject } from './projects/update-project.ts'
import { exportRequests } from './requests/export-requests.ts'
import { listRequests } from './requests/list-requests.ts'
import { showRequestContent } from './requests/show-content.ts'
import { showRequest } from './requests/show-request.ts'
import { streamRequests } from './requests/stream-requests.ts'
import { endSession, endSessions, signOut } from './sessions/end-session.ts'
import { listSessions } from './sessions/list-sessions.ts'
import { beginStepUp, finishStepUp } from './sessions/step-up-by-code.ts'
import { openChallenge } from './sign-in/open-challenge.ts'
import { showOutbox } from './sign-in/show-outbox.ts'
import { undoEmailChange } from './sign-in/undo-email-change.ts'
import { verifyChallenge } from './sign-in/verify-challenge.ts'
import { exportUsage } from './usage/export-usage.ts'
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
    ...personOperations(parts),
    ...teamOperations(parts),
    ...credentialOperations(parts),
    createAccount: createAccount(parts),
    listAccounts: listAccounts(parts),
    showAccount: showAccount(parts),
    updateAccount: updateAccount(parts),
    suspendAccount: suspendAccount(parts),
    restoreAccount: restoreAccount(parts),
    grantCredit: grantCredit(parts),
    showCredits: showCredits(parts),
    createAuthCode: createAuthCode(parts),
    createKey: createKey(parts),
    listKeys: listKeys(parts),
    showKey: showKey(parts),
    updateKey: updateKey(parts),
    revokeKey: revokeKey(parts),
    showAccountKey: showKey(parts),
    updateAccountKey: updateKey(parts),
    rotateAccountKey: rotateKey(parts),
    revokeAccountKey: revokeKey(parts),
    listGenerations: listGenerations(parts),
    showGeneration: showGeneration(parts),
    streamRequests: streamRequests(parts),
    exportRequests: exportRequests(parts),
    exportUsage: exportUsage(parts),
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

/** What people do to get in, and about themselves. */
function personOperations(parts: ControlParts) {
  return {
    showMe: showMe(),
    updateMe: updateMe(parts),
    listSecurityEvents: listSecurityEvents(parts),
    beginEmailChange: beginEmailChange(parts),
    finishEmailChange: finishEmailChange(parts),
    openChallenge: openChallenge(parts),
    verifyChallenge: verifyChallenge(parts),
    showOutbox: showOutbox(parts),
    undoEmailChange: undoEmailChange(parts),
    listSessions: listSessions(parts),
    endSession: endSession(parts),
    endSessions: endSessions(parts),
    signOut: signOut(parts),
    beginStepUp: beginStepUp(parts),
    finishStepUp: finishStepUp(parts),
    beginPasskeySignIn: beginPasskeySignIn(parts),
    finishPasskeySignIn: finishPasskeySignIn(parts),
    beginPasskeyStepUp: beginPasskeyStepUp(parts),
    finishPasskeyStepUp: finishPasskeyStepUp(parts),
    addPasskey: addPasskey(parts),
    beginPasskey: beginPasskey(parts),
    listPasskeys: listPasskeys(parts),
    removePasskey: removePasskey(parts),
    renamePasskey: renamePasskey(parts),
  }
}

/** What the people of an account are to each other, and what they are told. */
function teamOperations(parts: ControlParts) {
  return {
    createProject: createProject(parts),
    listProjects: listProjects(parts),
    showProject: showProject(parts),
    updateProject: updateProject(parts),
    archiveProject: archiveProject(parts),
    listMembers: listMembers(parts),
    changeMember: changeMember(parts),
    removeMember: removeMember(parts),
    createInvitation: createInvitation(parts),
    listInvitations: listInvitations(parts),
    resendInvitation: resendInvitation(parts),
    revokeInvitation: revokeInvitation(parts),
    showReceivedInvitation: showReceivedInvitation(parts),
    acceptInvitation: acceptInvitation(parts),
    listNotifications: listNotifications(parts),
    readNotifications: readNotifications(parts),
    showNotificationSettings: showNotificationSettings(parts),
    putNotificationSettings: putNotificationSettings(parts),
    unsubscribe: unsubscribe(parts),
  }
}

function credentialOperations(parts: ControlParts) {
  return {
    createCredential: createCredential(parts),
    listCredentials: listCredentials(parts),
    showCredential: showCredential(parts),
    updateCredential: updateCredential(parts),
    testCredential: testCredential(parts),
    removeCredential: removeCredential(parts),
  }
}
