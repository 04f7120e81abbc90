import { loadYoga } from 'yoga-layout/load';

/**
 * Replaces yoga-layout in the bundle. It reads its WebAssembly, which is part of the package, with `fetch` if there is one, and
 * Node needs 25 ms to load `fetch`. This module calls the same loader while there is none; the loader then decodes the text itself.
 */
function loadWithoutFetch(): ReturnType<typeof loadYoga> {
  const { fetch } = globalThis;
  Reflect.deleteProperty(globalThis, 'fetch');
  try {
    return loadYoga();
  } finally {
    globalThis.fetch = fetch;
  }
}

export default await loadWithoutFetch();
export * from 'yoga-layout/load';
