import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import { PGlite } from '@electric-sql/pglite';

/**
 * What the dumped data directory is called, beside the host thread: after the version of PGlite that made it, as
 * another one could not read it.
 */
export function dataFileName(): string {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const manifest = readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8');
  return `demo-data-${(JSON.parse(manifest) as { version: string }).version}.tar.br`;
}

/**
 * Makes an empty data directory and writes it down, so that the demo need not do it at each start: that takes PGlite
 * 3 s, and loading the file 1 s. To be called by the build. (Brotli makes it a third of what gzip does: 1.6 MB.)
 */
export async function buildDemoData(outFile: string): Promise<void> {
  const db = await PGlite.create();
  try {
    await db.exec('CHECKPOINT');
    const tar = Buffer.from(await (await db.dumpDataDir('none')).arrayBuffer());
    const params = { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: 24 };
    await writeFile(outFile, await promisify(brotliCompress)(tar, { params }));
  } finally {
    await db.close();
  }
}

/**
 * Starts PostgreSQL in memory, from the dumped data directory or, where that is missing or unfit, from nothing.
 *
 * @param directory where the dump lies, if anywhere
 */
export async function openDatabase(directory: string): Promise<PGlite> {
  try {
    // Unpacked here rather than by PGlite, where a damaged file ends the thread.
    const tar = await promisify(brotliDecompress)(await readFile(join(directory, dataFileName())));
    return await PGlite.create({ loadDataDir: new Blob([tar]) });
  } catch {
    return PGlite.create();
  }
}
