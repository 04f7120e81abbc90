// Lets Node import the sources' .sql files as text, as the bundler does. Import it first, then load the modules that import
// .sql files with `await import`, because Node resolves static imports before it runs any module.
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
