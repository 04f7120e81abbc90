// Bundles the program into dist/. Run by `prepare`, so that `npm ci` alone leaves a working `npx migtop`.
import { chmod, rm } from 'node:fs/promises';
import { type BuildOptions, build } from 'esbuild';

const shared: BuildOptions = {
  bundle: true,
  platform: 'node',
  outdir: 'dist',
  loader: { '.sql': 'text' },
  logLevel: 'warning',
  legalComments: 'none',
};

await rm('dist', { recursive: true, force: true });
await build({
  ...shared,
  entryPoints: { cli: 'source/cli.tsx', 'demo-host': 'source/demo/host.ts' },
  format: 'esm',
  target: 'node22.12',
  // One chunk a command: `--help` and `status` never load Ink.
  splitting: true,
  minifySyntax: true,
  define: { 'process.env.NODE_ENV': '"production"' },
  // PGlite finds its WASM beside its own module; pg-native is an optional addon of pg that we never ask for.
  external: ['@electric-sql/*', 'pg-native'],
  // Ink's developer tools are loaded only under DEV=true and are not installed.
  alias: { 'react-devtools-core': './scripts/empty-module.js' },
  // pg and its helpers are CommonJS and call require() for Node's own modules.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
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
