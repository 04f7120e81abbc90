import type { Plugin } from 'vitest/config';

/** Serves `import text from 'file.sql'` as the file's text, as the bundler does. */
export function sqlText(): Plugin {
  return {
    name: 'sql-text',
    transform(code, id) {
      return id.endsWith('.sql') ? { code: `export default ${JSON.stringify(code)};`, map: null } : null;
    },
  };
}
