/** `npm run build`: makes the clone ready, then builds the pages that the server serves at /app. */
import { buildPages } from './pages.mjs'
import { prepare } from './prepare.mjs'

process.exitCode = buildPages(prepare({ withDev: true })) ? 0 : 1
