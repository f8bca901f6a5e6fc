import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

/**
 * Keeps compiled modules between runs, which halves the time to start. To be imported before anything
 * else. The folder belongs to the installation: one in a shared place could be filled by others. Where
 * it cannot be written, nothing is kept.
 */
enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/codelace'))
