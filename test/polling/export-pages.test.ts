import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { unfiltered } from '../../source/domain/filter/resolve.ts';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let table: OpenedTable | undefined;

const fill = `INSERT INTO migration_control (phase, table_name, operation, status)
  SELECT 'execution', 'cases', 'copy ' || i, 'completed' FROM generate_series(1, 2500) i`;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  await database.query(fill);
});
afterEach(() => table?.close());
afterAll(() => database.drop());

/** Exports; runs the statements after the first page. Resolves to how many operations there were. */
async function exported(...statements: readonly string[]): Promise<number> {
  table = await openTable(database.url);
  const next = table.exportPages(unfiltered);
  let operations = (await next())?.operations.length ?? 0;
  for (const statement of statements) await database.query(statement);
  for (;;) {
    const page = await next();
    if (page === null) return operations;
    operations += page.operations.length;
  }
}

const incomplete =
  'public.migration_control was replaced or emptied during the export, which is incomplete. Run it again.';

describe('an export', () => {
  it('has all operations, also if the table gets other files or partitions change beside it', async () => {
    expect(await exported()).toBe(2500);
    expect(await exported('VACUUM FULL migration_control')).toBe(2500);
    expect(await exported('CREATE TABLE beside (LIKE migration_control)', 'DROP TABLE beside')).toBe(2500);
  });

  it('fails if the table is emptied, also if it is filled again', async () => {
    await expect(exported('TRUNCATE migration_control')).rejects.toThrow(incomplete);
    await database.query(fill);
    await expect(exported('TRUNCATE migration_control', fill)).rejects.toThrow(incomplete);
  });

  it('fails if another table gets the name', async () => {
    await expect(
      exported(
        `BEGIN; CREATE TABLE other (LIKE migration_control INCLUDING ALL); INSERT INTO other SELECT * FROM migration_control;
         ALTER TABLE migration_control RENAME TO former; ALTER TABLE other RENAME TO migration_control; COMMIT`,
      ),
    ).rejects.toThrow(incomplete);
  });
});
