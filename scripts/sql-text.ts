import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * The text of an SQL file, with the files that it includes. A line `-- include fragments/identity.sql` is replaced by that
 * file, whose path is relative to the including file. The comment at the beginning of a fragment describes the fragment
 * and is left out.
 *
 * @throws {Error} if a file does not exist
 */
export function readSqlText(path: string): string {
  const include = (_line: string, indent: string, name: string): string =>
    readSqlText(join(dirname(path), name))
      .replace(/^(?:--.*\n)+/, '')
      .trimEnd()
      .replace(/^(?=.)/gm, indent);
  return readFileSync(path, 'utf8').replace(/^([ \t]*)-- include (\S+\.sql)$/gm, include);
}

/** Bundles `import text from 'file.sql'` as the file's text, with the files that it includes. */
export const sqlText: Plugin = {
  name: 'sql-text',
  setup({ onLoad }) {
    onLoad({ filter: /\.sql$/ }, ({ path }) => ({ contents: readSqlText(path), loader: 'text' }));
  },
};
