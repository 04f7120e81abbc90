import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';

/**
 * Replaces a package by a local module in all imports, like esbuild's `alias`; only the local module itself can import the
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
