import { assert } from '#domain/faults.ts'

/** Waits until the condition gives something, asking again and again; fails after the bound. */
export async function until<T>(
  condition: () => Promise<T | undefined> | T | undefined,
  options: { readonly timeoutMs: number; readonly what: string },
): Promise<T> {
  const deadline = performance.now() + options.timeoutMs
  for (;;) {
    const found = await condition()
    if (found !== undefined) return found
    assert(performance.now() < deadline, `not within ${options.timeoutMs} ms: ${options.what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
