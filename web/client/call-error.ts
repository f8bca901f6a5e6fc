/** What went wrong with a call, as far as a page can tell. */
export interface CallProblem {
  /** The code of the fault, or `offline` when nothing answered. */
  readonly code: string
  readonly status: number
  readonly requestId: string | null
  readonly message?: string
  /** The member of the input that the fault is about. */
  readonly param?: string | null
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** A call that did not succeed. Its message is fit to be shown: it says what happened and what to do. */
export class CallError extends Error {
  override readonly name = 'CallError'
  readonly code: string
  readonly status: number
  readonly requestId: string | null
  readonly param: string | null
  readonly metadata: Readonly<Record<string, unknown>>

  constructor(problem: CallProblem, options?: ErrorOptions) {
    super(problem.message ?? wordsFor(problem), options)
    this.code = problem.code
    this.status = problem.status
    this.requestId = problem.requestId
    this.param = problem.param ?? null
    this.metadata = problem.metadata ?? {}
  }
}

function wordsFor({ code, status }: CallProblem): string {
  return code === 'offline'
    ? 'The server does not answer. Nothing was changed; check the connection and try again.'
    : `The server answered with status ${status} and no explanation. Try again in a moment.`
}

/** Reads the fault out of an answer that is no success; an answer that cannot be read is one as well. */
export async function readFault(response: Response): Promise<CallError> {
  const requestId = response.headers.get('x-request-id') ?? response.headers.get('x-generation-id')
  const { status } = response
  const text = await response.text().catch(() => '')
  try {
    const { error } = JSON.parse(text) as {
      error: {
        code: string
        message: string
        param?: string | null
        metadata?: Record<string, unknown>
      }
    }
    return new CallError({
      code: String(error.code),
      message: String(error.message),
      status,
      requestId,
      param: error.param ?? null,
      metadata: error.metadata ?? {},
    })
  } catch {
    return new CallError({ code: 'unreadable', status, requestId })
  }
}
