/** Limits of what accounts hand out and are told, beside those of `limits.ts`: each with its name and unit. */

/** An invitation can be accepted for this long after it was sent. */
export const invitationLifeMs = 7 * 24 * 60 * 60_000
/** The most people of an account: members, and those whose invitation is open. */
export const membersPerAccountMax = 200
/** The most mails about invitations that one account sends within a day. */
export const invitationMailsPerAccountDayMax = 50
/** The most mails about invitations to one address within a day, of all accounts together. */
export const invitationMailsPerAddressDayMax = 5
/** The most often that one invitation is sent. */
export const invitationMailsMax = 5
/** An invitation is sent again at the earliest after this time. */
export const invitationSpacingMs = 60_000
/** Invitations that were used, withdrawn or ran out are kept this long. */
export const endedInvitationKeptMs = 30 * 24 * 60 * 60_000
/** Characters of a token that is mailed or handed over and counts once: 256 bits. */
export const handedTokenLength = 43
/** Errors within this hour and the one before that can be a spike. */
export const errorCountOfSpike = 20
/** How much of all requests, in per cent, errors must be to be a spike. */
export const errorPercentOfSpike = 20
/** How many times the part of the day before they must be. */
export const errorRiseOfSpike = 3
/** How accounts stand is looked at this often, to tell people what they asked to be told. */
export const notificationIntervalMs = 60_000
/** The most accounts that are read at once to look at how they stand. */
export const accountsWatchedPerPage = 200
/** The most keys and projects of one account whose spend limits are looked at. */
export const budgetOwnersWatchedMax = 1_000
/** A notification about something that is over is kept this long. */
export const notificationKeptMs = 90 * 24 * 60 * 60_000
/** The most notifications that are marked as read at once. */
export const notificationsMarkedMax = 200
