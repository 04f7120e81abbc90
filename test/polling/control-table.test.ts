import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type QueryName, sqlFor } from '../../source/database/sql.ts';
import { operationsIn } from '../../source/domain/summary.ts';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';

const folder = new URL('../../sql/queries/', import.meta.url);

/** SQL values of the parameters of queries for which NULL would test little. */
const values: Partial<Record<string, string>> = {
  blocker: '(1, NULL)',
  detail: '(1, NULL)',
  elsewhere: "('dispatch.migration_control')",
  history: '(3600, 10, NULL, NULL)',
  inspect: "('migration_control')",
  'page-newer': '(1, 10)',
  'page-older': '(1, 10)',
  transition: "(1, 'running', 'paused', NULL, 'keep', NULL, NULL, NULL)",
};
// The files of the optional audit name a table of their own; audit.test.ts has them.
const texts = new Map<string, string>();
for (const file of (await readdir(folder)).filter((name) => name.endsWith('.sql'))) {
  const text = await readSql(`queries/${file}`);
  if (!text.includes('migtop_audit')) texts.set(file.replace('.sql', ''), text);
}
const names = [...texts.keys()];

function parametersOf(text: string): string[] {
  return [...new Set(text.match(/\$\d+/g) ?? [])].sort();
}

/** The parameters of one query, for EXECUTE. */
function valuesFor(name: string): string {
  const parameters = parametersOf(texts.get(name)?.replace(/^--.*$/gm, '') ?? '');
  return values[name] ?? (parameters.length === 0 ? '' : `(${parameters.map(() => 'NULL').join(', ')})`);
}

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ examples: true });
});
afterAll(() => database?.drop());

describe('a file of sql/queries', () => {
  it.each(names)('%s runs in psql as it is, and describes its purpose and its parameters', async (name) => {
    const text = texts.get(name) ?? '';
    expect(text).toMatch(/^-- [A-Z]/);
    const header = text.match(/^--.*$/gm)?.join('\n') ?? '';
    expect(parametersOf(header)).toEqual(parametersOf(text.replace(/^--.*$/gm, '')));

    const session = await database.connect();
    await session.query(`PREPARE one AS ${text}`);
    await session.query('BEGIN');
    await session.query(`EXPLAIN EXECUTE one${valuesFor(name)}`);
    await session.query(`EXECUTE one${valuesFor(name)}`);
    await session.query('ROLLBACK');
    await session.end();
  });

  it.each(names)('%s works on a table of any name, and names no other table', async (name) => {
    const hostile = '"we;ird""tab $& -- migration"';
    const text = sqlFor(name as QueryName, `public.${hostile}`);
    expect(text).not.toMatch(/migration_control|^--/m);
    const session = await database.connect();
    await session.query(`BEGIN; ALTER TABLE migration_control RENAME TO ${hostile}`);
    await session.query(`PREPARE one AS ${text}`);
    await session.query(`EXECUTE one${valuesFor(name)}`);
    await session.query('ROLLBACK');
    await session.end();
  });
});

describe('a report', () => {
  let table: OpenedTable;
  beforeAll(async () => {
    table = await openTable(database.url);
  });
  afterAll(() => table?.close());

  it('has the snapshot, the history and the performance analysis', async () => {
    const report = await table.report();
    expect(report.snapshot.totals.reduce((sum, total) => sum + operationsIn(total.statuses), 0)).toBe(9);
    expect(report.snapshot.failures.map(({ id }) => id)).toEqual([10]);
    expect(report.snapshot.history).toEqual([]);
    expect(report.throughput).toEqual([
      { tableName: 'brackets', batchSize: 500, recordsPerSecond: 1000 / 60, averageBatchSeconds: 30, batchCount: 2 },
      {
        tableName: 'case_file_relationships',
        batchSize: 200,
        recordsPerSecond: 200 / 30,
        averageBatchSeconds: 30,
        batchCount: 1,
      },
      { tableName: 'cases', batchSize: 23, recordsPerSecond: 23 / 60, averageBatchSeconds: 60, batchCount: 1 },
    ]);
  });

  it('reads one snapshot with several queries', async () => {
    // The first query of the report waits for the lock of this session, which then changes what the later ones read.
    const fresh = await createDatabase({ schema: true });
    const writer = await fresh.connect();
    const reader = await openTable(fresh.url);
    const row =
      "('execution', 'brackets', 'batch', 'completed', 10, localtimestamp - interval '20 seconds', localtimestamp - interval '10 seconds')";
    const insert = `INSERT INTO migration_control (phase, table_name, operation, status, records_processed, started_at, completed_at) VALUES ${row}`;
    try {
      await writer.query(insert);
      for (let round = 0; round < 20; round++) {
        const [report] = await Promise.all([reader.report(), writer.query(insert)]);
        const counted = report.snapshot.totals[0]?.recordsProcessed;
        expect(report.snapshot.history.reduce((sum, span) => sum + span.records, 0)).toBe(counted);
        expect(report.throughput[0]?.batchCount).toBe(report.snapshot.totals[0]?.statuses.completed);
      }
    } finally {
      await reader.close();
      await fresh.drop();
    }
  });

  it('leaves no transaction open', async () => {
    await table.report();
    const { rows } = await database.query(
      "SELECT state FROM pg_stat_activity WHERE datname = $1 AND application_name = 'migtop' AND state <> 'idle'",
      [database.name],
    );
    expect(rows).toEqual([]);
  });
});

describe('the watched table', () => {
  it('is read again after it is dropped and created', async () => {
    const fresh = await createDatabase({ examples: true });
    const table = await openTable(fresh.url);
    try {
      await fresh.query('ALTER TABLE migration_control RENAME TO elsewhere');
      await expect(table.poll([])).rejects.toMatchObject({
        kind: 'no-table',
        message: expect.stringMatching(/^The table is gone: .*Create it with: migtop init --apply$/),
      });
      await fresh.query('ALTER TABLE elsewhere RENAME TO migration_control');
      expect((await table.poll([])).failures).toHaveLength(1);
      await fresh.query('ALTER TABLE migration_control RENAME batch_size TO size');
      await expect(table.poll([])).rejects.toMatchObject({
        kind: 'unfit-table',
        message: expect.stringMatching(/changed while it was watched.*Start migtop again/),
      });
    } finally {
      await table.close();
      await fresh.drop();
    }
  });

  it('names the privilege that is missing after a REVOKE', async () => {
    const role = await database.role({ grants: ['SELECT ON migration_control'] });
    const table = await openTable(role);
    try {
      await database.query(`REVOKE SELECT ON migration_control FROM ${new URL(role).username}`);
      await expect(table.poll([])).rejects.toMatchObject({
        kind: 'no-privilege',
        message: expect.stringMatching(
          /permission denied for table migration_control\. Ask the owner for: GRANT SELECT/,
        ),
      });
    } finally {
      await table.close();
    }
  });

  it('is read again at the next poll after the connection is lost', async () => {
    const table = await openTable(database.url);
    try {
      await table.poll([]);
      const locker = await database.connect();
      await locker.query('BEGIN; LOCK TABLE migration_control');
      const polled = table.poll([]).catch((error: unknown) => error);
      const terminated = async () =>
        (
          await database.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name = 'migtop' AND wait_event_type = 'Lock'",
            [database.name],
          )
        ).rows.length;
      while ((await terminated()) === 0);
      expect(await polled).toMatchObject({ kind: 'unreachable' });
      await locker.query('ROLLBACK');
      expect((await table.poll([])).failures).toHaveLength(1);
    } finally {
      await table.close();
    }
  });
});

it.each([
  ['of a table whose changes it follows', ''],
  [
    'of a view, which it counts at each poll',
    'ALTER TABLE migration_control RENAME TO rows; CREATE VIEW migration_control AS SELECT * FROM rows',
  ],
])('says in each snapshot %s whether the server takes writes', async (_, change) => {
  await using own = await createDatabase({ schema: true });
  await own.query(change);
  const takesWrites = async () => {
    await using table = await openTable(own.url);
    return (await table.poll([])).takesWrites;
  };
  expect(await takesWrites()).toBe(true);
  const { rows } = await own.query<{ name: string }>('SELECT quote_ident(current_database()) AS name');
  await own.query(`ALTER DATABASE ${rows[0]?.name} SET default_transaction_read_only = on`);
  expect(await takesWrites()).toBe(false);
});

it('says in the first snapshot after a change of the database’s clock that it was changed', async () => {
  const table = await openTable(database.url);
  try {
    const changed = async () => (await table.poll([])).isClockChanged ?? false;
    expect([await changed(), await changed()]).toEqual([false, false]);
    // Against this machine's clock, that of the database has gone back.
    const realNow = performance.now.bind(performance);
    const now = vi.spyOn(performance, 'now').mockImplementation(() => realNow() + 60_000);
    expect([await changed(), await changed()]).toEqual([true, false]);
    now.mockRestore();
  } finally {
    vi.restoreAllMocks();
    await table.close();
  }
});
