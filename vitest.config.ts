import { defineConfig } from 'vitest/config'

/** Suites that start the whole product as processes of its own. They run after all others. */
const wholeProduct = inFolders([
  'agents',
  'browser',
  'chaos',
  'commands',
  'concurrency',
  'crowds',
  'fixtures',
  'killloop',
  'newcomer',
  'outage',
  'prices',
  'process',
  'sdk',
])

/** Those of them that promise something about time: one by one, not at the mercy of their neighbours. */
const oneByOne = [
  ...inFolders(['crowds', 'killloop', 'newcomer', 'outage']),
  'test/browser/{first-load,journey}.test.ts',
  'test/process/{rolling-restart,stop}.test.ts',
]

function inFolders(names: readonly string[]): string[] {
  return names.map((name) => `test/${name}/*.test.ts`)
}

export default defineConfig({
  test: {
    environment: 'node',
    globalSetup: ['test/database/global-setup.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // By default one core is left alone, which on a machine with two is half of it.
    maxWorkers: '100%',
    // Names are guarantees: a report shows them whole.
    chaiConfig: { truncateThreshold: 200 },
    projects: [
      {
        extends: true,
        test: {
          name: 'rooms',
          include: ['{src,test,bench}/**/*.test.ts', 'web/**/*.test.{ts,tsx}'],
          exclude: wholeProduct,
        },
      },
      {
        extends: true,
        test: {
          name: 'servers',
          include: wholeProduct,
          exclude: oneByOne,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'product',
          include: oneByOne,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
