import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuditLog } from '../../source/domain/audit.ts';
import type { Change, RowOutcome } from '../../source/domain/bulk-actions.ts';
import type { Transition } from '../../source/domain/transitions.ts';
import { memoryLog, type OpenedTable, openTable } from '../support/control-table.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;

const pause: Transition = { id: 1, from: 'running', to: 'paused', completedAt: 'keep', version: null, identity: null };
const intent = { action: 'pause', reason: 'the target is full' };
const who = { osUser: 'ana', host: 'bastion', client: 'migtop', databaseRole: 'postgres' };

beforeAll(async () => {
  database = await createDatabase({ schema: true });
});
afterAll(() => database?.drop());
beforeEach(async () => {
  await database.query('TRUNCATE migration_control RESTART IDENTITY');
  await database.query(
    "INSERT INTO migration_control (phase, table_name, operation, status) VALUES ('execution', 'cases', 'batch', 'running')",
  );
});

async function withTable(work: (table: OpenedTable) => Promise<void>, log?: AuditLog): Promise<void> {
  await using table = await openTable(database.url, undefined, log);
  await work(table);
}

async function status(): Promise<string> {
  return (await database.query<{ status: string }>('SELECT status FROM migration_control WHERE id = 1')).rows[0]
    ?.status as string;
}

/** Holds the row in another session while `work` runs. */
async function whileLocked(work: () => Promise<void>): Promise<void> {
  const holder = await database.connect();
  try {
    await holder.query('BEGIN; SELECT FROM migration_control WHERE id = 1 FOR UPDATE');
    await work();
  } finally {
    await holder.end();
  }
}

describe('without the audit table', () => {
  it('writes every action and its outcome to the local audit', async () => {
    await withTable(async (table) => {
      expect(table.target.audit).toBeNull();
      const moved = await table.act(pause, intent);
      await table.act(pause, intent);
      await table.act({ ...pause, id: 99 }, intent);
      expect(table.logged.map(({ outcome, operationId }) => [outcome, operationId])).toEqual([
        ['gone', 99],
        ['stale', 1],
        ['applied', 1],
      ]);
      expect(table.logged[2]).toMatchObject({
        ...who,
        key: expect.stringMatching(/^[0-9a-f-]{36}$/),
        at: moved.kind === 'applied' ? moved.at : null,
        action: 'pause',
        operationId: 1,
        fromStatus: 'running',
        toStatus: 'paused',
        reason: 'the target is full',
        seenVersion: null,
        outcome: 'applied',
      });
      const listed = await table.activity();
      expect(listed.map(({ row, ...entry }) => entry)).toEqual(table.logged);
      // The row as it is now shows the result of the action, and the table of one that was not applied; one row is gone.
      expect(listed.map(({ row }) => row)).toEqual([
        null,
        { phase: 'execution', tableName: 'cases', status: 'paused', workerId: null, hasEnd: false },
        { phase: 'execution', tableName: 'cases', status: 'paused', workerId: null, hasEnd: false },
      ]);
    });
  });

  it('records that a row was locked', async () => {
    await withTable((table) =>
      whileLocked(async () => {
        expect((await table.act(pause, intent)).kind).toBe('locked');
        expect(table.logged.map(({ outcome }) => outcome)).toEqual(['locked']);
      }),
    );
  });

  it('has its time also if the row was deleted, or was changed first', async () => {
    await withTable(async (table) => {
      const changeOf = (id: number) => ({ transition: { ...pause, id }, tableName: 'brackets', seenVersion: null });
      await database.query("UPDATE migration_control SET status = 'completed'");
      // The clock of the database is known after a poll.
      await table.poll([]);
      const outcomes = await table.actMany([changeOf(1), changeOf(4711)], intent);
      expect(outcomes.map(({ outcome }) => outcome.kind)).toEqual(['stale', 'gone']);
      expect(table.logged.map(({ outcome, at }) => [outcome, typeof at])).toEqual([
        ['gone', 'number'],
        ['stale', 'number'],
      ]);
    });
  });

  it('changes nothing if the local audit cannot be written', async () => {
    const log = { ...memoryLog(), begin: () => Promise.reject(new Error('read-only file system')) };
    await withTable(async (table) => {
      await expect(table.act(pause, intent)).rejects.toThrow('read-only file system');
      expect(await status()).toBe('running');
    }, log);
  });
});

describe('an action of a program that was killed', () => {
  const left = async (seenVersion: string | null) => {
    const log = memoryLog();
    await log.begin({
      key: 'k1',
      ...who,
      action: 'pause',
      operationId: 1,
      fromStatus: 'running',
      toStatus: 'paused',
      reason: null,
      seenVersion,
    });
    return log;
  };

  it('is looked up by the next program: it was applied', async () => {
    const log = await left(null);
    await database.query("UPDATE migration_control SET status = 'paused'");
    await withTable(async (table) => {
      expect((await table.settle()).map(({ result }) => result)).toEqual(['applied']);
      expect(table.logged).toMatchObject([{ key: 'k1', outcome: 'applied' }]);
      expect(await table.settle()).toEqual([]);
    }, log);
  });

  it('stays not known while it may still arrive', async () => {
    const { rows } = await database.query<{ version: string }>('SELECT xmin::text AS version FROM migration_control');
    await withTable(
      async (table) => {
        expect(await table.settle()).toEqual([]);
        expect(table.logged).toMatchObject([{ outcome: 'unknown' }]);
      },
      await left(rows[0]?.version ?? null),
    );
  });
});

describe('with the audit table', () => {
  beforeAll(async () => {
    await database.query(await readSql('options/audit.sql'));
  });

  it('is found, even by a monitor that was started before the installation', async () => {
    await withTable(async (table) => {
      expect(table.target.audit).toBe('public.migtop_audit');
      expect((await table.inspect()).audit).toBe('public.migtop_audit');
    });
  });

  it('contains every action, even those that the statement itself could not see, and leaves the local audit unchanged', async () => {
    await withTable(async (table) => {
      const moved = await table.act(pause, intent);
      await table.act(pause, intent);
      await table.act({ ...pause, id: 99 }, { action: 'pause', reason: null });
      await whileLocked(async () => {
        await table.act(
          { ...pause, from: 'paused', to: 'skipped', completedAt: 'set' },
          { action: 'skip', reason: 'x' },
        );
      });
      const activity = await table.activity();
      expect(activity.map(({ action, outcome, reason }) => [action, outcome, reason])).toEqual([
        ['skip', 'locked', 'x'],
        ['pause', 'gone', null],
        ['pause', 'stale', 'the target is full'],
        ['pause', 'applied', 'the target is full'],
      ]);
      expect(activity[3]).toMatchObject({ ...who, operationId: 1, fromStatus: 'running', toStatus: 'paused' });
      // Both are the database's clock, read in one statement.
      expect(activity[3]?.at).toBeCloseTo(moved.kind === 'applied' ? moved.at : Number.NaN, 0);
      expect(table.logged).toEqual([]);
    });
  });

  it('changes nothing if a trigger created since then drops the audit row', async () => {
    await withTable(async (table) => {
      await database.query("UPDATE migration_control SET status = 'running'");
      await database.query(`
        CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        CREATE TRIGGER swallow BEFORE INSERT ON migtop_audit FOR EACH ROW EXECUTE FUNCTION swallow()`);
      try {
        expect(await table.act(pause, intent)).toMatchObject({
          kind: 'refused',
          reason: expect.stringMatching(/the audit table has taken 0 rows/),
        });
        expect(await status()).toBe('running');
        // So are actions on many, a take over, another batch size, a retry and an acceptance.
        const dropped = { kind: 'refused', reason: expect.stringMatching(/the audit table has taken 0 rows/) };
        const of = (change: Partial<Change>): Change => ({
          transition: pause,
          tableName: 'cases',
          seenVersion: null,
          ...change,
        });
        const kindsOf = async (written: Promise<readonly RowOutcome[]>) =>
          (await written).map(({ outcome }) => outcome);
        expect(await kindsOf(table.actMany([of({})], intent))).toMatchObject([dropped]);
        const requeue = { kind: 'requeue', before: null } as const;
        const queue: Transition = { ...pause, to: 'pending' };
        expect(await kindsOf(table.rewriteMany([of({ transition: queue, rewrite: requeue })], intent))).toMatchObject([
          dropped,
        ]);
        const size = { kind: 'batch size', from: null, to: 5 } as const;
        const same: Transition = { ...pause, to: 'running' };
        expect(await kindsOf(table.rewriteMany([of({ transition: same, rewrite: size })], intent))).toMatchObject([
          dropped,
        ]);
        await database.query("UPDATE migration_control SET status = 'failed'");
        const retry: Transition = { ...pause, from: 'failed', to: 'pending' };
        expect(await kindsOf(table.retryMany([of({ transition: retry })], intent))).toMatchObject([dropped]);
        const { rows } = await database.query<{ version: string; batch_size: null }>(
          'SELECT xmin::text AS version, batch_size FROM migration_control',
        );
        expect(rows).toMatchObject([{ batch_size: null }]);
        const failure = { id: 1, identity: '', version: rows[0]?.version ?? '', tableName: 'cases', failedAt: null };
        await expect(table.accept([failure], 'known', true)).rejects.toThrow(/the audit table has taken 0 rows/);
      } finally {
        await database.query('DROP FUNCTION swallow() CASCADE');
      }
    });
  });

  it('tells two control tables of one schema apart', async () => {
    await database.query('CREATE TABLE second_control (LIKE migration_control INCLUDING ALL)');
    const second = await openTable(database.url, 'second_control');
    try {
      await withTable(async (table) => {
        await database.query("UPDATE migration_control SET status = 'running'");
        await table.act(pause, { action: 'pause', reason: 'of the first' });
        expect((await table.activity())[0]).toMatchObject({
          reason: 'of the first',
          key: expect.stringMatching(/^[0-9a-f-]{36}$/),
        });
      });
      expect(second.target.audit).toBe('public.migtop_audit');
      expect(await second.activity()).toEqual([]);
    } finally {
      await second.close();
      await database.query('DROP TABLE second_control');
    }
  });

  it('lets a report show whether the last action on an operation is still in effect', async () => {
    await withTable(async (table) => {
      await database.query("UPDATE migration_control SET status = 'running'");
      await table.act(pause, intent);
      const { activity, snapshot } = await table.report();
      expect(activity[0]).toMatchObject({ action: 'pause', outcome: 'applied' });
      expect(snapshot.operations.map(({ id, status: now }) => [id, now])).toEqual([[1, 'paused']]);
    });
  });

  it.each([
    ['nothing of it', []],
    ['no more than read it', ['SELECT ON migtop_audit']],
    ['not its outcome', ['SELECT, INSERT (action, operation_id) ON migtop_audit']],
  ])('makes the table read-only for a role that may change the operations, and %s', async (_, grants) => {
    const url = await database.role({ grants: ['SELECT, UPDATE ON migration_control', ...grants] });
    const role = new URL(url).username;
    await using table = await openTable(url);
    expect(table.target.readOnly).toBe(
      `you have no privilege to write the audit public.migtop_audit. Ask its owner for: GRANT SELECT, INSERT (os_user, host, client, action, operation_id, from_status, to_status, actual_status, reason, outcome, action_key, table_oid, control_table, operation_identity, row_version) ON public.migtop_audit TO ${role}`,
    );
    await database.query(/GRANT .*/.exec(table.target.readOnly ?? '')?.[0] ?? '');
    expect(await table.inspect()).toMatchObject({ readOnly: null, audit: 'public.migtop_audit' });
  });

  it('is readable by a role that may only read the table', async () => {
    const url = await database.role({ grants: ['SELECT ON migration_control', 'SELECT ON migtop_audit'] });
    await using table = await openTable(url);
    expect(table.target).toMatchObject({ audit: 'public.migtop_audit', notes: [] });
    expect(table.target.readOnly).toMatch(/has no UPDATE privilege/);
    expect((await table.activity()).length).toBeGreaterThan(0);
  });
});

describe('if the audit table is dropped later', () => {
  it('an action says so and changes nothing, and the next one is recorded in the local audit', async () => {
    await using own = await createDatabase({ schema: true });
    await own.query(await readSql('options/audit.sql'));
    await own.query(`INSERT INTO migration_control (phase, table_name, operation, status)
      SELECT 'execution', 'cases', 'batch ' || n, 'running' FROM generate_series(1, 20) AS n`);
    await using one = await openTable(own.url);
    await using many = await openTable(own.url);
    await own.query('DROP TABLE migtop_audit CASCADE');
    const gone = {
      kind: 'refused',
      reason: 'the audit table public.migtop_audit was dropped. Try again: this machine records the action then',
    };
    const changes = [2, 3, 4].map(
      (id): Change => ({ transition: { ...pause, id }, tableName: 'cases', seenVersion: null }),
    );
    expect(await one.act(pause, intent)).toEqual(gone);
    expect((await many.actMany(changes, intent)).map(({ outcome }) => outcome)).toEqual([gone, gone, gone]);
    const { rows: paused } = await own.query("SELECT FROM migration_control WHERE status = 'paused'");
    expect(paused).toHaveLength(0);
    expect(await one.act(pause, intent)).toMatchObject({ kind: 'applied' });
    expect(one.logged[0]).toMatchObject({ operationId: 1, outcome: 'applied' });
    expect((await many.actMany(changes, intent)).map(({ outcome }) => outcome.kind)).toEqual([
      'applied',
      'applied',
      'applied',
    ]);
  });
});
