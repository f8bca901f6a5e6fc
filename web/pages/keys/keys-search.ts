/** What the keys page shows: all of it stands in the address. */
export interface KeysSearch {
  readonly create?: true
  readonly revoked?: true
  /** The key that is open. */
  readonly key?: string
  /** Only the keys of this project, and the project that a new one joins. */
  readonly project?: string
}
