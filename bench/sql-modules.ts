// Lets Node import the sources' .sql files as text, as the bundler does: to be imported before what imports them, and that
// with `await import`, because static imports are looked for before anything runs.
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

registerHooks({
  load(url, context, next) {
    if (!url.endsWith('.sql')) return next(url, context);
    const source = `export default ${JSON.stringify(readFileSync(new URL(url), 'utf8'))}`;
    return { format: 'module', source, shortCircuit: true };
  },
});
