import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

// Two projects: `unit` needs no database; `database` shares one mongod per run, with a database per file.
const database = ['test/**/*.db.test.ts', 'test/{integration,chaos,e2e}/**/*.test.ts'];

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: database,
          testTimeout: 15_000,
        },
      },
      {
        test: {
          name: 'database',
          // Real processes on a machine that others use too: CI tries a failed test once more, and prints both.
          retry: process.env.CI ? 1 : 0,
          include: database,
          globalSetup: ['test/helpers/global-mongo.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Two cores: more files at once, or the unit tests beside them, only make the timings of real processes less honest.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
