import { randomBytes } from 'node:crypto'

import type { TestProject } from 'vitest/node'

import { prepareImage } from './embedded-image.ts'
import { dropDatabase, makeTemplate, sweepLeftovers } from './server-databases.ts'

/** What the databases of tests are copied from, or why there are none. */
export type Template =
  | { readonly kind: 'ready'; readonly from: string }
  | { readonly kind: 'broken'; readonly reason: string }

declare module 'vitest' {
  interface ProvidedContext {
    embeddedTemplate: Template
    serverTemplate: Template
  }
}

/**
 * Once per run: a migrated database in memory as an image, and a migrated template on the PostgreSQL
 * server. A failure is kept and thrown by every test that asks for that database, so nothing is skipped
 * and tests without a database are not disturbed.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const template = `codelace_test_${Date.now()}_${randomBytes(4).toString('hex')}_template`
  project.provide('embeddedTemplate', await attempt(prepareImage))
  project.provide(
    'serverTemplate',
    await attempt(async () => {
      await sweepLeftovers()
      await makeTemplate(template)
      return template
    }),
  )
  return () => dropDatabase(template).catch(() => undefined)
}

async function attempt(make: () => Promise<string>): Promise<Template> {
  try {
    return { kind: 'ready', from: await make() }
  } catch (error) {
    return { kind: 'broken', reason: error instanceof Error ? error.message : String(error) }
  }
}
