/** One kind of request to one contender, as bytes on the wire are made from it. */
export interface Target {
  readonly host: string
  readonly port: number
  /** With a leading slash. */
  readonly path: string
  /** Besides `host`, `content-type` and `content-length`, which are added. */
  readonly headers: Readonly<Record<string, string>>
  /** The JSON text to send. */
  readonly body: string
}

/** Closed loop: each connection asks again as soon as it has its answer. */
export interface ClosedLoopJob {
  readonly kind: 'closed_loop'
  readonly target: Target
  readonly connections: number
  readonly durationMs: number
}

/**
 * Streams: `clients` connections, each reading `streamsEach` whole streams one after the other. The
 * starts of the first ones are spread evenly over `spreadMs`.
 */
export interface StreamsJob {
  readonly kind: 'streams'
  readonly target: Target
  readonly clients: number
  readonly streamsEach: number
  readonly spreadMs: number
  /** A stream with fewer events than this has failed. */
  readonly eventsMin: number
}

/**
 * Open loop: a request is due every `1000 / ratePerSecond` ms, whatever the answers do, and its latency
 * counts from the moment it was due. A slow contender therefore cannot slow its own examiner down.
 */
export interface OpenLoopJob {
  readonly kind: 'open_loop'
  readonly target: Target
  readonly ratePerSecond: number
  readonly durationMs: number
  readonly connections: number
}

/** Opens streams and leaves them open until a `release` job. */
export interface HoldJob {
  readonly kind: 'hold'
  readonly target: Target
  readonly streams: number
  /** The most streams that wait for their first event at the same time. */
  readonly openingMax: number
}

/** Closes every stream that `hold` opened. */
export interface ReleaseJob {
  readonly kind: 'release'
}

/** What the load generator can be asked to do. */
export type LoadJob = ClosedLoopJob | StreamsJob | OpenLoopJob | HoldJob | ReleaseJob

/** What any job reports: how much went wrong, and one example of it. */
export interface Failures {
  readonly failed: number
  readonly failureExample: string | null
}

/** Latencies are milliseconds; null when nothing succeeded. */
export interface RequestsReport extends Failures {
  readonly completed: number
  readonly durationMs: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  readonly maxMs: number | null
}

/** Times to the first event are those of streams that began while all clients were streaming. */
export interface StreamsReport extends Failures {
  readonly completed: number
  readonly events: number
  readonly durationMs: number
  readonly firstEventP50Ms: number | null
  readonly firstEventP99Ms: number | null
}

/** How many streams are open, each with its first event received. */
export interface HoldReport extends Failures {
  readonly open: number
}

/** The report that belongs to each job. */
export interface ReportOf {
  readonly closed_loop: RequestsReport
  readonly streams: StreamsReport
  readonly open_loop: RequestsReport
  readonly hold: HoldReport
  readonly release: HoldReport
}
