/**
 * `npm run build`: makes the clone ready, then builds the pages that the server serves at /app;
 * with `--when-stale` only when they are not there or older than their sources.
 */
import { buildPages, buildPagesWhenStale } from './pages.mjs'
import { prepare } from './prepare.mjs'

const node = prepare({ withDev: true })
const isBuilt = process.argv.includes('--when-stale') ? buildPagesWhenStale(node) : buildPages(node)
process.exitCode = isBuilt ? 0 : 1
