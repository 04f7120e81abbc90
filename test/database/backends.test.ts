import type pg from 'pg';
import { describe, expect, it, vi } from 'vitest';
import type { AuditEntry } from '../../source/domain/audit.ts';
import { type Observation, observe } from '../../source/domain/observation.ts';
import { operationRow } from '../../source/presentation/rows.ts';
import { whyText } from '../../source/presentation/standing-text.ts';
import { statusDocument } from '../../source/presentation/status-document.ts';
import { statusText } from '../../source/presentation/status-text.ts';
import { createMigrationControl } from '../../source/worker/index.ts';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { auditEntry } from '../support/fixtures.ts';

/** A database with two running operations, and what a test opens in it. */
interface Place {
  readonly database: TestDatabase;
  /** A session with a name that runs statements. */
  session(name: string, text?: string, url?: string): Promise<{ client: pg.Client; pid: number }>;
  /** A session that waits for a lock. It ends with the database. */
  blocked(name: string, text: string): Promise<number>;
  /** Opens the table as a monitor does, and returns its first picture. */
  firstPicture(url?: string): Promise<{ observation: Observation; table: OpenedTable }>;
}

// They wait until a lock was waited for long enough: each test has its own database, and they wait at the same time.
const test = it.extend('place', async ({ task: _ }, { onCleanup }): Promise<Place> => {
  const database = await createDatabase({ schema: true });
  const tables: OpenedTable[] = [];
  onCleanup(async () => {
    for (const table of tables) await table.close();
    await database.drop();
  });
  await database.query(`CREATE TABLE cases (id int); CREATE TABLE brackets (id int); INSERT INTO cases VALUES (1);
    INSERT INTO migration_control (id, phase, table_name, operation, status, worker_id, started_at, source_query) VALUES
      (7, 'execution', 'cases', 'batch', 'running', 7, localtimestamp, 'SELECT * FROM legacy.cases ORDER BY id LIMIT 500 OFFSET 1000'),
      (8, 'execution', 'brackets', 'batch', 'running', 8, localtimestamp, NULL)`);

  const session: Place['session'] = async (name, text = 'SELECT 1', url) => {
    const client = await database.connect(url);
    const { rows } = await client.query<{ pid: number }>(
      `SELECT pg_backend_pid() AS pid, set_config('application_name', $1, false)`,
      [name],
    );
    await client.query(text);
    return { client, pid: rows[0]?.pid ?? 0 };
  };

  return {
    database,
    session,

    async blocked(name, text) {
      const { client, pid } = await session(name);
      client.query(text).catch(() => {});
      await vi.waitFor(async () => {
        const { rows } = await database.query(
          `SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock' AND state_change < now() - interval '1 s'`,
          [pid],
        );
        expect(rows).toHaveLength(1);
      }, 20_000);
      return pid;
    },

    async firstPicture(url = database.url) {
      const table = await openTable(url);
      tables.push(table);
      return { observation: observe(null, await table.poll([])), table };
    },
  };
});

function row(observation: Observation, id: number) {
  const operation = observation.snapshot.operations.find((one) => one.id === id);
  if (operation === undefined) throw new Error(`operation ${id} is not in the snapshot`);
  return operationRow(observation, operation, []);
}

const lockCases = 'BEGIN; LOCK TABLE cases';

describe.concurrent('the pictures after the first one', () => {
  // Until an operation has made no progress for five seconds, nothing else makes migtop read the sessions again.
  test('show a worker as blocked as long as it waits for the lock', async ({
    place: { session, blocked, firstPicture },
  }) => {
    const { client, pid } = await session('psql', lockCases);
    await blocked('worker 7', 'INSERT INTO cases VALUES (2)');
    const { observation, table } = await firstPicture();
    let latest = observation;
    for (let poll = 0; poll < 5; poll++) {
      expect(row(latest, 7)).toMatchObject({ stall: { kind: 'blocked' }, standing: { waitsFor: [{ pid }] } });
      latest = observe(latest, await table.poll([]));
    }
    await client.query('ROLLBACK');
    await vi.waitFor(async () => {
      latest = observe(latest, await table.poll([]));
      expect(row(latest, 7).standing.waitsFor).toEqual([]);
    }, 20_000);
    expect(row(latest, 7).stall).toBeNull();
  });
});

describe.concurrent('the first screen', () => {
  test('shows what a worker of migtop/worker waits for, and the whole chain', async ({
    place: { database, session, blocked, firstPicture },
  }) => {
    const psql = await session('psql', lockCases);
    const other = await blocked('migtop run=- worker=8 operation=8', 'INSERT INTO cases VALUES (2)');
    await blocked('migtop run=- worker=7 operation=7', 'ALTER TABLE cases ADD note text');
    const { observation, table } = await firstPicture();
    const seven = row(observation, 7);
    expect(seven).toMatchObject({
      stall: { kind: 'blocked' },
      flag: 'STALLED',
      standing: {
        foundBy: 'name',
        waitsFor: [
          { pid: psql.pid, isFirst: true },
          { pid: other, isFirst: false },
        ],
      },
    });
    expect(seven.standing.waitsFor[0]).toMatchObject({
      application: 'psql',
      user: 'postgres',
      state: 'idle in transaction',
      query: lockCases,
      operation: null,
    });
    expect(seven.standing.waitsFor[1]?.operation).toEqual({ id: 8, workerId: 8 });
    expect(whyText(seven)?.text).toMatch(new RegExp(`^waits for pid ${psql.pid} psql, \\d+s$`));
    const document = statusDocument(table.target, await table.report());
    expect(document.summary.stalled).toBe(2);
    expect(document.workers.find(({ id }) => id === 8)).toMatchObject({
      stalled: true,
      blockedBy: [psql.pid],
      waitsFor: [
        { pid: psql.pid, application: 'psql', state: 'idle in transaction', query: lockCases, operationId: null },
      ],
      session: { pid: other, foundBy: 'name' },
    });
    expect(statusText(document)).toContain(`waits for pid ${psql.pid} psql`);

    await database.query(`UPDATE migration_control SET status = 'paused'`);
    const paused = observe(observation, await table.poll([]));
    expect(whyText(row(paused, 8))?.text).toBe(`still waits for pid ${psql.pid} psql`);
    const later = statusDocument(table.target, await table.report());
    // A pause does not end a stall.
    expect(later.summary.stalled).toBe(2);
    expect(later.workers.find(({ id }) => id === 8)).toMatchObject({
      status: 'paused',
      stall: { kind: 'blocked' },
      blockedBy: [psql.pid],
    });
    expect(statusText(later)).toContain(`paused; still waits for pid ${psql.pid} psql`);
  });

  test.for<[foundBy: string, name: string, query: string]>([
    ['application_name', 'etl-worker-7', 'UPDATE cases SET id = 3'],
    ['application_name', 'Worker 07', 'DELETE FROM cases'],
    ['query', 'java', 'INSERT INTO public.cases SELECT 4'],
    ['query', '', 'SELECT * FROM cases'],
  ])(
    'finds the session of another worker by its %s: %s, %s',
    async ([foundBy, name, query], { place: { session, blocked, firstPicture } }) => {
      const psql = await session('psql', lockCases);
      const pid = await blocked(name, query);
      const { observation } = await firstPicture();
      expect(row(observation, 7)).toMatchObject({
        stall: { kind: 'blocked' },
        blockedBy: [psql.pid],
        standing: { foundBy, session: { pid } },
      });
      expect(row(observation, 8)).toMatchObject({ stall: null, standing: { session: null, waitsFor: [] } });
    },
  );

  test('finds a worker that waits to write its row, by the id in its query', async ({
    place: { session, blocked, firstPicture },
  }) => {
    const psql = await session('psql', 'BEGIN; SELECT FROM migration_control WHERE id = 8 FOR UPDATE');
    await blocked('loader', 'UPDATE migration_control SET records_processed = 5 WHERE id = 8');
    const { observation } = await firstPicture();
    expect(row(observation, 8)).toMatchObject({ blockedBy: [psql.pid], standing: { foundBy: 'query' } });
  });

  test.for<[why: string, name: string, query: string]>([
    ['psql itself waits', 'psql', 'SELECT * FROM cases'],
    ['the definition of the table is changed', 'deploy', 'ALTER TABLE cases ADD note text'],
    ['another worker is meant', 'worker 70', 'ALTER TABLE cases ADD note text'],
    ['the number is that of a program', 'pgAdmin 7', 'SELECT * FROM cases'],
  ])('does not guess where %s', async ([, name, query], { place: { session, blocked, firstPicture } }) => {
    await session('psql', lockCases);
    await blocked(name, query);
    const { observation } = await firstPicture();
    expect(row(observation, 7)).toMatchObject({
      stall: null,
      standing: { session: null, foundBy: null, waitsFor: [] },
    });
  });

  test('does not guess which of two sessions or operations is meant', async ({
    place: { session, blocked, firstPicture },
  }) => {
    await session('psql', lockCases);
    await blocked('java', 'INSERT INTO cases VALUES (5)');
    await blocked('java', 'INSERT INTO cases VALUES (6)');
    expect(row((await firstPicture()).observation, 7).standing.session).toBeNull();
  });

  test('without the privilege to see other sessions shows the process that blocks, and its program', async ({
    place: { database, session, blocked, firstPicture },
  }) => {
    const url = await database.role({ grants: ['SELECT ON migration_control'] });
    const psql = await session('psql', lockCases);
    await blocked('worker 7', 'INSERT INTO cases VALUES (2)');
    const { observation } = await firstPicture(url);
    const [blocker] = row(observation, 7).standing.waitsFor;
    expect(blocker).toMatchObject({ pid: psql.pid, application: 'psql', state: null, query: null });
  });
});

test.concurrent('reads a bounded number of sessions, and only while an operation may stand still', async ({
  place: { database, firstPicture },
}) => {
  const { table } = await firstPicture();
  const reads: unknown[] = [];
  for (let progress = 1; progress < 4; progress++) {
    await database.query('UPDATE migration_control SET records_processed = $1', [progress]);
    reads.push((await table.poll([])).backends);
  }
  expect(reads).toEqual([undefined, undefined, undefined]);
});

describe.concurrent('the worker of migtop/worker', () => {
  const aMinuteAgo =
    "UPDATE migration_control SET started_at = localtimestamp - interval '1 minute', source_query = NULL";

  test('that was killed is DEAD? on the first screen', async ({ place: { database, firstPicture } }) => {
    const client = await database.connect();
    await createMigrationControl(client, { workerId: 9 }).startOperation({
      phase: 'execution',
      tableName: 'people',
      operation: 'batch',
    });
    await client.end();
    await database.query(aMinuteAgo);
    const { observation } = await firstPicture();
    const id = observation.snapshot.operations.find(({ workerId }) => workerId === 9)?.id ?? 0;
    const dead = row(observation, id);
    expect(dead).toMatchObject({ stall: { kind: 'no session' }, flag: 'DEAD?' });
    expect(whyText(dead)?.text).toMatch(/^DEAD\? 1m/);
  });

  test.for(['a client', 'a pool'])(
    'behind a pooler is never DEAD?: %s that was told another process',
    async (what, { place: { database, firstPicture } }) => {
      const client = await database.connect();
      // As PgBouncer does: the client is told a process that does not exist.
      const behind = { processID: 1, query: (text: string, values?: unknown[]) => client.query(text, values) };
      const released: boolean[] = [];
      const pool = {
        totalCount: 1,
        query: (text: string, values?: unknown[]) => client.query(text, values),
        connect: async () => ({
          processID: 1,
          query: (text: string, values?: unknown[]) => client.query(text, values),
          release: (destroy?: boolean) => void released.push(destroy === true),
        }),
      };
      const control = createMigrationControl(what === 'a pool' ? pool : behind, { workerId: 9 });
      const { id } = await control.startOperation({ phase: 'execution', tableName: 'people', operation: 'batch' });
      const { rows } = await database.query('SELECT validation_query AS mark FROM migration_control WHERE id = $1', [
        id,
      ]);
      expect(rows).toEqual([{ mark: '/* migtop run=- counts=own pooled */' }]);
      expect(released).toEqual(what === 'a pool' ? [false] : []);
      await client.end();
      await database.query(aMinuteAgo);
      expect(row((await firstPicture()).observation, id).flag).not.toBe('DEAD?');
    },
  );

  test('that a pause keeps waiting is HELD, with the reason', async ({
    place: { database, session, firstPicture },
  }) => {
    await session('migtop run=- worker=7 operation=7 paused');
    await database.query("UPDATE migration_control SET status = 'paused' WHERE id = 7");
    const { observation } = await firstPicture();
    const operation = observation.snapshot.operations.find(({ id }) => id === 7);
    if (operation === undefined) throw new Error('operation 7 is not in the snapshot');
    const entry = auditEntry({
      key: 'k1',
      at: observation.snapshot.takenAt,
      osUser: 'ops2',
      operationId: 7,
      reason: 'replica lag',
    });
    const why = (activity: readonly AuditEntry[]) => whyText(operationRow(observation, operation, [], activity))?.text;
    expect(why([entry])).toBe('HELD replica lag');
    expect(why([{ ...entry, reason: null }])).toBe('HELD by ops2@bastion');
    expect(why([])).toBe('HELD no reason given');
  });
});
