import { parseArgs } from 'node:util'

import { copyTemplate, dropDatabase, makeTemplate, urlOf } from '#test/database/server-databases.ts'

import { runKillLoop, type KillLoopReport } from './kill-loop.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    clients: { type: 'string', default: '128' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    embedded: { type: 'boolean', default: false },
  },
})
const kills = Number(values.kills)
const seed = Number(values.seed)
const clientCount = Number(values.clients)
const store = values.embedded ? 'the embedded database' : 'PostgreSQL'
process.stdout.write(`${kills} kills, ${clientCount} clients, ${store}, seed ${seed}\n`)

const name = `codelace_test_${Date.now()}_killloop`
const template = `${name}_template`
if (!values.embedded) {
  await makeTemplate(template)
  await copyTemplate(template, name)
}
try {
  const startedMs = performance.now()
  const report = await runKillLoop({
    kills,
    clientCount,
    seed,
    databaseUrl: values.embedded ? null : urlOf(name),
    onRestart: (kill, readyMs) => {
      const restMinutes = ((performance.now() - startedMs) / kill / 60_000) * (kills - kill)
      process.stdout.write(
        `kill ${kill} of ${kills}: ready again in ${readyMs} ms, about ${restMinutes.toFixed(1)} min left\n`,
      )
    },
  })
  process.exitCode = print(report) ? 0 : 1
} finally {
  if (!values.embedded) {
    await dropDatabase(name)
    await dropDatabase(template)
  }
}

/** Prints the report; true when every promise held. */
function print(report: KillLoopReport): boolean {
  const { books } = report
  const ready = report.readyMs.toSorted((left, right) => left - right)
  const rows: readonly (readonly [string, string | number | bigint])[] = [
    ['answers acknowledged to clients', report.acknowledgedCount],
    ['charges in the books', books.chargeCount],
    ['acknowledged charges lost', books.lost.length],
    ['charged another amount than told', books.wrong.length],
    ['charged twice', books.doubled.length],
    ['revenue minus charges, nano-dollars', books.revenueDifference],
    ['differences found by verification', books.differences.length],
    ['leases left open', books.openLeaseCount],
    ['answers broken off', report.brokenCount],
    ['ready again, median ms', ready[Math.floor(ready.length / 2)] ?? 0],
    ['ready again, slowest ms', ready.at(-1) ?? 0],
    ['exit code of the last stop', report.exitCode ?? -1],
  ]
  for (const [what, value] of rows) process.stdout.write(`${what.padEnd(38)} ${value}\n`)
  for (const [status, count] of report.refusals) {
    process.stdout.write(`${`answered ${status}`.padEnd(38)} ${count}\n`)
  }
  for (const difference of books.differences) process.stdout.write(`${difference}\n`)
  return (
    books.lost.length + books.wrong.length + books.doubled.length === 0 &&
    books.revenueDifference === 0n &&
    books.differences.length + books.openLeaseCount === 0 &&
    report.exitCode === 0
  )
}
