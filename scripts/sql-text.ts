import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * The text of an SQL file, with the files that it includes. A line `-- include fragments/identity.sql` is replaced by that
 * file, whose path is relative to the including file. The comment at the beginning of a fragment describes the fragment
 * and is left out. `-- include checks/*.sql` includes the union of all files in that directory.
 *
 * @throws {Error} if a file does not exist
 */
export function readSqlText(path: string): string {
  const include = (_line: string, indent: string, name: string): string =>
    included(join(dirname(path), name)).replace(/^(?=.)/gm, indent);
  return readFileSync(path, 'utf8').replace(/^([ \t]*)-- include (\S+\.sql)$/gm, include);
}

function included(path: string): string {
  if (basename(path) !== '*.sql') {
    return readSqlText(path)
      .replace(/^(?:--.*\n)+/, '')
      .trimEnd();
  }
  const folder = dirname(path);
  const files = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  return files
    .sort()
    .map((name) => `(\n${included(join(folder, name))}\n)`)
    .join('\nUNION ALL\n');
}

/** Bundles `import text from 'file.sql'` as the file's text, with the files that it includes. */
export const sqlText: Plugin = {
  name: 'sql-text',
  setup({ onLoad }) {
    onLoad({ filter: /\.sql$/ }, ({ path }) => ({ contents: readSqlText(path), loader: 'text' }));
  },
};
