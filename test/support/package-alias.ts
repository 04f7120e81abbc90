import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vitest/config';

/** Replaces a package by a local module, as the bundler does (scripts/package-alias.ts); only that module can import the package. */
export function packageAlias(name: string, module: string): Plugin {
  const path = fileURLToPath(new URL(module, import.meta.url));
  return {
    name: `alias ${name}`,
    enforce: 'pre',
    resolveId: (source, importer) => (source === name && importer !== path ? path : null),
  };
}
