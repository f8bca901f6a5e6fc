import { defineConfig } from 'vitest/config'

/**
 * Suites that start the whole product as processes of its own. They run after all others and one by
 * one, so that what they promise about time is not at the mercy of their neighbours.
 */
const wholeProduct = [
  'browser',
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
].map((name) => `test/${name}/**`)

export default defineConfig({
  test: {
    environment: 'node',
    globalSetup: ['test/database/global-setup.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
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
          name: 'product',
          include: wholeProduct.map((folder) => `${folder}/*.test.ts`),
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
