import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import { PGlite } from '@electric-sql/pglite';

/**
 * The file name of the dumped data directory, which is next to the host thread. It contains PGlite's version, because another
 * version cannot read it.
 */
export function dataFileName(): string {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const manifest = readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8');
  return `demo-data-${(JSON.parse(manifest) as { version: string }).version}.tar.br`;
}

/**
 * Creates an empty data directory and dumps it to a file; the build calls it. Creating one takes PGlite 3 s at each start of
 * the demo, loading the file 1 s. With Brotli the file has 1.6 MB, a third of its size with gzip.
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
 * Starts PostgreSQL in memory, from the dumped data directory. If that is missing or damaged, creates a new one.
 *
 * @param directory where the dump may be
 */
export async function openDatabase(directory: string): Promise<PGlite> {
  try {
    // Unpacked here: in PGlite, a damaged file would end the thread.
    const tar = await promisify(brotliDecompress)(await readFile(join(directory, dataFileName())));
    return await PGlite.create({ loadDataDir: new Blob([tar]) });
  } catch {
    return PGlite.create();
  }
}
