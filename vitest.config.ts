import { configDefaults, defineConfig } from 'vitest/config';
import { packageAlias } from './test/support/package-alias.ts';
import { SlowestFirst } from './test/support/slowest-first.ts';
import { sqlText } from './test/support/sql-text.ts';

/** The rooms whose tests call functions only, and need no server. */
const inMemory = 'test/{domain,presentation}/**/*.test.ts';

/**
 * The room whose files each have a process of their own: they measure what a terminal draws, which a process does once. The files of
 * all others share processes: a new one for each would load the same modules again, which takes longer than the tests of most
 * files. So a test undoes what it does to its process.
 */
const apart = 'test/screen/**/*.test.{ts,tsx}';

const globalSetup = ['test/support/postgres.ts'];

export default defineConfig({
  plugins: [sqlText()],
  test: {
    // CI has two cores. Many tests wait for a server, a terminal or a limit of time: four at once keep both cores busy.
    maxWorkers: 4,
    sequence: { sequencer: SlowestFirst },
    // Of the tests that are marked as concurrent: they wait, each with its own database.
    maxConcurrency: 8,
    testTimeout: 180_000,
    hookTimeout: 600_000,
    env: { FORCE_COLOR: '1' },
    setupFiles: ['test/support/seed.ts'],
    projects: [
      { extends: true, test: { name: 'memory', include: [inMemory], isolate: false } },
      {
        extends: true,
        test: {
          name: 'server',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: [...configDefaults.exclude, inMemory, apart],
          isolate: false,
          globalSetup,
        },
      },
      {
        extends: true,
        test: {
          name: 'screen',
          include: [apart],
          globalSetup,
          // Ink draws the golden screens with the packages of the bundle.
          server: { deps: { inline: ['ink', 'cli-truncate', 'slice-ansi', 'widest-line', 'wrap-ansi'] } },
        },
        plugins: [packageAlias('string-width', '../../scripts/lazy-string-width.ts')],
      },
    ],
  },
});
