import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { PGlite } from '@electric-sql/pglite';

/** The name of the file, beside the host thread's own. */
export const dataFileName = 'demo-data.tar.gz';

/**
 * Makes an empty data directory and writes it down, so that the demo need not do it at each start: that takes PGlite
 * 3 s, and loading the file a quarter of it. To be called by the build.
 */
export async function buildDemoData(outFile: string): Promise<void> {
  const db = await PGlite.create();
  try {
    const dump = await db.dumpDataDir('gzip');
    await writeFile(outFile, Buffer.from(await dump.arrayBuffer()));
  } finally {
    await db.close();
  }
}

/** Starts PostgreSQL in memory, from the dumped data directory or, where that is missing or unfit, from nothing. */
export async function openDatabase(dataFile: string): Promise<PGlite> {
  if (existsSync(dataFile)) {
    try {
      return await PGlite.create({ loadDataDir: new Blob([await readFile(dataFile)]) });
    } catch {
      // It may be of another version of PGlite than the one installed.
    }
  }
  return PGlite.create();
}
