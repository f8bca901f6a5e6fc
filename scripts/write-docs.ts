import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { openApiText } from '#contract/openapi-text.ts'
import { errorsPage } from '#test/docs/errors-page.ts'

/** Writes the pages that are made from the code: a test of each fails when it differs from it. */
const docs = join(import.meta.dirname, '..', 'docs')
writeFileSync(join(docs, 'errors.md'), errorsPage())
writeFileSync(join(docs, 'openapi.json'), openApiText())
