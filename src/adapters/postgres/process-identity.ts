import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'

/** `pid (name) state ppid …`: the name may hold spaces and brackets, so fields are counted after it. */
const stateField = 0
const startTimeField = 19

/**
 * Text that names one life of one process: the same number used again by another process, after a restart
 * of the machine or inside another container gives another text. Undefined when no such process runs, or
 * when this system does not tell.
 */
export function identityOfProcess(pid: number): string | undefined {
  return process.platform === 'linux' ? linuxIdentity(pid) : portableIdentity(pid)
}

function linuxIdentity(pid: number): string | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ')
    // A process that ended and was not collected by its parent holds nothing any more.
    if (/[ZX]/.test(fields[stateField] ?? 'X')) return undefined
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const namespace = readlinkSync('/proc/self/ns/pid')
    return `${bootId} ${namespace} ${fields[startTimeField] ?? ''}`
  } catch {
    return undefined
  }
}

function portableIdentity(pid: number): string | undefined {
  try {
    const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' })
    return started.trim() || undefined
  } catch {
    return undefined
  }
}
