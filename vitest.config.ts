import { defineConfig } from 'vitest/config';
import { sqlText } from './test/support/sql-text.ts';

export default defineConfig({
  plugins: [sqlText()],
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    globalSetup: ['test/support/postgres.ts'],
    // CI has two cores; the server and the terminals under test need some of them.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    env: { FORCE_COLOR: '1' },
  },
});
