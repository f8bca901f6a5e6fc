import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

import { describe, expect, test } from 'vitest'

import {
  cpuMsOf,
  parseResidentKib,
  parseStat,
  treeCpuMs,
  treeOf,
  treeResidentKib,
  type ProcessStat,
} from './proc.ts'

function statLine(change: { pid: number; name: string; parentPid: number }): string {
  const rest = '1 1 0 -1 4194560 900 80 0 0 250 50 7 3 20 0 11 0 1234 1000000 5000'
  return `${change.pid} (${change.name}) S ${change.parentPid} ${rest}`
}

function process(pid: number, parentPid: number): ProcessStat {
  return { pid, parentPid, ownTicks: pid, endedChildrenTicks: 0 }
}

describe('parseStat', () => {
  test('adds user and system time, and keeps that of ended children apart', () => {
    expect(parseStat(statLine({ pid: 42, name: 'node', parentPid: 7 }))).toEqual({
      pid: 42,
      parentPid: 7,
      ownTicks: 300,
      endedChildrenTicks: 10,
    })
  })

  test('is not misled by spaces and parentheses in the name of the program', () => {
    const stat = parseStat(statLine({ pid: 42, name: 'a) R 1 (b c', parentPid: 7 }))
    expect(stat?.parentPid).toBe(7)
    expect(stat?.ownTicks).toBe(300)
  })

  test('refuses what is not a stat line', () => {
    expect(parseStat('')).toBeUndefined()
    expect(parseStat('42 (node')).toBeUndefined()
    expect(parseStat('42 (node) S 7')).toBeUndefined()
  })

  test('reads the line of a real process', () => {
    const own = parseStat(readFileSync('/proc/self/stat', 'latin1'))
    expect(own?.pid).toBe(globalThis.process.pid)
    expect(own?.parentPid).toBe(globalThis.process.ppid)
  })
})

test('resident memory is read in KiB, and a kernel thread has none', () => {
  expect(parseResidentKib('Name:\tnode\nVmRSS:\t   46512 kB\nThreads:\t11\n')).toBe(46_512)
  expect(parseResidentKib('Name:\tkworker\nThreads:\t1\n')).toBeUndefined()
})

describe('treeOf', () => {
  test('holds the root and its descendants, whatever the order, and nobody else', () => {
    const all = [process(30, 20), process(20, 10), process(99, 1), process(10, 1), process(21, 10)]
    expect(
      treeOf(10, all)
        .map((stat) => stat.pid)
        .sort((left, right) => left - right),
    ).toEqual([10, 20, 21, 30])
  })

  test('is empty when the root is gone', () => {
    expect(treeOf(10, [process(20, 10)])).toEqual([])
  })

  test('ends although pid 0 is its own parent', () => {
    expect(treeOf(0, [process(0, 0), process(1, 0)]).map((stat) => stat.pid)).toEqual([0, 1])
  })
})

test('processor time counts ended children once and is in milliseconds', () => {
  expect(cpuMsOf([{ pid: 1, parentPid: 0, ownTicks: 5, endedChildrenTicks: 2 }])).toBe(70)
})

test('the work of a grandchild that is still alive is seen from the root', async () => {
  const spin =
    'const end = Date.now() + 300; while (Date.now() < end); console.log("spun"); setInterval(() => {}, 1000)'
  const parent = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(spin)}], { stdio: ['ignore', 'inherit', 'inherit'] }); process.stdin.on('end', () => process.exit()).resume()`
  const child = spawn(globalThis.process.execPath, ['-e', parent], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  })
  const pid = child.pid ?? 0
  try {
    await once(child.stdout, 'data')
    const single = treeOf(
      pid,
      [parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'))].filter((stat) => stat !== undefined),
    )
    expect(treeCpuMs(pid)).toBeGreaterThanOrEqual(cpuMsOf(single) + 100)
    expect(treeResidentKib(pid)).toBeGreaterThan(20_000)
  } finally {
    globalThis.process.kill(-pid, 'SIGKILL')
    await once(child, 'exit')
  }
  expect(treeCpuMs(pid)).toBe(0)
})
