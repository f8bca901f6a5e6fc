/**
 * The store cannot be opened. The message is one or two sentences for the person who starts codelace:
 * what is wrong and what to do. It never holds a password.
 */
export class StoreStartError extends Error {
  override readonly name = 'StoreStartError'
}
