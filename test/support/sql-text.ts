import type { Plugin } from 'vitest/config';
import { readSqlText } from '../../scripts/sql-text.ts';

/** Serves `import text from 'file.sql'` as the file's text with the files that it includes, as the bundler does. */
export function sqlText(): Plugin {
  return {
    name: 'sql-text',
    configureVitest({ defineCacheKeyGenerator }) {
      // vitest keeps the modules of earlier runs: one with a changed fragment is another module.
      defineCacheKeyGenerator(({ id }) => (id.endsWith('.sql') ? readSqlText(id) : null));
    },
    transform(_code, id) {
      return id.endsWith('.sql') ? { code: `export default ${JSON.stringify(readSqlText(id))};`, map: null } : null;
    },
  };
}
