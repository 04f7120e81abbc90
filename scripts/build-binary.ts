// Builds the single executable binary/migtop for the platform on which it runs: the bundle with the SQL, in a copy of Node. It
// needs neither Node nor the package where it is used.
// Options: --output FILE  instead of binary/migtop
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { build, type Plugin } from 'esbuild';
import { escapeOthers } from './escape-others.ts';
import { packageAlias } from './package-alias.ts';
import { sqlText } from './sql-text.ts';

const { output = 'binary/migtop' } = parseArgs({ options: { output: { type: 'string' } } }).values;

/** Without the demo, and without PGlite. */
const withoutDemo: Plugin = {
  name: 'without demo',
  setup({ onResolve }) {
    const isDemo = (path: string, folder: string): boolean =>
      join(folder, path) === fileURLToPath(new URL('../source/commands/demo.ts', import.meta.url));
    onResolve({ filter: /\/demo\.ts$/ }, ({ path, resolveDir }) =>
      isDemo(path, resolveDir) ? { path: fileURLToPath(new URL('binary-demo.ts', import.meta.url)) } : null,
    );
  },
};

const folder = await mkdtemp(join(tmpdir(), 'migtop-binary-'));
try {
  const main = join(folder, 'migtop.js');
  await build({
    entryPoints: ['source/cli.tsx'],
    outfile: main,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node26',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning',
    define: { 'process.env.NODE_ENV': '"production"' },
    external: ['pg-native'],
    alias: { 'react-devtools-core': './scripts/empty-module.js' },
    plugins: [
      sqlText,
      withoutDemo,
      packageAlias('string-width', './lazy-string-width.ts'),
      packageAlias('meow', './binary-meow.ts'),
    ],
    banner: {
      // As in source/migtop.cts; require() is for pg, which calls it for modules of Node.
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(process.execPath); process.on('SIGUSR1', () => {}); Reflect.deleteProperty(globalThis, 'fetch');",
    },
  });
  await escapeOthers([main]);
  await mkdir(dirname(resolve(output)), { recursive: true });
  const config = join(folder, 'sea.json');
  const options = {
    main,
    mainFormat: 'module',
    output: resolve(output),
    disableExperimentalSEAWarning: true,
    // NODE_OPTIONS of the machine is for its own Node.
    execArgvExtension: 'none',
  };
  await writeFile(config, JSON.stringify(options));
  await promisify(execFile)(process.execPath, ['--build-sea', config]);
} finally {
  await rm(folder, { recursive: true, force: true });
}
