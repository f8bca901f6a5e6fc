/** Limits of what accounts hand out and are told, beside those of `limits.ts`: each with its name and unit. */

import { nanoUsd } from './money.ts'

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
/** The most streams of new requests that one account has on one node. */
export const liveStreamsPerAccountMax = 20
/** The most streams of new requests on one node. */
export const liveStreamsMax = 1_000
/** New requests of an account are read at most this often, for all who look. */
export const liveReadIntervalMs = 250
/** The most new requests that are read and shown at once; of more, the newest. */
export const liveLinesPerReadMax = 50
/** How many of the last requests are remembered for those whose connection broke. */
export const liveLinesRememberedMax = 200
/** How long they are remembered when nobody looks. */
export const liveLingerMs = 60_000
/** A silent stream says that it lives this often. */
export const liveHeartbeatMs = 15_000
/** Whether a stream's session still may look is asked this often: within the five seconds of a revocation. */
export const liveCheckMs = 4_000
/** The most lines of one CSV file. */
export const csvLinesMax = 100_000
/** How many requests are read at once for a CSV file. */
export const csvLinesPerRead = 1_000
/** A key that may spend at most this much is made without a fresh proof (50 USD). */
export const unprovenSpendNanoUsdMax = nanoUsd(50_000_000_000n)
/** A code for an app can be exchanged for this long. */
export const authCodeLifeMs = 10 * 60_000
/** The most codes for apps of one person at once. */
export const authCodesPerPersonMax = 20
/** The longest address that an app is called back at, in characters. */
export const callbackLengthMax = 2_000
/** The most exchanges of codes that one network asks for within a minute, by process. */
export const exchangesPerMinuteMax = 30
