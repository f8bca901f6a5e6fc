/**
 * Every book, each kept per customer, so that every customer's money is explained alone. The first two
 * are the customer's, the others the house's. A credit is positive, a debit negative; what the books mean
 * stands in the README.
 */
export const books = [
  'available',
  'held',
  'stripe_clearing',
  'promo_expense',
  'revenue',
  'breakage',
  'bad_debt',
  'dispute',
] as const

/** The name of one book. */
export type Book = (typeof books)[number]

/**
 * Why money moved. `give_back` is the node's own return, `reclaim` the store's taking back; `overrun` and
 * `late` are charges that no open lease covered.
 */
export type TransactionKind =
  | 'grant'
  | 'expiry'
  | 'lease'
  | 'give_back'
  | 'reclaim'
  | 'settle'
  | 'overrun'
  | 'late'

/** Whether a kind of transaction may take `available` below zero: the label that I3 demands. */
export const isLabelled: Readonly<Record<TransactionKind, boolean>> = {
  grant: false,
  expiry: false,
  lease: false,
  give_back: false,
  reclaim: false,
  settle: false,
  overrun: true,
  late: true,
}
