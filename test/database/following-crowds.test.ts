import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { type FollowedTable, followTable, sentRows } from '../support/followed-table.ts';

let database: TestDatabase;
let older: pg.Client;
let followed: FollowedTable | undefined;

beforeEach(async () => {
  database = await createDatabase({ schema: true });
  await database.query(`
    INSERT INTO migration_control (phase, table_name, operation, status, total_records)
    SELECT 'execution', 'table ' || n % 3, 'batch', 'pending', 7 FROM generate_series(1, 25000) AS n;
    ANALYZE migration_control`);
  older = await database.connect();
});

afterEach(async () => {
  await followed?.close();
  followed = undefined;
  await database.drop();
});

/** Polls and counts, but not endlessly. */
async function count(table: FollowedTable): Promise<void> {
  for (let polls = 0, counts = 0; polls < 6; polls++) {
    await table.poll();
    while (counts < 20 && (await table.table.work(() => false)) !== null) counts++;
  }
}

/** Expects that nothing is read and counted again while nothing changes. */
async function expectRest(table: FollowedTable, rows = 0): Promise<void> {
  for (let polls = 0; polls < 3; polls++) {
    const { coverage } = await table.poll();
    expect(coverage).toMatchObject({ share: 1, isStale: false });
    expect(sentRows(table.sent)).toBe(rows);
    expect(await table.table.work(() => false)).toBeNull();
  }
  await table.expectExact();
}

const started = `started_at = localtimestamp - (30000 - id) * interval '1 minute'`;

describe('operations that cannot be read', () => {
  beforeEach(() =>
    database.query(`ALTER TABLE migration_control DROP CONSTRAINT migration_control_phase_check;
      DELETE FROM migration_control WHERE id > 1000;
      UPDATE migration_control SET status = 'running', ${started} WHERE id IN (100, 200, 300)`),
  );

  it('are counted once, also in a view, and again when they change', async () => {
    await database.query(`CREATE VIEW operations AS SELECT * FROM migration_control`);
    followed = await followTable(database.url, 'operations');
    await followed.expectExact();
    await database.query(
      `UPDATE migration_control SET phase = 'party', status = 'failed', ${started} WHERE id IN (5, 6)`,
    );
    await count(followed);
    await expectRest(followed, 517);
    await database.query(`UPDATE migration_control SET error_message = 'other' WHERE id = 5`);
    expect((await followed.poll()).coverage.isStale).toBe(true);
    await count(followed);
    await expectRest(followed, 517);
  });

  it('are in no list, also if they were running when they were read', async () => {
    followed = await followTable(database.url);
    await followed.expectExact();
    await database.query(`UPDATE migration_control SET phase = 'party' WHERE id IN (100, 200)`);
    const { operations } = await followed.expectHonest();
    expect(operations.map(({ id }) => id)).toEqual([300]);
    await followed.expectExact();
  });
});

describe('more operations than the lists show', () => {
  it.each([
    ['1,500 failures', `status = 'failed', ${started}`, 1500],
    ['6,500 paused operations', `status = 'paused', ${started}`, 6500],
    ['12,000 paused operations', `status = 'paused', ${started}`, 12_000],
  ])('are counted once while an older transaction is open: %s', async (_, change, rows) => {
    await older.query('BEGIN; SELECT txid_current()');
    followed = await followTable(database.url);
    await followed.settle();
    await database.query(`UPDATE migration_control SET ${change} WHERE id <= ${rows}`);
    await count(followed);
    await expectRest(followed);
    await database.query(`UPDATE migration_control SET status = 'completed', records_processed = 7,
      completed_at = localtimestamp WHERE id IN (5, ${rows - 5})`);
    await count(followed);
    await expectRest(followed);
    await older.query('COMMIT');
    await followed.expectExact();
  });

  it.each([
    ['1,500 failures', `status = 'failed', ${started}`, 1500, 2012],
    ['12,000 paused operations', `status = 'paused', ${started}`, 12_000, 6512],
    ['12,000 starts at once', `status = 'completed', started_at = localtimestamp`, 12_000, 512],
  ])('of a view are counted once: %s', async (_, change, rows, read) => {
    await database.query(`CREATE VIEW operations AS SELECT * FROM migration_control;
      UPDATE migration_control SET ${change} WHERE id <= ${rows}`);
    followed = await followTable(database.url, 'operations');
    await count(followed);
    // Rows without a version are read by every poll.
    await expectRest(followed, read);
  });
});
