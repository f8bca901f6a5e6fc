/** `npm test`: makes the clone ready, then runs every check and every test (`checks.ts`). */
import { join } from 'node:path'

import { become, prepare, root } from './prepare.mjs'

const node = prepare({ withDev: true })
become(node, [join(root, 'scripts', 'checks.ts'), ...process.argv.slice(2)])
