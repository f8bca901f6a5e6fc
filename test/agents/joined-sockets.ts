import type { Socket } from 'node:net'

/** Passes everything on between two sockets; with one of them gone, the other one is, too. */
export function joined(left: Socket, right: Socket): void {
  left.pipe(right)
  right.pipe(left)
  for (const [one, other] of [
    [left, right],
    [right, left],
  ] as const) {
    one.on('error', () => other.destroy())
    one.on('close', () => other.destroy())
  }
}
