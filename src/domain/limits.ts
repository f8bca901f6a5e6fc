/** Every limit of the product, each with its name, its unit last, and its place here. */

/** The largest JSON request body. */
export const requestBodyBytesMax = 20 * 1024 * 1024
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
/** Time to an upstream's first byte. */
export const upstreamFirstByteTimeoutMs = 60_000
/** The longest silence between two chunks of an upstream's answer. */
export const upstreamIdleTimeoutMs = 120_000
/** The longest whole request. */
export const requestTotalTimeoutMs = 30 * 60_000
/** The largest answer an upstream may send. */
export const upstreamBodyBytesMax = 100 * 1024 * 1024
/** The largest single event of an upstream's stream. */
export const upstreamEventBytesMax = 8 * 1024 * 1024
/** A silent stream gets an SSE comment after this time, so that proxies keep it open. */
export const streamPingIntervalMs = 15_000
/** The most bytes buffered for one slow reader. */
export const streamBufferBytesMax = 256 * 1024
/** A reader that takes nothing for this long is closed. */
export const stalledReaderTimeoutMs = 30_000
/** A revoked key or suspended account is refused everywhere within this time. */
export const revocationLagMsMax = 5_000
/** The most bytes of one answer that are kept as content. */
export const contentBytesMax = 4 * 1024 * 1024
/** The most bytes of content that wait in memory for the database. */
export const contentQueueBytesMax = 64 * 1024 * 1024
/** The longest account or key name, in characters. */
export const nameLengthMax = 100
/** The most rows one page of a list returns. */
export const pageSizeMax = 200
