import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../source/database/connect.ts';
import { connectionSettings } from '../../source/database/libpq/settings.ts';
import { withLiterals } from '../../source/database/literals.ts';
import { query } from '../../source/database/query.ts';
import { unfiltered } from '../../source/domain/filter/resolve.ts';
import { parseSince } from '../../source/domain/since.ts';
import { operationsIn } from '../../source/domain/summary.ts';
import { type ControlTable, openControlTable } from '../../source/polling/control-table.ts';
import { runCommand } from '../support/command.ts';
import { memoryLog, operator } from '../support/control-table.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  // Last month's run, with what it never began; then tonight's, of which the planned ones were not begun in order.
  await database.query(`
    INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, started_at, completed_at)
    SELECT 'execution', 'brackets', 'old', CASE WHEN id > 95 THEN 'pending' ELSE 'completed' END, 100, 10000,
      CASE WHEN id <= 95 THEN localtimestamp - interval '30 days' + id * interval '1 minute' END,
      CASE WHEN id <= 95 THEN localtimestamp - interval '30 days' + id * interval '2 minutes' END
    FROM generate_series(1, 100) id`);
  await database.query(`
    INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, started_at, completed_at)
    SELECT 'execution', 'brackets', 'tonight', CASE WHEN id % 2 = 0 THEN 'completed' WHEN id = 7 THEN 'running' ELSE 'pending' END, 7,
      1000, CASE WHEN id % 2 = 0 OR id = 7 THEN localtimestamp - interval '1 hour' + id * interval '1 minute' END,
      CASE WHEN id % 2 = 0 THEN localtimestamp - interval '30 minutes' + id * interval '1 minute' END
    FROM generate_series(1, 20) id`);
  await database.query('ANALYZE migration_control');
});
afterAll(() => database?.drop());

async function opened(since: string): Promise<ControlTable> {
  const connection = await connect(connectionSettings(database.url, {}));
  return openControlTable(connection, 'migration_control', { operator, logFor: () => memoryLog() }, parseSince(since));
}

async function wholeTotals(table: ControlTable) {
  let snapshot = await table.poll([]);
  while ((await table.work()) !== null) snapshot = await table.poll([]);
  return snapshot.totals.map((total) => ({
    operations: operationsIn(total.statuses),
    records: total.recordsProcessed,
  }));
}

describe('a table with --since', () => {
  // The pending ones of last month have ids below the first that started tonight, 102.
  it.each([
    ['2h', 19],
    ['1d', 19],
    ['101', 20],
    ['111', 10],
    ['9999', 0],
    ['1s', 0],
    ['60d', 120],
  ])('%s has this many operations in every list and figure: %i', async (since, operations) => {
    const table = await opened(since);
    try {
      const report = await table.report();
      const counted = report.snapshot.totals.reduce((sum, total) => sum + operationsIn(total.statuses), 0);
      const filter = unfiltered;
      const page = await table.page({ direction: 'older', from: null, filter, limit: 200 });
      // Nothing has started since a second ago; operations that are planned after the last started one are shown anyway.
      const expected = since === '1s' ? page.length : operations;
      expect(page).toHaveLength(expected);
      expect(counted).toBe(expected);
      const followed = await wholeTotals(table);
      expect(followed.reduce((sum, one) => sum + one.operations, 0)).toBe(expected);
      if (since === '1s') expect(page.every(({ startedAt }) => startedAt === null)).toBe(true);
      expect(table.target.scope?.text).toBe(since);
      await table.inspect();
      expect(table.target.scope?.text).toBe(since);
    } finally {
      await table.close();
    }
  });

  it('is followed from poll to poll', async () => {
    const table = await opened('101');
    try {
      await wholeTotals(table);
      await database.query('UPDATE migration_control SET records_processed = 5000 WHERE id IN (3, 107)');
      const { totals } = await table.poll([]);
      expect(totals[0]?.recordsProcessed).toBe(19 * 7 + 5000);
    } finally {
      await database.query('UPDATE migration_control SET records_processed = 7 WHERE id = 107');
      await table.close();
    }
  });

  it('has no older attempts in the detail of an operation', async () => {
    await database.query("UPDATE migration_control SET source_query = 'SELECT 1' WHERE id IN (50, 102, 104)");
    const [all, since] = [await opened('1'), await opened('2h')];
    try {
      expect((await all.detail(104))?.attempts.map(({ id }) => id)).toEqual([102, 50]);
      expect((await since.detail(104))?.attempts.map(({ id }) => id)).toEqual([102]);
    } finally {
      await Promise.all([all.close(), since.close()]);
    }
  });

  it('is named by status, which counts no older operations', async () => {
    const [plain, json] = await Promise.all([
      runCommand(['status', '--since', '101', database.url]),
      runCommand(['status', '--json', '--since=101', database.url]),
    ]);
    expect(plain.stdout).toMatch(/ public\.migration_control\s+since 101 at /);
    expect(JSON.parse(json.stdout)).toMatchObject({
      since: { text: '101', firstId: '101', startedAt: null },
      summary: { operations: 20 },
    });
  });

  it('is obeyed by export and by actions', async () => {
    const [exported, skipped] = await Promise.all([
      runCommand(['export', '--since', '101', database.url]),
      runCommand(['skip', '--where', 'status:pending', '--since', '101', '--dry-run', '--url', database.url]),
    ]);
    const ids = exported.stdout
      .split('\r\n')
      .slice(1, -1)
      .map((line) => Number.parseInt(line, 10));
    expect(ids).toEqual(Array.from({ length: 20 }, (_, index) => 101 + index));
    expect(skipped.stdout).toMatch(
      /^dry run: 9 operations would be skipped\n {2}ids (\d+, ){8}\d+\n {2}records: 8,937 will not be migrated by them\n/,
    );
  });

  it('has the actions since then, also on operations that began earlier, but not by an id', async () => {
    const log = memoryLog();
    const within = async (since: string | null) => {
      const connection = await connect(connectionSettings(database.url, {}));
      const options = { operator, logFor: () => log };
      return openControlTable(connection, 'migration_control', options, since === null ? null : parseSince(since));
    };
    const [all, since, byId] = [await within(null), await within('2h'), await within('102')];
    try {
      const before = { completedAt: 'keep', version: null, identity: null } as const;
      await all.act({ id: 97, from: 'pending', to: 'paused', ...before }, { action: 'pause', reason: null });
      await all.act({ id: 97, from: 'paused', to: 'pending', ...before }, { action: 'undo', reason: null });
      const actions = async (table: ControlTable) => (await table.activity()).map(({ action }) => action);
      expect(await actions(since)).toEqual(['undo', 'pause']);
      expect(await actions(byId)).toEqual([]);
      expect((await since.report()).activity).toHaveLength(2);
      // An action on many operations keeps its result: it is listed whole, or not at all.
      const [undo, pause] = log.entries;
      if (undo === undefined || pause === undefined) expect.fail('there are no entries');
      const paused = [97, 98, 103].map((operationId, index) => ({ ...pause, operationId, key: `chunk/${index}` }));
      log.entries.splice(0, Number.POSITIVE_INFINITY, ...paused);
      expect((await byId.activity()).map(({ operationId }) => operationId)).toEqual(
        (await all.activity()).map(({ operationId }) => operationId),
      );
      log.entries.splice(0, Number.POSITIVE_INFINITY, undo, pause);
      log.entries.push(...log.entries.splice(0).map((entry) => ({ ...entry, at: (entry.at ?? 0) - 3 * 3600 })));
      expect(await actions(since)).toEqual([]);
    } finally {
      await Promise.all([all.close(), since.close(), byId.close()]);
    }
  });

  it('that cannot be parsed is a usage error, and is not repeated', async () => {
    const run = await runCommand(['status', '--since', 'postgres://u:hunter2@h/d', database.url]);
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/^migtop: --since: [a-z :()]+; it takes /);
    expect(run.stderr).not.toContain('hunter2');
  });
});

describe('a table that is restricted while it is watched', () => {
  it('has only the operations from then on, and all of them again when the restriction is removed', async () => {
    const table = await opened('1');
    try {
      const counted = async () => (await wholeTotals(table)).reduce((sum, { operations }) => sum + operations, 0);
      const filter = unfiltered;
      const listed = async () => (await table.page({ direction: 'older', from: null, filter, limit: 200 })).length;
      expect([await counted(), await listed()]).toEqual([120, 120]);
      for (const [since, operations] of [
        ['2h', 19],
        ['111', 10],
        [null, 120],
        ['60d', 120],
        ['101', 20],
      ] as const) {
        const target = await table.restrict(since === null ? null : parseSince(since));
        expect([since, target.scope?.text ?? null]).toEqual([since, since]);
        expect([since, await counted(), await listed()]).toEqual([since, operations, operations]);
        // As after a lost connection.
        expect((await table.inspect()).scope?.text ?? null).toBe(since);
      }
    } finally {
      await table.close();
    }
  });

  it('begins to count again: no poll shows the previous totals', async () => {
    const table = await opened('1');
    try {
      await wholeTotals(table);
      await table.restrict(parseSince('101'));
      const { totals, gained, history } = await table.poll([]);
      expect(totals.map(({ statuses }) => operationsIn(statuses))).toEqual([20]);
      expect(gained).toBeNull();
      expect(history.reduce((sum, { records }) => sum + records, 0)).toBe(70);
    } finally {
      await table.close();
    }
  });
});

describe('the beginning of the newest of several runs', () => {
  async function proposed(): Promise<{ text: string; document: { proposedSince: string | null } }> {
    const [plain, json] = await Promise.all([
      runCommand(['status', '--sample', '0', database.url]),
      runCommand(['status', '--sample', '0', '--json', database.url]),
    ]);
    return { text: plain.stdout, document: JSON.parse(json.stdout) };
  }

  it('is proposed by status, in a form that --since accepts', async () => {
    const { rows } = await database.query<{ at: string }>(
      `SELECT to_char(min(started_at), 'YYYY-MM-DD HH24:MI') AS at FROM migration_control WHERE operation = 'tonight'`,
    );
    const at = rows[0]?.at ?? '';
    const { text, document } = await proposed();
    expect(text.replace(/\s+/g, ' ')).toContain(
      ` this table holds an earlier run: --since "${at}" shows only the newest `,
    );
    expect(document.proposedSince).toBe(at.replace(' ', 'T'));
    const restricted = await runCommand(['status', '--sample', '0', '--json', '--since', at, database.url]);
    expect(JSON.parse(restricted.stdout)).toMatchObject({ proposedSince: null, summary: { operations: 19 } });
  });

  it('is found by the index on started_at, and not searched in a large table without one', async () => {
    const own = await createDatabase({ schema: true });
    try {
      await own.query(`
        INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, source_query,
          started_at, completed_at)
        SELECT 'execution', 'brackets', 'batch', 'completed', 1, 100000, pg_catalog.repeat('x', 200), at, at
        FROM (
          SELECT timestamp '2026-01-01' + id * interval '40 seconds'
            + CASE WHEN id > 90000 THEN interval '3 days' ELSE interval '0' END AS at
          FROM generate_series(1, 100000) id
        ) starts`);
      await own.query('DROP INDEX idx_migration_control_started_at');
      const connection = await connect(connectionSettings(own.url, {}));
      const table = await openControlTable(connection, 'migration_control', { operator, logFor: () => memoryLog() });
      try {
        expect(await table.runStarts()).toEqual([]);
        await own.query('CREATE INDEX ON migration_control (started_at)');
        const at = Date.parse('2026-01-04T00:00:40Z') / 1000 + 90_000 * 40;
        const before = at - 3 * 86_400 - 40;
        expect(await table.runStarts()).toEqual([
          { gapSeconds: 86_400, at, before, ended: before },
          { gapSeconds: 3600, at, before, ended: before },
        ]);
      } finally {
        await table.close();
      }
    } finally {
      await own.drop();
    }
  });
});

it('each status before --since is counted, however many have another one', async () => {
  const table = await opened('101');
  const { scope: _, ...whole } = table.target;
  await table.close();
  await database.query(`CREATE TABLE before AS
    SELECT id, phase, table_name, operation, CASE WHEN id = 100 THEN 'running' ELSE 'failed' END AS status, records_processed,
      total_records, started_at, completed_at, error_message, batch_size, worker_id, source_query, validation_query
    FROM migration_control`);
  const values = { firstId: '101', startedAt: null, withParts: false, limit: 3 };
  const { rows } = await database.query(withLiterals(query('earlier', { ...whole, table: 'public.before' }, values)));
  expect(rows.map(({ body }) => body).sort()).toEqual([
    ['failed', 3],
    ['running', 1],
  ]);
});
