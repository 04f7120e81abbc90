import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Connection } from '../../source/database/connection.ts';
import { hadRoamed } from '../../source/domain/roaming.ts';
import type { Snapshot } from '../../source/domain/snapshot.ts';
import { readReport } from '../../source/polling/report.ts';
import { createUnfollowed } from '../../source/polling/unfollowed.ts';
import { createWatch } from '../../source/polling/watch.ts';
import { statusDocument } from '../../source/presentation/status-document.ts';
import { statusText } from '../../source/presentation/status-text.ts';
import { holdOpen } from '../end-to-end/migtop.ts';
import { openTable } from '../support/control-table.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;

/** A timeout that every read of the whole table exceeds. */
const tooShort = 0.001;

beforeAll(async () => {
  database = await createDatabase({ examples: true });
  // More than two ranges of the ledger, with gaps between the ids.
  await database.query(`INSERT INTO migration_control
      (id, phase, table_name, operation, status, records_processed, total_records, started_at, completed_at, batch_size)
    SELECT 1000 + 3 * number, 'execution', 'table ' || number % 3, 'batch', CASE WHEN number % 7 = 0 THEN 'pending' ELSE 'completed' END,
      CASE WHEN number % 7 > 0 THEN 500 END, 500, localtimestamp - interval '2 minutes', localtimestamp - interval '1 minute', 500
    FROM generate_series(1, 90000) AS number`);
});
afterAll(() => database?.drop());

function figures({ totals, operations, failures, history }: Snapshot) {
  const spans = new Map<string, number>();
  for (const { tableName, records } of history) spans.set(tableName, (spans.get(tableName) ?? 0) + records);
  return {
    totals: totals
      .map(({ phase, tableName, statuses, recordsProcessed }) => ({ phase, tableName, statuses, recordsProcessed }))
      .sort((a, b) => (a.phase + a.tableName < b.phase + b.tableName ? -1 : 1)),
    live: operations.filter(({ status }) => status === 'running').map(({ id }) => id),
    failures: failures.map(({ id }) => id),
    history: [...spans].sort(),
  };
}

it('returns the same in id ranges as in one snapshot', async () => {
  const table = await openTable(database.url);
  try {
    const whole = await readReport(table.connection, table.target, [], { snapshotSeconds: 3 });
    const inRanges = await readReport(table.connection, table.target, [], { snapshotSeconds: tooShort });
    expect(figures(inRanges.snapshot)).toEqual(figures(whole.snapshot));
    expect(inRanges.snapshot.coverage.share).toBe(1);
    const sums = (read: typeof whole) => read.sums.toSorted((a, b) => (a.tableName < b.tableName ? -1 : 1));
    expect(sums(inRanges)).toEqual(sums(whole));
  } finally {
    await table.close();
  }
});

it('reads whether workers went on with other tables, in one snapshot and in id ranges', async () => {
  // A batch of each worker in each minute; in `roaming` of the tables in turn, in `programs` of both tables at once.
  for (const [name, table] of [
    ['roaming', "'table ' || (id + worker) % 2"],
    ['programs', "'table ' || worker % 2"],
  ] as const) {
    await database.query(`CREATE TABLE ${name} (LIKE migration_control INCLUDING ALL)`);
    await database.query(`INSERT INTO ${name} (id, phase, table_name, operation, status, records_processed, started_at, completed_at, worker_id)
      SELECT 2 * id + worker, 'execution', ${table}, 'batch', 'completed', 500,
        localtimestamp - interval '1 minute' * (41 - id) + interval '1 second' * worker,
        localtimestamp - interval '1 minute' * (41 - id) + interval '1 second' * (worker + 50),
        CASE WHEN '${name}' = 'programs' THEN 1 ELSE worker END
      FROM generate_series(1, 40) AS id, generate_series(1, 2) AS worker`);
  }
  for (const name of ['roaming', 'programs']) {
    const changes = name === 'roaming' ? { after: 78, during: 0 } : { after: 39, during: 40 };
    await database.query(`CREATE VIEW ${name}_view AS SELECT * FROM ${name}`);
    const sizes = { first: 1000, min: 50, max: 1000 };
    for (const [relation, limits] of [
      [name, {}],
      [`${name}_view`, { snapshotSeconds: tooShort, wholeSeconds: tooShort, sizes }],
    ] as const) {
      const table = await openTable(database.url, relation);
      try {
        const { snapshot } = await readReport(table.connection, table.target, [], limits);
        expect(snapshot.tableChanges).toEqual(changes);
        expect(hadRoamed(snapshot)).toBe(name === 'roaming');
      } finally {
        await table.close();
      }
    }
  }
});

it('reads whether workers went on with other tables only of the 10,000 operations that began last', async () => {
  // Until the last 10,000 batches, the worker changed its table after each batch; in the end once more.
  await database.query(`CREATE TABLE earlier_changes (LIKE migration_control INCLUDING ALL)`);
  await database.query(`INSERT INTO earlier_changes (id, phase, table_name, operation, status, records_processed, started_at, completed_at, worker_id)
    SELECT id, 'execution', CASE WHEN id > 11995 THEN 'last' WHEN id > 1990 THEN 'one' ELSE 'table ' || id % 2 END, 'batch', 'completed', 500,
      localtimestamp - interval '100 ms' * (12001 - id), localtimestamp - interval '100 ms' * (12001 - id) + interval '50 ms', 1
    FROM generate_series(1, 12000) AS id`);
  await database.query('ANALYZE earlier_changes');
  const table = await openTable(database.url, 'earlier_changes');
  try {
    const { snapshot } = await readReport(table.connection, table.target, []);
    expect(snapshot.tableChanges).toEqual({ after: 1, during: 0 });
    // The throughput has all of the hour.
    expect(snapshot.history.reduce((sum, { records }) => sum + records, 0)).toBe(12_000 * 500);
  } finally {
    await table.close();
  }
});

it('does not wait for a lock until it is released', async () => {
  const table = await openTable(database.url);
  await using _lock = await holdOpen(database, 'LOCK TABLE migration_control IN ACCESS EXCLUSIVE MODE');
  try {
    // The lock is held until the test ends.
    await expect(readReport(table.connection, table.target, [], { snapshotSeconds: 1 })).rejects.toThrow();
  } finally {
    await table.close();
  }
});

describe('a table that cannot be followed and is too slow to be counted at once', () => {
  /** Some ids repeat and some are missing, also at the ends of ranges. */
  const sizes = { first: 60, min: 50, max: 100 };

  beforeAll(async () => {
    await database.query(`CREATE TABLE loose AS SELECT * FROM migration_control WHERE id <= 1000 + 3 * 1000`);
    await database.query(
      'INSERT INTO loose SELECT * FROM loose WHERE id > 1000 AND id % 10 = 0; UPDATE loose SET id = NULL WHERE id > 1000 AND id % 77 = 0',
    );
    await database.query("UPDATE loose SET status = 'running' WHERE id IN (1003, 1030)");
    await database.query('CREATE INDEX ON loose (id)');
  });

  it('is reported in id ranges, with the same figures', async () => {
    const table = await openTable(database.url, 'loose');
    try {
      expect(table.target.isFollowable).toBe(false);
      const whole = await readReport(table.connection, table.target, [], { snapshotSeconds: 3 });
      const limits = { snapshotSeconds: tooShort, wholeSeconds: tooShort, sizes };
      const inRanges = await readReport(table.connection, table.target, [], limits);
      expect(figures(inRanges.snapshot).totals).toEqual(figures(whole.snapshot).totals);
      expect(figures(inRanges.snapshot).live).toEqual(figures(whole.snapshot).live);
      expect(inRanges.snapshot.unreadable).toEqual(whole.snapshot.unreadable);
      expect(inRanges.snapshot.coverage.share).toBe(1);
      const counted = (read: typeof whole) => read.sums.reduce((sum, { batchCount }) => sum + batchCount, 0);
      const { rows } = await database.query(
        "SELECT count(*) FROM loose WHERE id IS NULL AND phase = 'execution' AND status = 'completed' AND completed_at IS NOT NULL",
      );
      // Rows without an id are in no id range.
      expect(counted(inRanges)).toBe(counted(whole) - Number(rows[0]?.count));
    } finally {
      await table.close();
    }
  });

  it('shows live operations at the first poll, and the totals when all ranges are counted', async () => {
    const table = await openTable(database.url, 'loose');
    try {
      const unfollowed = createUnfollowed(table.connection, () => table.target, tooShort, sizes);
      const first = await unfollowed.poll(null, []);
      expect(first.operations.filter(({ status }) => status === 'running')).not.toEqual([]);
      expect(first).toMatchObject({ totals: [], coverage: { share: 0, countedAt: null }, counts: { failed: 1 } });
      await unfollowed.work();
      await unfollowed.work();
      await unfollowed.work();
      const { share } = (await unfollowed.poll(first, [])).coverage;
      expect(share).toBeGreaterThan(0);
      expect(share).toBeLessThan(1);
      while (!(await unfollowed.work())?.isWhole);
      const whole = await unfollowed.poll(first, []);
      expect(whole.coverage.countedAt).not.toBeNull();
      const { rows } = await database.query('SELECT count(*) FROM loose');
      const operations = whole.totals.flatMap(({ statuses }) => Object.values(statuses));
      expect(operations.reduce((sum, one) => sum + one, 0)).toBe(Number(rows[0]?.count));
    } finally {
      await table.close();
    }
  });

  it('has lists but no totals if not even the smallest range can be counted', async () => {
    await database.query(
      `CREATE VIEW slow AS SELECT * FROM loose WHERE id IS NOT NULL AND (status <> 'completed' OR pg_sleep(600) IS NOT NULL)`,
    );
    const table = await openTable(database.url, 'slow');
    try {
      const limits = { snapshotSeconds: 1, wholeSeconds: 1, sizes: { first: 50, min: 50, max: 50 } };
      const { snapshot, sums } = await readReport(table.connection, table.target, [], limits);
      expect(snapshot.coverage).toMatchObject({ countedAt: null, isTooSlow: true });
      expect(snapshot.operations).not.toEqual([]);
      expect(sums).toEqual([]);
      const document = statusDocument(table.target, { snapshot, throughput: [], runStarts: [], activity: [] });
      expect(document.summary).toMatchObject({ operations: null, completed: null, percent: null, failed: 1 });
      expect(document.notes.join()).toContain('totals unknown');
      expect(statusText(document)).toContain('totals unknown');
    } finally {
      await table.close();
    }
  });
});

it('limits each message that reads the table, so that no snapshot is older than 10 s', async () => {
  await database.query('CREATE TABLE small (LIKE migration_control INCLUDING ALL)');
  await database.query('INSERT INTO small SELECT * FROM migration_control WHERE id < 1100');
  for (const name of ['small', 'loose']) {
    const table = await openTable(database.url, name);
    const sent: number[] = [];
    const recording: Connection = {
      ...table.connection,
      readAll(statements, seconds) {
        const bounds = statements.flatMap(({ text }) => /statement_timeout = '(\d+)ms'/.exec(text)?.[1] ?? []);
        sent.push(bounds.reduce((sum, ms) => sum + Number(ms), 0));
        return table.connection.readAll(statements, seconds);
      },
    };
    try {
      await readReport(recording, table.target, []);
      await readReport(recording, table.target, [], { snapshotSeconds: tooShort });
      await readReport(recording, table.target, [], { snapshotSeconds: tooShort, wholeSeconds: tooShort });
      const watch = createWatch(recording, () => table.target);
      for (let poll = 0; poll < 3; poll++) {
        await watch.poll([]);
        await watch.work();
      }
      expect(sent.length).toBeGreaterThan(6);
      expect(Math.max(...sent)).toBeLessThanOrEqual(9000);
      expect(Math.min(...sent)).toBeGreaterThan(0);
    } finally {
      await table.close();
    }
  }
});

it('reads nothing more after the program cancels it, as it does before it is suspended', async () => {
  const table = await openTable(database.url);
  await using _lock = await holdOpen(database, 'LOCK TABLE migration_control IN ACCESS EXCLUSIVE MODE');
  try {
    const running = async () =>
      (
        await database.query(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'migtop' AND xact_start IS NOT NULL",
        )
      ).rows;
    for (const read of [
      () => readReport(table.connection, table.target, []),
      () => createUnfollowed(table.connection, () => table.target).poll(null, []),
    ]) {
      const reading = read().catch((error: unknown) => error);
      await vi.waitFor(async () => expect(await running()).toHaveLength(1), { timeout: 10_000 });
      await table.quiesce({ graceMs: 0, limitMs: 5000 });
      expect(String(await reading)).toContain('The query was cancelled.');
      expect(await running()).toEqual([]);
    }
  } finally {
    await table.close();
  }
});

it.each([
  ['the lowest id', '-9223372036854775808', 1],
  ['an id above 2^53', '9007199254740994', 9_007_199_254_740_990],
])('ends where an operation with %s cannot be read, and an older transaction is open', async (_, id, other) => {
  await using elsewhere = await createDatabase({ schema: true });
  await using _open = await holdOpen(elsewhere, 'SELECT pg_current_xact_id()');
  await using small = await createDatabase({ schema: true });
  await small.query(`ALTER TABLE migration_control ALTER id TYPE bigint;
    INSERT INTO migration_control (id, phase, table_name, operation, status, records_processed, completed_at) VALUES
      (${id}, 'execution', 'a', 'copy', 'completed', 5, localtimestamp), (${other}, 'execution', 'a', 'copy', 'completed', 5, localtimestamp)`);
  const table = await openTable(small.url);
  try {
    const watch = createWatch(table.connection, () => table.target, { fewIds: 0 });
    // The second poll reads again what was written since the open transaction began: counted once more, and not at each poll.
    for (let poll = 0; poll < 3; poll++) {
      await watch.poll([]);
      let counts = 0;
      while ((await watch.work(() => false)) !== null) expect(++counts).toBeLessThan(4);
    }
    await watch.count(() => {});
    const { coverage, totals } = await watch.poll([]);
    expect(coverage).toMatchObject({ share: 1, isStale: false });
    expect(totals[0]?.statuses).toMatchObject({ completed: 2 });
  } finally {
    await table.close();
  }
});
