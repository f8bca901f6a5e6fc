import { treeCpuMs } from './proc.ts'

const lookIntervalMs = 250
/** The processor time that an idle process may use between two looks: one tick of the kernel's clock. */
const idleCpuMs = 10

/** How long to wait for a process to become idle. */
export interface QuietPatience {
  /** So long without work counts as idle: longer than the interval of any batch. */
  readonly quietForMs: number
  readonly timeoutMs: number
}

/** The processor time of a process tree when it had become idle, or when patience ended. */
export interface Quiet {
  readonly cpuMs: number
  /** False: it was still working when patience ended. */
  readonly quiet: boolean
}

/**
 * Waits until a process tree has finished all the work it put off: settling, sealing, writing the log.
 * Processor time is read before and after a measurement at such moments, so that nothing escapes by
 * being done later.
 */
export async function waitUntilQuiet(pid: number, patience: QuietPatience): Promise<Quiet> {
  const deadlineMs = performance.now() + patience.timeoutMs
  let quietSinceMs = performance.now()
  let cpuMs = treeCpuMs(pid)
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, lookIntervalMs))
    const nextCpuMs = treeCpuMs(pid)
    const nowMs = performance.now()
    if (nextCpuMs - cpuMs > idleCpuMs) quietSinceMs = nowMs
    cpuMs = nextCpuMs
    if (nowMs - quietSinceMs >= patience.quietForMs) return { cpuMs, quiet: true }
    if (nowMs >= deadlineMs) return { cpuMs, quiet: false }
  }
}
