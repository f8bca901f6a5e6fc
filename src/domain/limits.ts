/** Every limit of the product, each with its name, its unit last, and its place here. */

import { nanoUsd } from './money.ts'

/** The largest JSON request body. */
export const requestBodyBytesMax = 20 * 1024 * 1024
/** The largest form: sound and images are larger than texts. */
export const formBodyBytesMax = 26 * 1024 * 1024
/** The most fields and files of one form. */
export const formPartsMax = 64
/** The largest text field of a form. */
export const formFieldBytesMax = 1024 * 1024
/** The largest block of request headers. */
export const requestHeaderBytesMax = 16 * 1024
/** The most header fields of one request. */
export const requestHeaderFieldsMax = 100
/** A request's headers must arrive within this time. */
export const headerReadTimeoutMs = 10_000
/** A request's body must arrive within this time. */
export const bodyReadTimeoutMs = 120_000
/** After this grace, a body must keep `bodyBytesPerSecondMin`. */
export const bodyGraceMs = 5_000
/** The slowest body that is still read after the grace. */
export const bodyBytesPerSecondMin = 8 * 1024
/** An idle keep-alive connection is closed after this time: above a usual load balancer's 60 s. */
export const keepAliveTimeoutMs = 65_000
/** The deepest nesting of a JSON body. */
export const jsonDepthMax = 64
/** Time to connect to an upstream. */
export const upstreamConnectTimeoutMs = 5_000
/** Time to the first byte of a stream. */
export const upstreamFirstByteTimeoutMs = 60_000
/** Time to the first byte of a whole answer, which comes when all of it was thought: SDKs wait as long. */
export const upstreamWholeAnswerTimeoutMs = 10 * 60_000
/** Time to the first byte of what is made whole before it is sent: images, sound. */
export const plainFirstByteTimeoutMs = 5 * 60_000
/** How many calls to a provider one request may have under way at once, where it needs several. */
export const plainCallsAtOnceMax = 8
/** The longest silence between two chunks of an upstream's answer. */
export const upstreamIdleTimeoutMs = 120_000
/** The longest whole request. */
export const requestTotalTimeoutMs = 30 * 60_000
/** The largest answer an upstream may send. */
export const upstreamBodyBytesMax = 100 * 1024 * 1024
/** The largest single event of an upstream's stream. */
export const upstreamEventBytesMax = 8 * 1024 * 1024
/** The largest image, sound, film or document that is fetched by its address. */
export const mediaBytesMax = 20 * 1024 * 1024
/** The most bytes that one request may have fetched for it, all addresses together. */
export const mediaBytesPerRequestMax = 50 * 1024 * 1024
/** The most different addresses that one request may have fetched for it. */
export const mediaAddressesPerRequestMax = 50
/** How many addresses of one request are fetched at once. */
export const mediaFetchesPerRequestMax = 4
/** How many addresses one node fetches at once; more wait. */
export const mediaFetchesMax = 32
/** The longest time to fetch what one address holds, redirects included. */
export const mediaFetchTimeoutMs = 20_000
/** The most redirects that are followed to what an address holds. */
export const mediaRedirectsMax = 3
/** Time to connect to an address that somebody else chose. */
export const outboundConnectTimeoutMs = 5_000
/** The longest address that is fetched, in characters. */
export const mediaAddressLengthMax = 8_192
/** A token of Google is not used in the last part of its life. */
export const googleTokenMarginMs = 120_000
/** The longest time to get a token of Google. */
export const googleTokenTimeoutMs = 10_000
/** The longest answer to the wish for a token of Google. */
export const googleTokenBytesMax = 64 * 1024
/** The most tokens of Google that one node keeps. */
export const googleTokensCachedMax = 1_000
/** A silent stream gets an SSE comment after this time, so that proxies keep it open. */
export const streamPingIntervalMs = 15_000
/** The most bytes buffered for one slow reader. */
export const streamBufferBytesMax = 256 * 1024
/** A reader that takes nothing for this long is closed. */
export const stalledReaderTimeoutMs = 30_000
/** The most bytes of one answer that are kept as content. */
export const contentBytesMax = 4 * 1024 * 1024
/** The most bytes that one node keeps of all answers under way. */
export const answersBytesMax = 256 * 1024 * 1024
/** The most bytes of content that wait in memory for the database. */
export const contentQueueBytesMax = 64 * 1024 * 1024
/** The most credentials of their own that an account may bring. */
export const credentialsPerAccountMax = 50
/** The most models that one of them names. */
export const credentialModelsMax = 100
/** The longest API key of a provider, in characters. */
export const credentialSecretLengthMax = 4_096
/** The longest address of a server of a customer's own. */
export const credentialAddressLengthMax = 500
/** A credential is tried at most this often. */
export const credentialTestIntervalMs = 3_000
/** The longest test of a credential. */
export const credentialTestTimeoutMs = 20_000
/** The longest account or key name, in characters. */
export const nameLengthMax = 100
/** The largest report of a browser about what a page was refused. */
export const pageReportBytesMax = 16 * 1024
/** The most such reports that are told a minute. */
export const pageReportsPerMinuteMax = 60
/** The most rows one page of a list returns. */
export const pageSizeMax = 200
/** The most unwrapped data keys of accounts that stay in memory. */
export const accountKeysCachedMax = 10_000
/** A deleted data key opens nothing any more, on any node, after this time. */
export const accountKeyCachedMsMax = 5 * 60_000
/** The most choices (`n`) one request may ask for. */
export const choiceCountMax = 128
/** The longest time to reach the database or to wait for one of its connections. */
export const databaseConnectTimeoutMs = 5_000
/** The longest database statement on behalf of a request. */
export const databaseStatementTimeoutMs = 5_000
/** The longest database statement of maintenance: migrations, verification, purges, exports. */
export const databasePatientTimeoutMs = 15 * 60_000
/** The longest a connection may sit inside a transaction without a statement. */
export const databaseIdleInTransactionTimeoutMs = 10_000
/** The most connections one process opens to a PostgreSQL server for requests. */
export const databaseConnectionsMax = 8
/** The most connections one process opens to a PostgreSQL server for maintenance. */
export const databasePatientConnectionsMax = 2
/** The most callers that wait for a connection at once; more are refused at once. */
export const databaseWaitersMax = 1_000
/** The embedded database, which has no processes of its own, is vacuumed and analysed this often. */
export const embeddedVacuumIntervalMs = 60 * 60_000
/** The longest wait for another process that is migrating the same database. */
export const migrationWaitMs = 60_000
/** The longest wait of a migration for a lock on a table that is in use. */
export const migrationLockTimeoutMs = 5_000
/** One journal file; the next one is begun when it is full. */
export const journalSegmentBytes = 64 * 1024 * 1024
/** Disk space set aside so that requests under way can end when the disk is full. */
export const journalEmergencyBytes = 16 * 1024 * 1024
/** The largest single journal record; a larger one in a file is damage. */
export const journalRecordBytesMax = 1024 * 1024
/** After a sync that so many waited for, the next one waits a little for more to come. */
export const journalCrowdMin = 8
/** How long it waits. */
export const journalCrowdPauseMs = 4
/** A full disk is tried again this often. */
export const journalResumeIntervalMs = 500
/** A lease lives this long after the store received the request for it. */
export const leaseTtlMs = 60_000
/** A node stops using a lease this long before the store would call it expired. */
export const leaseMarginMs = 5_000
/** A lease is renewed when its last renewal is this old. */
export const leaseRenewAfterMs = 20_000
/** An expired lease is reclaimed only after this time: longer than the longest request. */
export const leaseGraceMs = requestTotalTimeoutMs + 60_000
/** Expired leases of dead nodes are looked for this often. */
export const leaseReclaimIntervalMs = 60_000
/** Credit that was not needed for this long goes back. */
export const leaseIdleMs = 3_000
/** A lease is sized for this much spending at the recent rate. */
export const leaseHorizonMs = 60_000
/** The most a lease is enlarged ahead of need, in nano-dollars (2 USD). */
export const leaseAheadNanoUsdMax = nanoUsd(2_000_000_000n)
/** The largest part of what is available that is leased ahead of need: one in this many. */
export const leaseAheadFraction = 20n
/** Leases are renewed in pieces of this many. */
export const leasesRenewedPerCallMax = 1_000
/** Below this many bounds of credit, a lease is for exactly the requests at hand. */
export const leaseNearZeroBounds = 4n
/** Credit is looked after this often: idle rests, renewals, requests that waited too long. */
export const creditTickMs = 500
/** How long a refusal waits for other nodes to return idle credit. */
export const recallWaitMs = 250
/** Other nodes are asked for an account's idle credit at most this often. */
export const recallIntervalMs = 1_000
/** A request waits this long for credit, then it is told to come back. */
export const admissionWaitMaxMs = 3_000
/** A store call whose outcome is unknown can still take effect within this time. */
export const storeCallLandingMsMax = 10_000
/** What an answer has cost so far is noted on disk at least this often while it grows. */
export const progressIntervalMs = 5_000
/** What an answer has cost so far is noted on disk whenever it grew by this (0.01 USD). */
export const progressStepNanoUsd = nanoUsd(10_000_000n)
/** A charge waits this long for others to be settled with. */
export const settleIntervalMs = 200
/** Charges that the store does not have yet; above it, new requests are told to come back. */
export const unsettledRecordsMax = 100_000
/** The journal's checkpoint moves at most this often. */
export const checkpointIntervalMs = 1_000
/** A charge that the store refuses alone is offered again this often. */
export const stuckRetryIntervalMs = 60_000
/** The first wait after the store failed; it doubles up to `storeBackoffMsMax`. */
export const storeBackoffMsMin = 100
/** The longest wait between two attempts to reach the store. */
export const storeBackoffMsMax = 2_000
/** On shutdown, the store gets this long to take the last charges; the journal keeps the rest. */
export const shutdownFlushMsMax = 10_000
/** The most charges one settlement takes: one database transaction. */
export const settleBatchChargesMax = 2_000
/** The most leases that are closed in one database transaction. */
export const leasesClosedPerTransactionMax = 500
/** The most accounts whose expired grants are ended in one database transaction. */
export const accountsExpiredPerTransactionMax = 500
/** How often a ledger transaction that lost a race (deadlock, serialization) is tried in all. */
export const ledgerAttemptsMax = 5
/** The largest single grant of credit: one million US dollars, in nano-dollars. */
export const grantNanoUsdMax = nanoUsd(1_000_000_000_000_000n)
/** The highest priority number of a grant, which is spent last. */
export const grantPriorityMax = 1_000
/** The longest effect key of a grant, in characters. */
export const effectKeyLengthMax = 200
/** The largest JSON body that the control API reads. */
export const controlBodyBytesMax = 64 * 1024
/** The most values (everything between commas) of one JSON body. */
export const jsonValuesMax = 200_000
/** The most names of members in one JSON body, in all its objects together. */
export const jsonNamesMax = 50_000
/** The most keys that the gateway remembers, with their accounts. */
export const keysCachedMax = 100_000
/** The most texts that looked like keys and are remembered as unknown. */
export const unknownKeysCachedMax = 10_000
/** An unknown key is asked for again after this time. */
export const unknownKeyCachedMs = 5_000
/** The store is asked for changed keys this often: well within `revocationLagMsMax`. */
export const keyPollIntervalMs = 1_000
/** The most keys that are looked up in the store at once. */
export const keyLookupsMax = 64
/** Fewer tokens of output than this are no answer: such a request is refused, not shortened. */
export const affordableOutputTokensMin = 16
/** The client is told of a body that is too large, and gets this long to stop sending. */
export const refusedBodyLingerMs = 2_000
/** The longest text (a model's name, a user agent, a provider's id) in one column of the request log. */
export const logTextLengthMax = 500
/** The most attempts that the routing path of one request-log line keeps. */
export const logAttemptsMax = 32
/** The most request-log lines one statement writes. */
export const logRowsPerStatementMax = 1_000
/** The most bytes of sealed content one statement writes. */
export const contentBytesPerStatementMax = 8 * 1024 * 1024
/** Expired grants are ended this often. */
export const expireGrantsIntervalMs = 60_000
/** The books are checked this often while the server runs. */
export const ledgerVerifyIntervalMs = 60 * 60_000
/** The highest limit of requests per minute. */
export const requestsPerMinuteMax = 10_000_000
/** The highest limit of tokens per minute. */
export const tokensPerMinuteMax = 1_000_000_000_000
/** The lowest limit of tokens per minute: less than a short request sets aside would refuse them all. */
export const tokensPerMinuteMin = 2_000
/** The highest limit of requests under way at once. */
export const concurrentRequestsMax = 1_000_000
/** The most models, providers or address ranges that one limit may list. */
export const limitListEntriesMax = 100
/** The span in which requests and tokens are counted against limits per minute. */
export const rateWindowMs = 60_000
/** Requests and tokens are counted in slots of this length: a limit may hold up to one longer, never shorter. */
export const rateSlotMs = 1_000
/** Counters of keys and accounts that were idle are dropped this often. */
export const rateSweepIntervalMs = 60_000
/** Ended slices of budgets are kept this long, so that a late call about one is told that it is over. */
export const endedBudgetLeaseKeptMs = 24 * 60 * 60_000
/** How many tight limits a node remembers the numbers of, to say them when it refuses. */
export const budgetStandingsKeptMax = 10_000
/** The most nodes that may share limits per minute between them. */
export const nodeCountMax = 1_000
/** The longest `Idempotency-Key`, in characters. */
export const idempotencyKeyLengthMax = 255
/** An answer to a request with an `Idempotency-Key` is given again for this long. */
export const idempotentAnswerKeptMs = 24 * 60 * 60_000
/** The claim of a node that died ends after this time: longer than the longest request. */
export const idempotencyClaimTtlMs = requestTotalTimeoutMs + 60_000
/** A request whose key is in use on another node is told to come back after this time. */
export const idempotencyRetryAfterSeconds = 2
/** The largest answer that is kept to be given again. */
export const idempotentAnswerBytesMax = 16 * 1024 * 1024
/** The most bytes of answers that one node keeps in memory to be given again; the oldest go first. */
export const idempotentMemoryBytesMax = 128 * 1024 * 1024
/** The most answers that one node keeps in memory to be given again. */
export const idempotentAnswersMax = 100_000
/** How often the store is asked to take an answer before only memory keeps it. */
export const idempotentStoreAttemptsMax = 30
/** Expired answers are removed from the store this often. */
export const idempotencyPurgeIntervalMs = 10 * 60_000
/** The most expired answers that one statement removes. */
export const idempotentRowsPurgedPerStatementMax = 1_000
/** The most keys an account has, revoked ones included. */
export const keysPerAccountMax = 10_000
/** The most projects an account has, archived ones included. */
export const projectsPerAccountMax = 1_000
/** The longest that replaced secrets of a key still work: 30 days. */
export const rotationGraceSecondsMax = 30 * 24 * 60 * 60
/** The most entries of one list in a filter. */
export const filterListEntriesMax = 100
/** The longest period that usage is shown for by the hour, in hours. */
export const usagePeriodHoursMax = 31 * 24
/** The longest period that usage is shown for, in days. */
export const usagePeriodDaysMax = 400
/** How endpoints did lately is read from the store at most this often by each node. */
export const endpointHealthCachedMs = 30_000
/** How one endpoint did in five minutes is kept for this long. */
export const endpointTrafficKeptMs = 30 * 24 * 60 * 60_000
/** Old endpoint traffic is removed this often. */
export const endpointTrafficPurgeIntervalMs = 60 * 60_000
/** How many charges are computed again at a time, so that a long period needs no more memory. */
export const rerateChargesPerPage = 1_000
/** The most differences, and the most orphans, that a re-rating names; it counts all. */
export const reratedChargesNamedMax = 1_000
/** A session that was not used for this long has ended. */
export const sessionIdleMs = 7 * 24 * 60 * 60_000
/** A session ends after this time, however much it was used. */
export const sessionLifeMs = 30 * 24 * 60 * 60_000
/** The same for those who run the installation. */
export const operatorSessionIdleMs = 30 * 60_000
/** The same for those who run the installation. */
export const operatorSessionLifeMs = 12 * 60 * 60_000
/** The most sessions of one person at once; the one unused for longest makes room. */
export const sessionsPerPersonMax = 20
/** The use of a session is noted when the last note is this old. */
export const sessionTouchIntervalMs = 60_000
/** A person is told that a session shows up elsewhere at most once in this time, for each session. */
export const elsewhereToldIntervalMs = 60 * 60_000
/** A fresh proof counts this long for the action it was given for. */
export const stepUpFreshMs = 5 * 60_000
/** A code, and a passkey's challenge, can be used for this long. */
export const challengeLifeMs = 5 * 60_000
/** Wrong codes before a challenge is over. */
export const challengeTriesMax = 5
/** Tries at short codes of one address within an hour; beyond it codes are long. */
export const shortCodeTriesPerHourMax = 10
/** The same within 30 days: of a million codes, a hundred are tried. */
export const shortCodeTriesPer30DaysMax = 100
/** Digits of a short code. */
export const shortCodeLength = 6
/** Characters of a long code, of 32 letters and digits: 50 bits. */
export const longCodeLength = 10
/** Two codes to one address are at least this far apart. */
export const challengeSpacingMs = 30_000
/** The most codes to one address within an hour. */
export const challengesPerAddressHourMax = 5
/** The most codes to one address within a day. */
export const challengesPerAddressDayMax = 20
/** Of those, this many an hour are kept for networks that the address has signed in from. */
export const challengesKeptForKnownPerHour = 1
/** Of those, this many a day are kept for networks that the address has signed in from. */
export const challengesKeptForKnownPerDay = 4
/** The most codes that one network asks for within an hour, for whatever addresses. */
export const challengesPerNetworkHourMax = 20
/** More codes than this within a minute, of the whole installation, are an alarm. */
export const challengesPerMinuteAlarm = 200
/** What is counted of codes is kept this long. */
export const challengeKeptMs = 31 * 24 * 60 * 60_000
/** A network is known for this long after somebody signed in from it. */
export const knownNetworkMs = 30 * 24 * 60 * 60_000
/** The most passkeys of one person. */
export const passkeysPerPersonMax = 20
/** The longest canonical e-mail address, in characters. */
export const emailLengthMax = 254
/** A change of address can be undone from the old one for this long. */
export const emailChangeUndoMs = 72 * 60 * 60_000
/** The most requests without any proof that one network makes within a minute, by process. */
export const anonymousVisitsPerMinuteMax = 120
/** The most networks whose requests without proof are counted at once. */
export const anonymousNetworksCountedMax = 100_000
/** The most refusals of one network that are written to the security log within a minute. */
export const refusalsLoggedPerMinuteMax = 30
/** The most refusals that wait to be written to the security log. */
export const refusalsLoggedAtOnceMax = 100
/** A mail is handed over within this time, or tried again. */
export const mailSendTimeoutMs = 30_000
/** A process that took a mail has it for this long. */
export const mailLeaseMs = 60_000
/** The most mails that are handed over at once. */
export const mailsAtOnceMax = 10
/** The first wait after a mail could not be handed over; it doubles up to `mailRetryMsMax`. */
export const mailRetryMsMin = 2_000
/** The longest wait between two attempts to hand a mail over. */
export const mailRetryMsMax = 15 * 60_000
/** A notice is tried for this long. */
export const noticeLifeMs = 72 * 60 * 60_000
/** Mails that are due are looked for this often; a mail just written is sent at once. */
export const mailPollIntervalMs = 2_000
/** The most mails that a machine of one's own keeps to be looked at. */
export const outboxMailsMax = 50
/** What is too old of sessions, codes and security events is removed this often. */
export const identityPurgeIntervalMs = 10 * 60_000
/** Ended sessions are kept this long, to know devices by. */
export const endedSessionKeptMs = 30 * 24 * 60 * 60_000
/** The security log keeps whole addresses for this long. */
export const securityAddressKeptMs = 30 * 24 * 60 * 60_000
/** The security log keeps events for this long. */
export const securityEventKeptMs = 365 * 24 * 60 * 60_000
/** The most stored responses that one statement of the purge removes. */
export const storedResponsesPurgedPerStatementMax = 500
/** Stored responses that are too old are looked for this often. */
export const storedResponsesPurgeIntervalMs = 60 * 60_000
/** The largest conversation that one request may refer to instead of sending it. */
export const storedConversationBytesMax = 16 * 1024 * 1024
/** A response that another node may still be writing down is looked for this long. */
export const storedResponseWaitMsMax = 2_000
/** A change of the control API whose process died frees its `Idempotency-Key` after this time. */
export const controlClaimTtlMs = 60_000
