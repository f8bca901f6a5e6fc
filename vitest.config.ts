import { defineConfig } from 'vitest/config'

/**
 * Suites that start the whole product as processes of its own. They run after all others: first, a few at a
 * time, those that promise nothing about time; then the rest one by one, so that what they promise is not at the
 * mercy of their neighbours, nor what they count at that of clients of a server that had the same port before.
 */
const besideEachOther = ['agents', 'chaos', 'commands', 'fixtures', 'prices', 'sdk']
const oneByOne = ['browser', 'concurrency', 'crowds', 'killloop', 'newcomer', 'outage', 'process']

const inFolders = (names: readonly string[]) => names.map((name) => `test/${name}/*.test.ts`)

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
          exclude: inFolders([...besideEachOther, ...oneByOne]),
        },
      },
      {
        extends: true,
        test: {
          name: 'servers',
          include: inFolders(besideEachOther),
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'product',
          include: inFolders(oneByOne),
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
