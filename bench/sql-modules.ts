// Lets Node import the sources' .sql files as text, as the bundler does: to be imported before what imports them, and that
// with `await import`, because static imports are looked for before anything runs.
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { readSqlText } from '../scripts/sql-text.ts';

registerHooks({
  load(url, context, next) {
    if (!url.endsWith('.sql')) return next(url, context);
    const source = `export default ${JSON.stringify(readSqlText(fileURLToPath(url)))}`;
    return { format: 'module', source, shortCircuit: true };
  },
});
