/**
 * The store cannot be used right now (down, unreachable, too slow): the same call may work later.
 * Every other error of a store is a bug or a broken promise of its own.
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}
