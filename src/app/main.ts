import './compile-cache.ts'

const { runProgram } = await import('./program.ts')
const { processContext } = await import('./process-context.ts')

process.exitCode = await runProgram(['start', ...process.argv.slice(2)], processContext())
process.exit()
