import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { whyNoInsert } from '../../source/database/retry-many.ts';
import { type QueryName, sqlFor } from '../../source/database/sql.ts';
import { planBulk, planRetries } from '../../source/domain/bulk-actions.ts';
import { unfiltered } from '../../source/domain/filter/resolve.ts';
import { parseSince } from '../../source/domain/since.ts';
import { decide, undoOf } from '../../source/domain/transitions.ts';
import {
  createMigrationControl,
  type MigrationControl,
  poolTransaction,
  type Queryable,
} from '../../source/worker/index.ts';
import { type StatementName, statementFor } from '../../source/worker/sql.ts';
import { runCommand } from '../support/command.ts';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';
import { filterOf, noFacts } from '../support/filters.ts';
import { connectionOf } from '../support/pg-client.ts';
import type { ServerVersion } from '../support/postgres-programs.ts';
import { type PostgresServer, startOwnServer } from '../support/postgres-server.ts';
import { fingerprintsOf, type Lookup, namesOf, sessionSettingsOf, statementsOf } from '../support/sql-names.ts';
import { layTraps, trapped } from '../support/traps.ts';

/** npm has no PostgreSQL 12 for other machines than the one that CI runs on. */
const versions: readonly ServerVersion[] = process.platform === 'linux' && process.arch === 'x64' ? [18, 12] : [18];

/** Filters with every kind of condition. */
const everyCondition = [
  'status:failed !status:paused phase:execution table:brack*,cases,="x" !table:y worker:1,3..5,none id:1..99,7 since:1h wrong',
  'is:stalled,unresolved !is:marked kind:key by:ops2',
].map((text) =>
  filterOf(text, {
    ...noFacts,
    is: (name) => ({ kind: name === 'unresolved' ? 'failed-except' : 'only', ids: new Set([1, 2]) }),
  }),
);
const work = { phase: 'execution', tableName: 'brackets', operation: 'batch_migration', batchSize: 10 } as const;

const known = new Map<string, readonly Lookup[]>();

/** The names that a statement looks up, found once for all statements that differ only in their values. */
function lookupsOf(text: string): readonly Lookup[] {
  const key = text.includes('$$') ? text : text.replace(/'(?:[^']|'')*'/g, "''").replace(/\b\d+\b/g, '0');
  const lookups = known.get(key) ?? namesOf(text).lookups;
  known.set(key, lookups);
  return lookups;
}

describe.each(versions)('under a schema full of traps, on PostgreSQL %s', (version) => {
  let server: PostgresServer;
  let database: TestDatabase;
  let client: pg.Client;
  /** Where a log of the server was read to. */
  let readTo = 0;

  beforeAll(async () => {
    server = await startOwnServer({ version, settings: { log_statement: 'all', log_line_prefix: '%a|' } });
    database = await createDatabase({ serverUrl: server.url });
    client = await database.connect();
    const schema = await readSql('migration_control.sql');
    await client.query(`CREATE SCHEMA app; SET search_path = app; ${schema}; RESET search_path;
      CREATE VIEW app.control_view AS SELECT * FROM app.migration_control;
      CREATE TABLE app.control_copy AS SELECT * FROM app.migration_control`);
    expect(await layTraps(client)).toBeGreaterThan(5000);
  });
  afterAll(async () => {
    await database?.drop();
    await server?.destroy();
  });

  /** The text that the server has logged since the last call. */
  async function logged(): Promise<string> {
    const mark = randomUUID();
    await client.query(`SELECT '${mark}'`);
    await vi.waitUntil(() => server.log().includes(mark), { timeout: 20_000, interval: 10 });
    const all = server.log();
    const since = all.slice(readTo);
    readTo = all.length;
    return since;
  }

  // Where the traps hide the names of PostgreSQL, they are tried on both; on the other path PostgreSQL finds its own first.
  const paths = ['traps, app, pg_catalog', ...(version === 18 ? ['traps, app'] : [])];
  describe.each(paths)('the search path is %s', (path) => {
    let sent: string[] = [];
    let isRecording = false;
    const everSent = new Set<string>();

    beforeAll(() => database.query(`ALTER DATABASE ${database.name} SET search_path = ${path}`));
    beforeEach(async () => {
      await client.query(`SET search_path = pg_catalog; DROP TABLE IF EXISTS traps.migration_control;
        TRUNCATE app.migration_control RESTART IDENTITY`);
      await logged();
      sent = [];
      isRecording = true;
      // As it leaves: a statement with parameters is parsed first, all others are queries.
      const { query, parse } = pg.Connection.prototype;
      const own = connectionOf(client);
      const record = (connection: pg.Connection, text: string): void => {
        if (isRecording && connection !== own) sent.push(text);
      };
      vi.spyOn(pg.Connection.prototype, 'query').mockImplementation(function (this: pg.Connection, text) {
        record(this, text);
        query.call(this, text);
      });
      vi.spyOn(pg.Connection.prototype, 'parse').mockImplementation(function (this: pg.Connection, statement, more) {
        record(this, statement.text);
        parse.call(this, statement, more);
      });
    });
    afterEach(() => {
      isRecording = false;
      vi.restoreAllMocks();
      for (const text of sent) everSent.add(text);
    });

    /**
     * Nothing of the schema was called, and nothing could have been; and no session was left with another setting, which
     * behind a pooler is the next client's.
     *
     * @param settings those that it may be left with all the same
     */
    async function expectNothingCaught(settings: readonly string[] = []): Promise<void> {
      isRecording = false;
      const log = await logged();
      expect(log.match(trapped) ?? []).toEqual([]);
      expect([...new Set(sent)].flatMap((text) => lookupsOf(text).map(({ name }) => `${name} in ${text}`))).toEqual([]);
      expect(log.split('\n').filter((line) => /^migtop.*search_path/.test(line))).toEqual([]);
      expect([...new Set(sent.flatMap(sessionSettingsOf))].filter((name) => !settings.includes(name))).toEqual([]);
    }

    /** Live, paused, failed, pending and completed operations. */
    async function fill(): Promise<void> {
      await client.query(`INSERT INTO app.migration_control
        (phase, table_name, operation, status, records_processed, total_records, started_at, completed_at, error_message,
          batch_size, worker_id, source_query)
        SELECT 'execution', 'brackets', 'batch ' || n % 3, (ARRAY['running', 'paused', 'failed', 'pending', 'completed'])[1 + n % 5],
          n, 100, localtimestamp - interval '1 minute', CASE WHEN n % 5 IN (2, 4) THEN localtimestamp - interval '10 seconds' END,
          'what went wrong', 10, 1, 'SELECT 1' FROM generate_series(1, 20) AS n`);
    }

    async function opened<T>(named: string, use: (table: OpenedTable) => Promise<T>): Promise<T> {
      await using table = await openTable(database.url, named);
      return await use(table);
    }

    async function idOf(status: string): Promise<number> {
      const { rows } = await client.query<{ id: number }>(
        'SELECT id FROM app.migration_control WHERE status = $1 ORDER BY id LIMIT 1',
        [status],
      );
      return rows[0]?.id ?? 0;
    }

    it('catches a name that is not written in full', async () => {
      isRecording = false;
      await fill();
      const other = await database.connect();
      for (const sql of [
        "SELECT FROM app.migration_control WHERE status = 'running'::pg_catalog.text",
        'SELECT pg_catalog.count(*) FROM app.migration_control WHERE id IN (1, 2::bigint)',
        'SELECT left(phase, 1) FROM app.migration_control',
        'SELECT oid::pg_catalog.text FROM pg_class',
        "SELECT 'a'::text",
        'SELECT concat_ws(phase, id, 1, status) FROM app.migration_control',
      ]) {
        // Where PostgreSQL's own schema comes first, only what fits better than its own is caught.
        if (path !== 'traps, app' || sql.includes('status =') || sql.includes('left')) {
          await expect(other.query(sql), sql).rejects.toThrow(/TRAP|type trigger/);
        }
      }
      expect((await logged()).match(trapped)).not.toBeNull();
      await other.end();
    });

    it('the monitor searches for a table in other schemas', async () => {
      await expect(openTable(database.url, 'nowhere.migration_control')).rejects.toThrow('app.migration_control');
      await expectNothingCaught();
    });

    it.each(['app.migration_control', 'migration_control', 'app.control_view', 'app.control_copy'])(
      'the monitor watches %s',
      async (named) => {
        await fill();
        await opened(named, async (table) => {
          await table.poll([1]);
          while ((await table.work()) !== null);
          await client.query(
            "UPDATE app.migration_control SET records_processed = records_processed + 1 WHERE status = 'running'",
          );
          await client.query("DELETE FROM app.migration_control WHERE status = 'completed'");
          await table.poll([2]);
          while ((await table.work()) !== null);
          await table.inspect();
          await table.report();
          for (const direction of ['older', 'newer'] as const) {
            await table.page({ direction, from: null, filter: unfiltered, limit: 5 });
            for (const filter of everyCondition) await table.page({ direction, from: 10, filter, limit: 5 });
          }
          const failed = await idOf('failed');
          const [detail, text] = [await table.detail(failed), await table.text(failed, 'errorMessage', 'end')];
          if (named !== 'app.control_copy') {
            expect(detail?.operation.status).toBe('failed');
            expect(text?.window.chunks).toEqual(['what went wrong']);
          }
          await table.activity();
          expect(await table.lastActors()).toEqual([]);
          expect(await table.watchers()).toEqual([]);
          for (const since of ['1h', '2', '22:00', '2026-01-01 00:00']) await table.restrict(parseSince(since));
          await table.poll([]);
          while ((await table.work()) !== null);
        });
        await expectNothingCaught();
      },
    );

    /** Runs one of the files of sql/options for the table `app.migration_control`, as psql does. */
    async function runOption(file: string): Promise<void> {
      const text = (await readSql(`options/${file}.sql`))
        .replace("migtop.control_table = 'migration_control'", "migtop.control_table = 'app.migration_control'")
        .replace(/^(CREATE INDEX .* ON )migration_control/gm, '$1app.migration_control')
        .replace("''migration_control''", "''app.migration_control''");
      const owner = await database.connect();
      for (const statement of statementsOf(text)) await owner.query(statement);
      await owner.end();
    }

    /** @param isLocked whether another session holds the row once, which costs two seconds */
    async function useKeys(isLocked: boolean): Promise<void> {
      await fill();
      await opened('app.migration_control', async (table) => {
        const { operations } = await table.poll([]);
        const running = operations.find(({ status }) => status === 'running');
        if (running === undefined) throw new Error('Nothing is running.');
        const pause = decide('pause', running);
        if (pause.kind !== 'allowed') throw new Error(pause.reason.kind);
        const done = await table.act(pause.transition);
        expect(done.kind).toBe('applied');
        expect((await table.act(pause.transition)).kind).toBe('stale');
        if (done.kind === 'applied') {
          expect((await table.act(undoOf(pause.transition, done.version, done.hadCompletedAt))).kind).toBe('applied');
        }
        const skip = {
          ...pause.transition,
          id: await idOf('failed'),
          identity: null,
          from: 'failed',
          to: 'skipped',
          completedAt: 'set',
        } as const;
        expect((await table.act(skip)).kind).toBe('applied');
        expect((await table.act({ ...skip, id: 9999 })).kind).toBe('gone');
        const many = planBulk('pause', (await table.poll([])).operations);
        const changed = await table.actMany(many.changes, { action: 'pause', reason: null });
        expect(changed.map(({ outcome }) => outcome.kind)).toContain('applied');
        await client.query(`INSERT INTO app.migration_control (phase, table_name, operation, status, source_query)
          VALUES ('execution', 'judges', 'copy', 'failed', 'SELECT 2 LIMIT 10')`);
        const failed = (await table.poll([])).failures.filter(({ tableName }) => tableName === 'judges');
        const retries = planRetries(failed).changes;
        const retried = await table.retryMany(retries, { action: 'retry', reason: null });
        expect(retried.map(({ outcome }) => outcome.kind)).toContain('applied');
        expect(await whyNoInsert(table)).toBeNull();
        const [skippable] = (await table.poll([])).failures;
        if (skippable !== undefined) await table.skipCost(skippable);
        if (!isLocked) return;
        const again = {
          ...pause.transition,
          id: await idOf('paused'),
          identity: null,
          from: 'paused',
          to: 'running',
        } as const;
        await table.act(again);
        await client.query(`BEGIN; UPDATE app.migration_control SET batch_size = 1 WHERE id = ${running.id}`);
        expect((await table.act(pause.transition)).kind).toBe('locked');
        await client.query('ROLLBACK');
      });
    }

    it('an operator pauses, skips, undoes and is too late, with the local audit', async () => {
      await useKeys(false);
      await opened('app.migration_control', async (table) => {
        const { failures } = await table.poll([]);
        const seen = failures.map((failure) => ({ ...failure, failedAt: failure.completedAt }));
        expect(await table.accept(seen, 'known', true)).toMatchObject({ applied: seen, isLocal: true });
        expect(await table.actionsOn(seen[0]?.id ?? 0)).not.toEqual([]);
        const ids = failures.map(({ id }) => id);
        expect(await table.passing({ terms: [] }, ids)).toEqual(expect.arrayContaining(ids));
      });
      await expectNothingCaught();
    });

    it('the options are installed, again, are used, and are removed', async () => {
      for (const option of ['guard', 'audit', 'indexes']) {
        await runOption(option);
        await runOption(option);
      }
      await useKeys(true);
      expect((await client.query('SELECT FROM app.migtop_audit')).rowCount).toBeGreaterThan(4);
      await opened('app.migration_control', async (table) => {
        const snapshot = await table.poll([]);
        const seen = snapshot.failures.map((failure) => ({ ...failure, failedAt: failure.completedAt }));
        expect(await table.accept(seen, 'known', true)).toMatchObject({ applied: seen, changed: 0 });
        while ((await table.work()) !== null);
        const { triage } = await table.poll([]);
        expect([triage?.unresolved, (triage?.accepted ?? 0) > 0]).toEqual([0, true]);
        expect(await table.activity()).not.toEqual([]);
        expect(await table.lastActors()).not.toEqual([]);
        expect([table.target.audit, table.target.guarded]).toEqual(['app.migtop_audit', true]);
        await table.report();
      });
      await client.query(
        'TRUNCATE app.migration_control; ALTER TABLE app.migtop_audit DISABLE TRIGGER ALL; DELETE FROM app.migtop_audit',
      );
      for (const option of ['guard-remove', 'audit-remove', 'indexes-remove']) await runOption(option);
      isRecording = false;
      expect((await logged()).match(trapped) ?? []).toEqual([]);
    });

    it('init creates the table in the first schema of the search path, and leaves an existing one unchanged', async () => {
      for (const _ of ['created', 'left']) {
        const run = await runCommand(['init', '--apply', database.url]);
        expect(run.code, run.stderr).toBe(0);
      }
      expect((await client.query("SELECT 'traps.migration_control'::regclass")).rowCount).toBe(1);
      await client.query('DROP TABLE traps.migration_control');
      isRecording = false;
      expect((await logged()).match(trapped) ?? []).toEqual([]);
    });

    it('status prints the figures, and an error if there is no table', async () => {
      await fill();
      const each = [['status', '--json'], ['status'], ['status', '--table', 'nowhere.migration_control']];
      const runs = await Promise.all(each.map((args) => runCommand([...args, database.url])));
      expect(
        runs.map(({ code }) => code),
        runs.map(({ stderr }) => stderr).join(''),
      ).toEqual([0, 0, 5]);
      await expectNothingCaught();
    });

    it.each(['overall-progress', 'table-status', 'error-analysis', 'performance'])(
      'the report %s is read',
      async (report) => {
        await fill();
        const reader = await database.connect();
        await reader.query(await readSql(`reports/${report}.sql`));
        await reader.end();
        isRecording = false;
        expect((await logged()).match(trapped) ?? []).toEqual([]);
      },
    );

    /** Every function of the library, in an order in which each finds something to do. */
    async function workAll<Db extends Queryable>(
      control: MigrationControl<Db>,
      rival: MigrationControl<Db>,
    ): Promise<void> {
      await client.query(`INSERT INTO app.migration_control (phase, table_name, operation, status, source_query)
        VALUES ('execution', 'cases', 'queued', 'pending', 'SELECT 2'), ('execution', 'cases', 'queued', 'pending', NULL)`);
      const claimed = await control.claimNext({ phase: 'execution', tableName: 'cases', operation: 'queued' });
      if (claimed === null) throw new Error('Nothing was claimed.');
      await control.updateMigrationProgress(claimed.id, 5);
      await control.releaseOperation(claimed.id);
      expect(await control.claimNext({})).not.toBeNull();
      const started = await control.startOperation({ ...work, totalRecords: 20, sourceQuery: 'SELECT 1' });
      expect((await control.updateMigrationProgress(started.id, 10)).answer).toBe('continue');
      expect(await control.waitWhilePaused(started.id)).toBe('continue');
      await control.failOperation(started.id, new Error('lost'), { recordsProcessed: 10 });
      const retried = await control.retryOperation(started.id);
      expect((await control.retryOperation(started.id)).kind).toBe('open');
      if (retried.kind !== 'started') throw new Error(retried.kind);
      await rival.takeOver(retried.operation.id, { from: 1 });
      await rival.completeOperation(retried.operation.id, { recordsProcessed: 20, totalRecords: 20 });
      expect((await control.retryOperation(started.id)).kind).toBe('done');
      await control.getMigrationStatus('execution');
      await control.findIncompleteOperations({ phase: 'execution', tableName: 'cases', workerId: 1 });
      // The retry repeated all of the work.
      expect(await control.resumeFromLastCheckpoint('brackets')).toBe(20);
    }

    /** Batch after batch of new work, of work that is known by its query, and of an operation that was claimed. */
    async function runAll<Db extends Queryable>(
      control: MigrationControl<Db>,
      more: { transaction?: <T>(work: (tx: never) => Promise<T>) => Promise<T> } = {},
    ): Promise<void> {
      const migrateBatch = async ({ offset }: { offset: number }) => (offset >= 20 ? 0 : 10);
      const options = { migrateBatch, ...(more as object) };
      const start = { ...work, tableName: 'tables', sourceQuery: 'SELECT 3' };
      expect((await control.runBatches({ ...options, start })).kind).toBe('completed');
      expect(
        (await control.runBatches({ ...options, start: { ...start, tableName: 'more' }, checkpoint: 'operation' }))
          .kind,
      ).toBe('completed');
      const operation = await control.startOperation({ ...start, tableName: 'known' });
      expect((await control.runBatches({ ...options, operation })).kind).toBe('completed');
    }

    it('a worker makes every call, on its own connection', async () => {
      const own = await database.connect();
      try {
        const control = createMigrationControl(own, { workerId: 1, table: 'app.migration_control' });
        await workAll(control, createMigrationControl(own, { workerId: 2 }));
        await runAll(control);
      } finally {
        await own.end();
      }
      await expectNothingCaught(['application_name']);
    });

    it('a worker makes every call, on a pool', async () => {
      const pool = new pg.Pool({ connectionString: database.url, max: 2 });
      try {
        const control = createMigrationControl(pool, { workerId: 1 });
        await workAll(control, createMigrationControl(pool, { workerId: 2 }));
        await runAll(control, { transaction: poolTransaction(pool) as never });
      } finally {
        await pool.end();
      }
      await expectNothingCaught(['application_name']);
    });

    it("a worker makes every call in its caller's transaction, whose search path does not change", async () => {
      const own = await database.connect();
      try {
        await own.query('BEGIN');
        const before = await own.query('SHOW search_path');
        const control = createMigrationControl(own, { workerId: 1 });
        await workAll(control, createMigrationControl(own, { workerId: 2 }));
        expect((await own.query('SHOW search_path')).rows).toEqual(before.rows);
        await own.query('COMMIT');
      } finally {
        // Otherwise the locks of its transaction keep the next test waiting.
        await own.end();
      }
      sent = sent.filter((text) => text !== 'SHOW search_path');
      await expectNothingCaught(['application_name']);
    });

    it('every query of the program and of the library is run, directly if no test above has sent it', async () => {
      const table = 'app.migration_control';
      const known = new Set([...everSent].flatMap(fingerprintsOf));
      // As the program writes them for this server: with the time zone of its table.
      const options = await opened(table, async ({ target }) => ({ ...target, audit: 'app.migtop_audit' }));
      const texts = [
        ...(await namesIn('queries/')).map((name) => sqlFor(name as QueryName, table, options)),
        ...(await namesIn('queries/worker/')).map((name) => statementFor(name as StatementName, table)),
      ];
      const unsent = texts.filter((text) => !fingerprintsOf(text).every((one) => known.has(one)));
      // Else the recording has come apart, and says nothing.
      expect(unsent.length).toBeLessThan(texts.length / 2);
      const reader = await database.connect();
      for (const text of unsent) {
        const parameters = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
        await reader.query('BEGIN');
        // Without values it may fail, as long as it is none of the traps that ends it.
        await reader.query(text, Array(parameters).fill(null)).catch(() => {});
        await reader.query('ROLLBACK');
      }
      await reader.end();
      await expectNothingCaught(['application_name']);
    });
  });
});

/** The files of a folder of `sql`, without their ending. */
async function namesIn(path: string): Promise<string[]> {
  const names = await readdir(new URL(`../../sql/${path}`, import.meta.url));
  return names.filter((name) => name.endsWith('.sql')).map((name) => name.slice(0, -'.sql'.length));
}
