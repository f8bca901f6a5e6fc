/**
 * `npm start`: makes the clone ready and its pages, then becomes the server. Everything is passed on.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { buildPagesWhenStale } from './pages.mjs'
import { become, prepare, root } from './prepare.mjs'

const node = prepare({ withDev: false })
buildPagesWhenStale(node)
const engineFlags = JSON.parse(readFileSync(join(root, 'scripts', 'engine-flags.json'), 'utf8'))
become(node, [...engineFlags, join(root, 'src', 'app', 'main.ts'), ...process.argv.slice(2)])
