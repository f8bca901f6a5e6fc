import { writeFileSync } from 'node:fs'

import type { Reporter, TestModule } from 'vitest/node'

/** What a whole run of tests came to. */
export interface TestCounts {
  readonly passed: number
  readonly failed: number
}

/**
 * Writes the counts of a run to the file named by `CODELACE_TEST_COUNTS`, and says nothing. A test that
 * did not run counts as failed, and so does a file that could not be loaded and an error outside of tests.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const path = process.env['CODELACE_TEST_COUNTS']
    if (path === undefined) return
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const passed = tests.filter((test) => test.result().state === 'passed').length
    const broken = modules.filter((module) => module.errors().length > 0).length
    const counts: TestCounts = {
      passed,
      failed: tests.length - passed + broken + unhandledErrors.length,
    }
    writeFileSync(path, JSON.stringify(counts))
  }
}
