import { readFileSync, readdirSync } from 'node:fs'

/** Linux counts process time for user space in hundredths of a second, on every architecture. */
const millisecondsPerTick = 10

/** What `/proc/<pid>/stat` says about one process. Ticks are hundredths of a second. */
export interface ProcessStat {
  readonly pid: number
  readonly parentPid: number
  /** User and system time of all threads, those that ended included. */
  readonly ownTicks: number
  /** User and system time of children that ended and were waited for. */
  readonly endedChildrenTicks: number
}

/** Reads the text of `/proc/<pid>/stat`; undefined when it is not one. */
export function parseStat(text: string): ProcessStat | undefined {
  // The name stands in parentheses and may itself hold spaces and parentheses.
  const nameEnd = text.lastIndexOf(')')
  const pid = Number.parseInt(text, 10)
  if (nameEnd < 0 || Number.isNaN(pid)) return undefined
  const fields = text.slice(nameEnd + 2).split(' ')
  const field = (number: number): number => Number(fields[number - 3])
  const stat: ProcessStat = {
    pid,
    parentPid: field(4),
    ownTicks: field(14) + field(15),
    endedChildrenTicks: field(16) + field(17),
  }
  return Object.values(stat).every(Number.isSafeInteger) ? stat : undefined
}

/** Reads `VmRSS` out of the text of `/proc/<pid>/status`, in KiB; undefined for a kernel thread. */
export function parseResidentKib(status: string): number | undefined {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(status)
  return match ? Number(match[1]) : undefined
}

/** The process `rootPid` and everything that descends from it, out of a list of all processes. */
export function treeOf(rootPid: number, all: readonly ProcessStat[]): readonly ProcessStat[] {
  const tree = all.filter((stat) => stat.pid === rootPid)
  for (let index = 0; index < tree.length; index++) {
    const parentPid = tree[index]?.pid
    tree.push(...all.filter((stat) => stat.parentPid === parentPid && stat.pid !== parentPid))
  }
  return tree
}

/** All processes of this machine that can be seen. */
export function readAllStats(): readonly ProcessStat[] {
  const stats: ProcessStat[] = []
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = parseStat(readIfThere(`/proc/${name}/stat`) ?? '')
    if (stat) stats.push(stat)
  }
  return stats
}

/**
 * Milliseconds of processor time that a process, all its threads and all its descendants have used so
 * far; exact to 10 ms a process. 0 when it is gone.
 */
export function treeCpuMs(rootPid: number): number {
  return cpuMsOf(treeOf(rootPid, readAllStats()))
}

/** Milliseconds of processor time in some stats, ended children included. */
export function cpuMsOf(stats: readonly ProcessStat[]): number {
  const ticks = stats.reduce((sum, stat) => sum + stat.ownTicks + stat.endedChildrenTicks, 0)
  return ticks * millisecondsPerTick
}

/** Resident memory of a process and its descendants, in KiB. Pages they share are counted for each. */
export function treeResidentKib(rootPid: number): number {
  return treeOf(rootPid, readAllStats()).reduce(
    (sum, stat) => sum + (parseResidentKib(readIfThere(`/proc/${stat.pid}/status`) ?? '') ?? 0),
    0,
  )
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    // A process may end between being listed and being read.
    return undefined
  }
}
