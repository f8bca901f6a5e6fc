/**
 * codelace cannot start. The message is one clear sentence, or a list with one line for each problem,
 * for the person who starts it: what is wrong and what to do. Shown without a stack trace.
 */
export class StartError extends Error {
  override readonly name = 'StartError'
}
