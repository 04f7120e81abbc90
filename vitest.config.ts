import { defineConfig } from 'vitest/config';
import { sqlText } from './test/support/sql-text.ts';

export default defineConfig({
  plugins: [sqlText()],
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    globalSetup: ['test/support/postgres.ts'],
    // CI has two cores. Half of the tests wait for a server, a terminal or a bound: three at once keep both cores busy.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    env: { FORCE_COLOR: '1' },
  },
});
