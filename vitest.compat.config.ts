import { defineConfig } from 'vitest/config';
import { sqlText } from './test/support/sql-text.ts';

/** What is tested after the tests: the package as npm packs it, the single executable, and the metrics with promtool. */
export default defineConfig({
  plugins: [sqlText()],
  test: {
    include: ['test/compat/*.compat.ts'],
    globalSetup: ['test/support/postgres.ts'],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    env: { FORCE_COLOR: '1' },
  },
});
