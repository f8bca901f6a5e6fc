/**
 * Where the gateway tells the house what went wrong. Events are short fixed names; details never hold
 * keys, messages or output of customers. An `alarm` is for a person to look at, now.
 */
export interface GatewayLog {
  readonly warn: (event: string, details?: Readonly<Record<string, unknown>>) => void
  readonly alarm: (event: string, details?: Readonly<Record<string, unknown>>) => void
}
