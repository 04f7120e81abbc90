import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { buildDemoData, dataFileName, openDatabase } from '../../source/demo/data-directory.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'demo-data-test-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function answers(): Promise<unknown> {
  const db = await openDatabase(directory);
  try {
    return (await db.query('SELECT 6 * 7 AS answer')).rows[0];
  } finally {
    await db.close();
  }
}

// PGlite creates a database in 3 s, on a busy machine in many times that.
const timeout = 300_000;

test('starts without a dump', { timeout }, async () => {
  expect(await answers()).toEqual({ answer: 42 });
});

test('starts from the dump that the build makes', { timeout }, async () => {
  const file = join(directory, dataFileName());
  await buildDemoData(file);
  expect((await stat(file)).size).toBeLessThan(3_000_000);

  const create = vi.spyOn(PGlite, 'create');
  expect(await answers()).toEqual({ answer: 42 });
  // If it were damaged, a new database would be created.
  expect(create.mock.calls).toEqual([[{ loadDataDir: expect.any(Blob) }]]);
});

test('starts with a damaged dump', { timeout }, async () => {
  await writeFile(join(directory, dataFileName()), 'damaged');
  expect(await answers()).toEqual({ answer: 42 });
});

test('names the dump after the version of PGlite that can read it', () => {
  expect(dataFileName()).toMatch(/^demo-data-\d+\.\d+\.\d+.*\.tar\.br$/);
});
