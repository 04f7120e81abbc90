import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StatusDocument } from '../../source/presentation/status-document.ts';
import { runCommand } from '../support/command.ts';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let table: OpenedTable | undefined;

beforeEach(async () => {
  database = await createDatabase({ schema: true });
  await database.query(`ALTER TABLE migration_control DROP CONSTRAINT migration_control_pkey,
    ALTER id DROP NOT NULL, ADD UNIQUE (id)`);
  await database.query(`INSERT INTO migration_control (id, phase, table_name, operation, status, records_processed, started_at)
    VALUES (1, 'execution', 'brackets', 'batch', 'running', 10, localtimestamp),
      (2, 'execution', 'brackets', 'batch', 'completed', 20, localtimestamp)`);
});
afterEach(async () => {
  await table?.close();
  table = undefined;
  await database.drop();
});

async function insertWithoutId(...statuses: string[]): Promise<void> {
  for (const status of statuses)
    await database.query(
      `INSERT INTO migration_control (id, phase, table_name, operation, status, records_processed, started_at)
       VALUES (NULL, 'execution', 'brackets', 'batch', $1, 5, localtimestamp)`,
      [status],
    );
}

describe('a row without an id, under a UNIQUE constraint', () => {
  it('is counted and named, and is in no list', async () => {
    await insertWithoutId('running', 'completed', 'failed');
    table = await openTable(database.url);
    expect(table.target.isFollowable).toBe(false);
    const note = '3 rows have no id (NULL): counted, but in no list, and out of reach of actions';
    expect(table.target.notes).toEqual([note]);
    const snapshot = await table.poll([]);
    expect(snapshot.totals.map(({ statuses }) => statuses)).toMatchObject([{ running: 2, completed: 2, failed: 1 }]);
    expect(snapshot.operations.map(({ id }) => id)).toEqual([1]);
    expect(snapshot.failures).toEqual([]);
    expect(snapshot.unreadable).toEqual([{ kind: 'rows', operations: 3, problem: 'id is NULL' }]);

    const run = await runCommand(['status', '--json', '--sample', '0', database.url]);
    const document = JSON.parse(run.stdout) as StatusDocument;
    expect(document.summary).toMatchObject({ operations: 5, running: 2, unreadable: 3 });
    expect(document.notes).toContain(note);
  });

  it('is found at the next check of the table, if it was inserted later', async () => {
    table = await openTable(database.url);
    expect(table.target.isFollowable).toBe(true);
    await table.poll([]);
    while ((await table.work()) !== null);
    await insertWithoutId('completed');
    const target = await table.inspect();
    expect(target.notes).toEqual(['1 row has no id (NULL): counted, but in no list, and out of reach of actions']);
    const snapshot = await table.poll([]);
    expect(snapshot.totals.map(({ statuses }) => statuses)).toMatchObject([{ running: 1, completed: 2 }]);
    expect(snapshot.unreadable).toEqual([{ kind: 'rows', operations: 1, problem: 'id is NULL' }]);

    await database.query('DELETE FROM migration_control WHERE id IS NULL');
    await database.query("UPDATE migration_control SET status = 'failed' WHERE id = 1");
    expect((await table.inspect()).isFollowable).toBe(true);
    await table.poll([]);
    while ((await table.work()) !== null);
    const after = await table.poll([]);
    expect(after.totals.map(({ statuses }) => statuses)).toMatchObject([{ running: 0, completed: 1, failed: 1 }]);
    expect(after.unreadable).toEqual([]);
  });

  it('is counted in a view too', async () => {
    await insertWithoutId('running');
    await database.query('CREATE VIEW seen AS SELECT * FROM migration_control');
    table = await openTable(database.url, 'seen');
    const snapshot = await table.poll([]);
    expect(snapshot.totals.map(({ statuses }) => statuses)).toMatchObject([{ running: 2, completed: 1 }]);
    expect(snapshot.unreadable).toEqual([{ kind: 'rows', operations: 1, problem: 'id is NULL' }]);
  });
});
