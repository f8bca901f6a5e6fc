import { Fault } from '#domain/faults.ts'

/** The member at which a request is refused as invalid; undefined when it is not. Other errors are thrown. */
export function refusalOf(read: () => unknown): string | null | undefined {
  try {
    read()
    return undefined
  } catch (error) {
    if (error instanceof Fault && error.code === 'invalid_request') return error.param
    throw error
  }
}
