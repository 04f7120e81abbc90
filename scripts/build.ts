// Bundles the program into dist/. `prepare` runs it, so that `npx migtop` works after `npm ci`.
// Options: --metafile FILE  also writes which modules each file of the program has, as esbuild describes them
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { type BuildOptions, build } from 'esbuild';
import { buildDemoData, dataFileName } from '../source/demo/data-directory.ts';
import { keepForTests } from './bundle-cache.ts';
import { escapeOthers } from './escape-others.ts';
import { packageAlias } from './package-alias.ts';
import { sharedChunks } from './shared-chunks.ts';
import { sqlText } from './sql-text.ts';

const shared: BuildOptions = {
  bundle: true,
  platform: 'node',
  outdir: 'dist',
  plugins: [sqlText],
  logLevel: 'warning',
  legalComments: 'none',
};

/** pg and its helpers are CommonJS and call require() for Node's own modules. */
const requireBanner = {
  js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
};

const { metafile } = parseArgs({ options: { metafile: { type: 'string' } } }).values;

await rm('dist', { recursive: true, force: true });
const program = await build({
  ...shared,
  entryPoints: { cli: 'source/cli.tsx' },
  format: 'esm',
  target: 'node22.12',
  metafile: true,
  // `--help` and `status` do not load Ink.
  splitting: true,
  minifySyntax: true,
  minifyWhitespace: true,
  define: { 'process.env.NODE_ENV': '"production"' },
  // PGlite loads its WASM from its own directory; pg-native is an optional addon of pg that migtop does not use.
  external: ['@electric-sql/*', 'pg-native'],
  // Ink's developer tools are loaded only under DEV=true and are not installed.
  alias: { 'react-devtools-core': './scripts/empty-module.js' },
  plugins: [sqlText, sharedChunks, packageAlias('string-width', './lazy-string-width.ts')],
  banner: requireBanner,
});
if (metafile !== undefined) await writeFile(metafile, JSON.stringify(program.metafile));
await escapeOthers(Object.keys(program.metafile.outputs));

// The process of the demo's database: a separate program, for which the chunks would be divided.
await build({
  ...shared,
  entryPoints: { 'demo-host': 'source/demo/host.ts' },
  format: 'esm',
  target: 'node22.12',
  minifySyntax: true,
  minifyWhitespace: true,
  external: ['@electric-sql/*'],
  banner: requireBanner,
});
await build({
  ...shared,
  entryPoints: { migtop: 'source/migtop.cts' },
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  target: 'es2015',
  supported: { 'dynamic-import': true },
  external: ['./cli.js'],
  banner: { js: '#!/usr/bin/env node' },
});
await chmod('dist/migtop.cjs', 0o755);

// The demo starts faster with this data directory than by creating one.
await buildDemoData(join('dist', dataFileName()));

// The worker library: one file without imports, not even of `node:` modules; the caller passes the database.
await build({
  ...shared,
  entryPoints: { worker: 'source/worker/index.ts' },
  platform: 'neutral',
  format: 'esm',
  target: 'es2024',
});
await declareTypes('worker/index.ts', 'dist/types');

// Only in a checkout.
if (existsSync('test')) await keepForTests(process.cwd(), program.metafile);

/** Writes the .d.ts files of an entry point and of its imports. */
async function declareTypes(entry: string, folder: string): Promise<void> {
  const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc');
  // The compiler writes no declarations for files below node_modules; the tests build there, through a link to the sources.
  const source = await realpath('source');
  const options = [
    '--ignoreConfig --declaration --emitDeclarationOnly --target ES2024 --lib ES2024 --types node --module NodeNext',
    '--strict --exactOptionalPropertyTypes --allowImportingTsExtensions --skipLibCheck',
  ].flatMap((line) => line.split(' '));
  const files = [join(source, entry), join(source, 'sql-text.d.ts')];
  await promisify(execFile)(process.execPath, [
    tsc,
    ...options,
    '--rootDir',
    source,
    '--outDir',
    folder,
    ...files,
  ]).catch((error: { stdout?: string }) => {
    throw new Error(`Cannot write the type declarations of ${entry}:\n${error.stdout}`, { cause: error });
  });
  // The compiler keeps `.ts` in the import specifiers; with `.js`, every TypeScript finds the .d.ts file.
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith('.d.ts')) continue;
    const path = join(folder, name);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace(/(from '\.{1,2}\/[^']*)\.ts'/g, "$1.js'"));
  }
}
