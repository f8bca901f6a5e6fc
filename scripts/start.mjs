/**
 * `npm start`: makes the clone ready, then becomes the server. `--watch` restarts it at each change of
 * its files; everything else is passed on.
 */
import { join } from 'node:path'

import { become, prepare, root } from './prepare.mjs'

const node = prepare({ withDev: false })
const watch = process.argv.includes('--watch') ? ['--watch'] : []
const rest = process.argv.slice(2).filter((argument) => argument !== '--watch')
become(node, [...watch, join(root, 'src', 'app', 'main.ts'), ...rest])
