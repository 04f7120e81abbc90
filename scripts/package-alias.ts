import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';

/**
 * Takes a module of ours for a package, wherever it is imported: esbuild's `alias`, but that our module itself gets the real
 * package.
 */
export function packageAlias(name: string, module: string): Plugin {
  const path = fileURLToPath(new URL(module, import.meta.url));
  return {
    name: `alias ${name}`,
    setup({ onResolve }) {
      onResolve({ filter: new RegExp(`^${name}$`) }, ({ importer }) => (importer === path ? null : { path }));
    },
  };
}
