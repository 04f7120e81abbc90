import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { follow } from '../../source/domain/last-progress.ts';
import { followActions, type TrackedAction, withAction } from '../../source/domain/tracked-actions.ts';
import { everyTrack } from '../../source/domain/tracks.ts';
import { createDatabase, olderTransactionsEnded, type TestDatabase } from '../support/database.ts';
import { type FollowedTable, followTable, sentRows } from '../support/followed-table.ts';

let database: TestDatabase;
let followed: FollowedTable;

/** 3,000 old rows of three tables, a few of each status among them, and ten pending ones at the end. */
const history = `
  INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, started_at,
    completed_at, batch_size, worker_id, source_query)
  SELECT 'execution', 'table ' || n % 3, 'batch', CASE WHEN n > 3000 THEN 'pending' WHEN n % 500 = 0 THEN 'failed'
      WHEN n % 700 = 0 THEN 'skipped' WHEN n % 900 = 0 THEN 'running' WHEN n % 1100 = 0 THEN 'paused' ELSE 'completed' END,
    CASE WHEN n <= 3000 THEN n % 91 END, 500, CASE WHEN n <= 3000 THEN localtimestamp - interval '2 days' + n * interval '1 second' END,
    CASE WHEN n <= 3000 AND n % 900 > 0 THEN localtimestamp - interval '2 days' + n * interval '1.5 second' END, 100, n % 4, 'SELECT ' || n
  FROM generate_series(1, 3010) AS n`;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
});
beforeEach(async () => {
  await database.query('TRUNCATE migration_control RESTART IDENTITY');
  await database.query(history);
  await olderTransactionsEnded(database);
  followed = await followTable(database.url);
  await followed.settle();
});
afterEach(() => followed?.close());
afterAll(() => database?.drop());

const set = (changes: string, where: string) =>
  database.query(`UPDATE migration_control SET ${changes} WHERE ${where}`);

describe('the next poll shows, or marks the totals as stale after', () => {
  const begin = `status = 'running', started_at = localtimestamp, worker_id = 9`;
  const end = `status = 'completed', completed_at = localtimestamp, records_processed = 77`;

  it.each<[what: string, steps: string[]]>([
    ['a pending operation that starts', [`UPDATE migration_control SET ${begin} WHERE id = 3001`]],
    [
      'one that starts and ends between two polls',
      [`UPDATE migration_control SET ${begin} WHERE id = 3002`, `UPDATE migration_control SET ${end} WHERE id = 3002`],
    ],
    ['a pending operation that is skipped', [`UPDATE migration_control SET status = 'skipped' WHERE id = 3003`]],
    ['one that is running and ends', [`UPDATE migration_control SET ${end} WHERE id = 900`]],
    [
      'one that is running and fails',
      [
        `UPDATE migration_control SET status = 'failed', completed_at = localtimestamp, error_message = 'lost' WHERE id = 900`,
      ],
    ],
    ['one that is running and reports', [`UPDATE migration_control SET records_processed = 88 WHERE id = 900`]],
    ['one that is paused', [`UPDATE migration_control SET status = 'paused' WHERE id = 900`]],
    ['one that is resumed', [`UPDATE migration_control SET status = 'running' WHERE id = 1100`]],
    [
      'a failed one that is retried',
      [`UPDATE migration_control SET status = 'pending', completed_at = NULL WHERE id = 500`],
    ],
    ['a failed one that is skipped', [`UPDATE migration_control SET status = 'skipped' WHERE id = 500`]],
    ['a failed one that runs', [`UPDATE migration_control SET ${begin} WHERE id = 500`]],
    ['a failed one that ended well after all', [`UPDATE migration_control SET ${end} WHERE id = 500`]],
    ['one that ended and failed after all', [`UPDATE migration_control SET status = 'failed' WHERE id = 77`]],
    ['one that ended and runs again', [`UPDATE migration_control SET ${begin}, completed_at = NULL WHERE id = 78`]],
    [
      'one that ended, runs again and ends again',
      [`UPDATE migration_control SET ${begin} WHERE id = 79`, `UPDATE migration_control SET ${end} WHERE id = 79`],
    ],
    ['a running one that is deleted', ['DELETE FROM migration_control WHERE id = 900']],
    ['a failed one that is deleted', ['DELETE FROM migration_control WHERE id = 1000']],
    ['a paused one that is deleted', ['DELETE FROM migration_control WHERE id = 1100']],
    ['a pending one that is deleted', ['DELETE FROM migration_control WHERE id = 3004']],
    [
      'a new row of each kind',
      [
        `INSERT INTO migration_control (phase, table_name, operation, status, records_processed, started_at)
       SELECT 'execution', 'new', 'batch', unnest(ARRAY['pending', 'running', 'completed', 'failed', 'paused', 'skipped']), 5, localtimestamp`,
      ],
    ],
    [
      'a new row that starts and ends',
      [
        `INSERT INTO migration_control (phase, table_name, operation, status) VALUES ('execution', 'new', 'batch', 'pending')`,
        `UPDATE migration_control SET ${begin} WHERE id = 3011`,
        `UPDATE migration_control SET ${end} WHERE id = 3011`,
      ],
    ],
    ['a failed one whose error is changed', [`UPDATE migration_control SET error_message = 'another' WHERE id = 500`]],
    [
      'a running one of which the table is changed',
      [`UPDATE migration_control SET table_name = 'renamed' WHERE id = 900`],
    ],
    [
      'a start in the future',
      [
        `UPDATE migration_control SET status = 'running', started_at = localtimestamp + interval '1 day' WHERE id = 3001`,
      ],
    ],
    [
      'a start at infinity',
      [`UPDATE migration_control SET status = 'running', started_at = 'infinity' WHERE id = 3001`],
    ],
    [
      'a start at minus infinity',
      [`UPDATE migration_control SET status = 'running', started_at = '-infinity' WHERE id = 3001`],
    ],
  ])('%s', async (_, steps) => {
    for (const step of steps) await database.query(step);
    await followed.expectHonest();
    await followed.expectExact();
    // Again, when the start in the future has passed.
    await set(end, 'id = 3001');
    await followed.expectExact();
  });
});

describe('a transaction', () => {
  let late: pg.Client;
  beforeEach(async () => {
    late = await database.connect();
  });
  afterEach(() => late.end());

  const insert = (rows: number) => `
    INSERT INTO migration_control (phase, table_name, operation, status, records_processed, started_at, completed_at)
    SELECT 'execution', 'table ' || n % 3, 'batch', 'completed', 7, localtimestamp, localtimestamp + interval '1 second'
    FROM generate_series(1, ${rows}) AS n`;

  it.each([20, 500, 600, 3000])('may commit %i ids late, several polls later', async (ids) => {
    await late.query(`BEGIN; ${insert(5)}`);
    for (let n = 0; n < 3; n++) {
      await database.query(insert(Math.ceil(ids / 3)));
      await followed.expectHonest();
    }
    await late.query('COMMIT');
    await followed.poll();
    // Polls do not read rows that are more than 512 ids late: counting again finds them.
    followed.pass(31);
    await followed.expectExact();
  });

  it('may change rows of every kind and commit after several polls', async () => {
    await late.query(`BEGIN;
      UPDATE migration_control SET status = 'completed', completed_at = localtimestamp WHERE status IN ('running', 'paused');
      UPDATE migration_control SET status = 'running', started_at = localtimestamp WHERE id IN (3001, 500);
      DELETE FROM migration_control WHERE id = 1000`);
    for (let n = 0; n < 3; n++) {
      await set(`status = 'running', started_at = localtimestamp`, `id = ${3005 + n}`);
      await followed.expectHonest();
    }
    await late.query('COMMIT');
    await followed.expectHonest();
    await followed.expectExact();
  });

  it('may start an operation long before it commits', async () => {
    await late.query(`BEGIN;
      UPDATE migration_control SET status = 'completed', started_at = localtimestamp - interval '1 hour',
        completed_at = localtimestamp WHERE id = 3001`);
    await followed.poll();
    await set(`status = 'running', started_at = localtimestamp + interval '1 second'`, 'id = 3002');
    await followed.poll();
    await late.query('COMMIT');
    await followed.expectHonest();
    await followed.expectExact();
  });

  it('may write in savepoints, some of which are rolled back', async () => {
    await late.query('BEGIN');
    for (let n = 0; n < 30; n++) {
      await late.query(`SAVEPOINT one; UPDATE migration_control SET records_processed = ${n} WHERE id = 900;
        UPDATE migration_control SET status = 'running', started_at = localtimestamp WHERE id = ${3001 + (n % 10)}`);
      await late.query(n % 2 === 0 ? 'RELEASE one' : 'ROLLBACK TO one');
      if (n % 10 === 0) await followed.expectHonest();
    }
    await late.query('COMMIT');
    await followed.expectHonest();
    await followed.expectExact();
  });

  it('may run all day, and no row is sent twice', async () => {
    await late.query('BEGIN; UPDATE migration_control SET batch_size = batch_size WHERE id = 1');
    await set(`status = 'running', started_at = localtimestamp`, 'id BETWEEN 3001 AND 3008');
    await database.query(insert(200));
    await followed.poll();
    expect(sentRows(followed.sent)).toBe(208);
    await followed.poll();
    expect(sentRows(followed.sent)).toBe(0);
    await set('records_processed = 5', 'id = 3003');
    await followed.poll();
    expect(sentRows(followed.sent)).toBe(1);
    await database.query(insert(1000));
    await followed.poll();
    await followed.poll();
    expect(sentRows(followed.sent)).toBe(0);
    await late.query('COMMIT');
    await followed.expectExact();
  });

  it('may run all day while rows disappear, and all live rows are read again', async () => {
    await late.query('BEGIN; UPDATE migration_control SET batch_size = batch_size WHERE id = 1');
    await set(`status = 'running', started_at = localtimestamp`, 'id BETWEEN 3001 AND 3008');
    await followed.expectHonest();
    // Only the number of running rows shows that this row is gone.
    await database.query('DELETE FROM migration_control WHERE id = 1800');
    await followed.expectHonest();
    await followed.expectHonest();
    await late.query('COMMIT');
    await followed.expectExact();
  });

  it('may be rolled back', async () => {
    await late.query(`BEGIN; UPDATE migration_control SET status = 'failed'; ${insert(50)}`);
    await followed.expectHonest();
    await late.query('ROLLBACK');
    await followed.expectHonest();
    expect(sentRows(followed.sent)).toBe(0);
    await followed.expectExact();
  });
});

describe('a change that no poll sees', () => {
  const old = (changes: string) =>
    `UPDATE migration_control SET ${changes} WHERE id BETWEEN 10 AND 200 AND status = 'completed'`;

  it.each<[what: string, statement: string]>([
    ['figures of old finished operations', old('records_processed = records_processed + 1000')],
    ['timestamps of old finished operations', old(`completed_at = completed_at + interval '1 minute'`)],
    ['the table of old finished operations', old(`table_name = 'table 1'`)],
    ['the phase of old finished operations', old(`phase = 'validation'`)],
    [
      'old finished operations that are pending again',
      old(`status = 'pending', started_at = NULL, completed_at = NULL, records_processed = NULL`),
    ],
    ['old finished operations that were skipped after all', old(`status = 'skipped'`)],
    ['old finished operations that are deleted', 'DELETE FROM migration_control WHERE id BETWEEN 10 AND 30'],
    ['the figures of one pending operation', 'UPDATE migration_control SET total_records = 1000000 WHERE id = 3004'],
    ['the table of one pending operation', `UPDATE migration_control SET table_name = 'table 9' WHERE id = 3004`],
  ])('%s: shows when the table is counted again', async (_, statement) => {
    await database.query(statement);
    await followed.poll();
    followed.pass(31);
    await followed.expectExact();
  });

  it.each<[what: string, statement: string]>([
    ['a deleted row', 'DELETE FROM migration_control WHERE id = 10'],
    ['most of the rows edited', `UPDATE migration_control SET records_processed = 1 WHERE status = 'completed'`],
  ])('%s: is counted again at once if the statistics show it', async (_, statement) => {
    // Before PostgreSQL 15 the statistics may arrive late.
    if (followed.table.target.serverVersion < 150_000) return;
    const writer = await database.connect();
    await writer.query(statement);
    await writer.query('SELECT pg_stat_force_next_flush()');
    await followed.expectExact();
    await writer.end();
  });

  it('is not searched for while no count is due', async () => {
    await followed.settle();
    expect(await followed.table.work()).toBeNull();
    followed.pass(29);
    await followed.poll();
    expect(await followed.table.work()).toBeNull();
    followed.pass(2);
    await followed.poll();
    expect(await followed.table.work()).not.toBeNull();
  });
});

it('reads the mark that the worker library adds to a row that is already live', async () => {
  const mark = '/* migtop run=- counts=own from=0 of=operation';
  await database.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, started_at, batch_size,
       validation_query)
     VALUES ('execution', 't', 'copy', 'failed', 300, 1000, localtimestamp, 100, '${mark} */'),
       ('execution', 't', 'again', 'running', 300, 1000, localtimestamp, 100, 'SELECT 1')`,
  );
  await database.query(
    `INSERT INTO migration_control (phase, table_name, operation, status) SELECT 'execution', 'table 1', 'batch', 'skipped'
     FROM generate_series(1, 30000)`,
  );
  await followed.settle();
  await followed.poll();
  await set(`validation_query = validation_query || ' ${mark} repeats=3011 */'`, `operation = 'again'`);
  const { totals, operations } = await followed.expectExact();
  expect(totals.find(({ tableName }) => tableName === 't')?.rows.map((row) => row.mark?.repeats)).toEqual([null, 3011]);
  expect(operations.find(({ operation }) => operation === 'again')?.validationQuery).toBe(
    `SELECT 1 ${mark} repeats=3011 */`,
  );
});

it('counts rows with every combination of counters, totals, batch sizes and times as a full count does', async () => {
  await database.query(`
    INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, batch_size, started_at,
      completed_at, source_query)
    SELECT 'execution', CASE WHEN n % 40 = 0 THEN 'small ' || n % 17 ELSE 'shapes ' || n % 2 END, 'batch', status, records, total, size,
      start::timestamp, finish::timestamp, 'SELECT * FROM shapes LIMIT 100 OFFSET ' || n / 3
    FROM (SELECT *, row_number() OVER () AS n
      FROM unnest(ARRAY['completed', 'failed', 'skipped']) AS status, unnest(ARRAY[NULL, -5, 0, 100, 600]) AS records,
        unnest(ARRAY[NULL, -1, 0, 100, 500, 9000]) AS total, unnest(ARRAY[NULL, 0, 100, 500]) AS size,
        (VALUES (NULL, NULL), ('2026-01-01', '2026-01-01 00:00:01.000001'), ('2026-01-01', '2026-01-01'), ('1850-01-01', '1850-01-01 00:00:01.000001'),
          ('2199-12-31 23:59:58', '2199-12-31 23:59:59.999999'), ('-infinity', '2026-01-01'), ('2026-01-01', 'infinity')) AS times (start, finish)
    ) shapes`);
  await followed.expectExact();
});

it('is no progress of any operation that the table was rewritten, but a report after that is', async () => {
  let { tracks } = follow(new Map(), await followed.poll(), null);
  const progressed = async (): Promise<readonly number[]> => {
    const snapshot = await followed.poll();
    ({ tracks } = follow(tracks, snapshot, snapshot.takenAt - 1));
    return everyTrack(tracks).flatMap((track) =>
      track.lastProgressAt === snapshot.takenAt ? [track.operation.id] : [],
    );
  };
  const versions = async () => (await followed.poll()).operations.map(({ version }) => version);
  const before = await versions();
  const [action] = withAction([], {
    ...{
      action: 'pause',
      operationId: 1100,
      tableName: 'table 2',
      from: 'running',
      to: 'paused',
      requestedAt: 0,
      version: null,
    },
  });
  let actions = followActions([action as TrackedAction], await followed.poll());
  await database.query('ALTER TABLE migration_control ALTER records_processed TYPE bigint');
  expect(await progressed()).toEqual([]);
  expect((await versions()).some((version) => before.includes(version))).toBe(false);
  actions = followActions(actions, await followed.poll([1100]));
  expect(actions).toMatchObject([{ progressCount: 0 }]);
  await set('records_processed = records_processed', 'id = 900');
  expect(await progressed()).toEqual([900]);
  await database.query('ALTER TABLE migration_control ALTER records_processed TYPE integer');
});
