/**
 * `npm run dev`: the server, restarted at each change of its files, and the pages with hot reload on an
 * address of their own, which passes calls on to the server. Both end together.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'

import { buildPagesWhenStale } from './pages.mjs'
import { prepare, root } from './prepare.mjs'

const node = prepare({ withDev: true })
buildPagesWhenStale(node)
const port = process.env.CODELACE_PAGES_PORT ?? '5173'
process.stderr.write(`Pages with hot reload: http://127.0.0.1:${port}/app/\n`)
const programs = [
  ['--watch', join(root, 'src', 'app', 'main.ts'), ...process.argv.slice(2)],
  [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), '--logLevel', 'warn'],
]
const children = programs.map((args) => spawn(node, args, { cwd: root, stdio: 'inherit' }))

function endAll(signal) {
  for (const child of children) child.kill(signal)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => endAll(signal))
for (const child of children) {
  child.on('exit', (code) => {
    process.exitCode ??= code ?? 1
    endAll('SIGTERM')
  })
}
