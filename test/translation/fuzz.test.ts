import { expect, test } from 'vitest'

import { fuzzOneStream } from './fuzz-streams.ts'

const count = Number(process.env['CODELACE_FUZZ_STREAMS'] ?? 10_000)

test(`${count} damaged streams give every client a valid stream, and a broken one never looks whole`, () => {
  const first = Number(process.env['CODELACE_FUZZ_SEED'] ?? Math.floor(Math.random() * 1e9))
  console.log(`seeds ${first} to ${first + count - 1}; CODELACE_FUZZ_SEED repeats them`)
  for (let seed = first; seed < first + count; seed += 1) {
    try {
      fuzzOneStream(seed)
    } catch (error) {
      expect.fail(`seed ${seed}: ${String(error instanceof Error ? error.stack : error)}`)
    }
  }
}, 3_600_000)
