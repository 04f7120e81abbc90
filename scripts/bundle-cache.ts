import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the tests find bundles, each in a folder with the fingerprint of its sources as its name. */
export const bundleCache = 'node_modules/.cache/migtop';

/** The file in which esbuild describes the bundle, beside its folder `dist`. */
export const metafileName = 'metafile.json';

/** The hash of all files of the bundle, with the lock file instead of the packages. */
export async function fingerprint(root: string): Promise<string> {
  const hash = createHash('sha256');
  const names = ['package.json', 'package-lock.json', 'tsconfig.json'].map((name) => join(root, name));
  for (const folder of ['source', 'sql', 'scripts']) {
    const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
    names.push(...entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)));
  }
  for (const name of names.sort()) {
    hash
      .update(`${name}\0`)
      .update(await readFile(name))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

/** Copies the bundle in `dist` to the cache, so that `npm test` after `npm ci` need not build it again. */
export async function keepForTests(root: string, metafile: unknown): Promise<void> {
  const target = join(root, bundleCache, await fingerprint(root));
  if (existsSync(target)) return;
  const folder = join(root, bundleCache, `copying-${randomBytes(6).toString('hex')}`);
  await mkdir(folder, { recursive: true });
  await cp(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  await writeFile(join(folder, metafileName), JSON.stringify(metafile));
  // Another process may have made the same first.
  await rename(folder, target).catch(() => rm(folder, { recursive: true, force: true }));
}
