import { parseArgs } from 'node:util'

import { mutants } from './mutants.ts'
import { noMutation } from './mutation.ts'
import { type RunReport, simulateSeed } from './simulate-seed.ts'

const help = `Runs the credit of many nodes over a model of the world, seed by seed, and checks every promise.

  npm run simulate -- --seeds 10000         seeds 1 to 10000
  npm run simulate -- --seeds 500 --from 1000
  npm run simulate -- --seed 4711           one seed, the same run every time
  npm run simulate -- --seed 4711 --mutant "admissions are not written"
`

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '300' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    mutant: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

/** A whole number above zero, or the end of the program. */
function wholeNumber(name: string, text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number > 0) return number
  console.error(`--${name} must be a whole number above zero; it is "${text}".`)
  return process.exit(2)
}

if (values.help) {
  console.log(help)
  process.exit(0)
}

const mutation =
  values.mutant === undefined ? noMutation : mutants.find(({ name }) => name === values.mutant)
if (mutation === undefined) {
  console.error(
    `No mutant has this name. These exist:\n  ${mutants.map(({ name }) => name).join('\n  ')}`,
  )
  process.exit(2)
}

const from = wholeNumber('from', values.seed ?? values.from)
const count = values.seed === undefined ? wholeNumber('seeds', values.seeds) : 1
const startedMs = performance.now()
const sums = { admitted: 0, acknowledged: 0, refused: 0, unavailable: 0, steps: 0 }
const failures: RunReport[] = []
for (let seed = from; seed < from + count; seed++) {
  const report = await simulateSeed(seed, mutation)
  for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += report[name]
  if (report.violation !== null) {
    failures.push(report)
    console.error(`seed ${seed} (${report.profile}): ${report.violation.stack ?? ''}`)
    console.error(`replay: npm run simulate -- --seed ${seed}`)
  }
}
const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1)
console.log(
  `${count} seeds in ${seconds} s: ${failures.length} failed. ` +
    Object.entries(sums)
      .map(([name, sum]) => `${sum} ${name}`)
      .join(', '),
)
process.exitCode = failures.length === 0 ? 0 : 1
