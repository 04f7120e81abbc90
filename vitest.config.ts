import { configDefaults, defineConfig } from 'vitest/config';
import { SlowestFirst } from './test/support/slowest-first.ts';
import { sqlText } from './test/support/sql-text.ts';

/** The rooms whose tests call functions only, and need no server. */
const inMemory = 'test/{domain,presentation}/**/*.test.ts';

export default defineConfig({
  plugins: [sqlText()],
  test: {
    // CI has two cores. Many tests wait for a server, a terminal or a limit of time: four at once keep both cores busy.
    maxWorkers: 4,
    sequence: { sequencer: SlowestFirst },
    // Of the tests that are marked as concurrent: they wait, each with its own database.
    maxConcurrency: 8,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    env: { FORCE_COLOR: '1' },
    projects: [
      // These files share a process: a new one for each would load the same modules again, which takes longer than their tests.
      { extends: true, test: { name: 'memory', include: [inMemory], isolate: false } },
      {
        extends: true,
        test: {
          name: 'program',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: [...configDefaults.exclude, inMemory],
          globalSetup: ['test/support/postgres.ts'],
        },
      },
    ],
  },
});
