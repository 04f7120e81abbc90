import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildOptions, Plugin } from 'esbuild';

/**
 * What the bundle takes in the place of parts of its libraries that cost more than all else on the way to the first
 * picture, or of each picture after it. The tests of the sources run with the libraries as they are, those of the
 * program with these.
 */
export const lighterLibraries: BuildOptions = {
  define: {
    // Without a fetch yoga decodes its WASM by itself; with it, Node loads all of its HTTP client for a data: URL (35 ms).
    fetch: 'undefined',
    // Every library that cuts texts makes one as it is loaded, and the first one takes 10 ms; few pictures need any.
    'Intl.Segmenter': 'LazySegmenter',
  },
  inject: [here('lazy-segmenter.ts')],
  plugins: [
    replaced('ink/build/renderer.js', /^\.\/output\.js$/, '../source/screen/ink-output.ts'),
    // 25 ms as it is loaded, by Ink and by what Ink stands on.
    replaced('', /^string-width$/, 'lazy-string-width.cts'),
    withoutLicences(),
  ],
};

/** Takes our module for what `importer` imports as `path`; a library that has moved its own has to be looked at. */
function replaced(importer: string, path: RegExp, ours: string): Plugin {
  return {
    name: ours,
    setup({ onResolve, onEnd }) {
      let isReplaced = false;
      onResolve({ filter: path }, (asked) => {
        if (asked.importer === here(ours) || !asked.importer.replaceAll('\\', '/').endsWith(importer)) return null;
        isReplaced = true;
        return { path: here(ours) };
      });
      onEnd(() => (isReplaced ? null : { errors: [{ text: `${ours} has nothing to replace` }] }));
    },
  };
}

/** meow corrects the licence of the package that it is used in, and sorts all there are as it is loaded (15 ms). */
function withoutLicences(): Plugin {
  const correction = 'var normalizeExports = requireNormalize();';
  return {
    name: 'meow without licences',
    setup({ onLoad }) {
      onLoad({ filter: /meow[\\/]build[\\/]dependencies\.js$/ }, async ({ path }) => {
        const contents = await readFile(path, 'utf8');
        if (!contents.includes(correction)) throw new Error('meow no longer corrects licences as it did');
        return { contents: contents.replace(correction, 'var normalizeExports = () => {};') };
      });
    },
  };
}

function here(name: string): string {
  return join(fileURLToPath(new URL('.', import.meta.url)), name);
}
