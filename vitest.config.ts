import { defineConfig } from 'vitest/config';
import { SlowestFirst } from './test/support/slowest-first.ts';
import { sqlText } from './test/support/sql-text.ts';

export default defineConfig({
  plugins: [sqlText()],
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    globalSetup: ['test/support/postgres.ts'],
    // CI has two cores. Many tests wait for a server, a terminal or a limit of time: four at once keep both cores busy.
    maxWorkers: 4,
    sequence: { sequencer: SlowestFirst },
    // Of the tests that are marked as concurrent: they wait, each with its own database.
    maxConcurrency: 8,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    env: { FORCE_COLOR: '1' },
  },
});
