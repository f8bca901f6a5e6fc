import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

import { assert, expect, test } from 'vitest'

import type { WriterLine } from '#test/database/writer-process.ts'

const program = resolve(import.meta.dirname, '../../../test/database/writer-process.ts')

/** More by `CODELACE_KILLS=60`: the long form of the same test. */
const kills = Number(process.env['CODELACE_KILLS'] ?? 5)
const seed = Number(process.env['CODELACE_SEED'] ?? Date.now() % 1_000_000)

/** A small generator, so that the moments of the kills can be had again from the seed. */
function makeRandom(start: number): () => number {
  let state = start
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

interface Writer {
  readonly child: ChildProcess
  readonly lines: AsyncIterator<string>
}

function startWriter(folder: string): Writer {
  const child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  assert(child.stdout)
  return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() }
}

async function nextLine({ lines }: Writer): Promise<WriterLine | undefined> {
  const line = await lines.next()
  return line.done === true ? undefined : (JSON.parse(line.value) as WriterLine)
}

async function kill({ child }: Writer): Promise<void> {
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

/** The next lines, up to `count` of them or to the end. */
async function hear(writer: Writer, count: number): Promise<readonly WriterLine[]> {
  const lines: WriterLine[] = []
  while (lines.length < count) {
    const line = await nextLine(writer)
    if (!line) break
    lines.push(line)
  }
  return lines
}

test(
  `an embedded database that is killed ${kills} times loses nothing it acknowledged (seed ${seed})`,
  async () => {
    const random = makeRandom(seed)
    const parent = await mkdtemp(join(tmpdir(), 'codelace-kill-'))
    const folder = join(parent, 'data')

    // The first start is killed while it makes the database.
    const first = startWriter(folder)
    expect(await nextLine(first)).toEqual({ kind: 'starting' })
    await delay(random() * 1_500)
    await kill(first)

    const acknowledged = new Set<number>()
    for (let round = 0; round <= kills; round += 1) {
      const writer = startWriter(folder)
      expect(await nextLine(writer)).toEqual({ kind: 'starting' })
      const stored = await nextLine(writer)
      assert(stored?.kind === 'stored')
      const kept = new Set(stored.numbers)
      expect([...acknowledged].filter((number) => !kept.has(number))).toEqual([])
      expect(kept.size).toBe(stored.numbers.length)
      expect(stored.torn).toEqual([])
      const heard = await hear(writer, 1 + Math.floor(random() * 40))
      await delay(random() * 20)
      await kill(writer)
      for (const line of [...heard, ...(await hear(writer, Infinity))]) {
        assert(line.kind === 'acknowledged')
        acknowledged.add(line.number)
      }
    }
    expect(acknowledged.size).toBeGreaterThan(kills)
    await rm(parent, { recursive: true })
  },
  60_000 + kills * 10_000,
)
