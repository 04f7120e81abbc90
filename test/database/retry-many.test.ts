import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { outcomeCounts, planRetries, type RowOutcome, undoOfBulk } from '../../source/domain/bulk-actions.ts';
import type { Status } from '../../source/domain/operation.ts';
import { createMigrationControl, poolTransaction } from '../../source/worker/index.ts';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let table: OpenedTable;
let pool: pg.Pool;

beforeEach(async () => {
  database = await createDatabase({ schema: true });
  table = await openTable(database.url);
  pool = new pg.Pool({ connectionString: database.url });
});
afterEach(async () => {
  await pool.end();
  await table.close();
  await database.drop();
});

interface Row {
  readonly id: number;
  readonly operation: string;
  readonly status: Status;
  readonly table: string;
  readonly validation: string | null;
  readonly version: string;
  readonly identity: string;
}

async function rows(): Promise<Row[]> {
  return (
    await database.query<Row>(
      `SELECT id, operation, status, table_name AS table, validation_query AS validation, xmin::text AS version,
        left(md5(concat_ws(chr(31), phase, table_name, operation)), 12) AS identity
       FROM migration_control ORDER BY id`,
    )
  ).rows;
}

async function insert(status: Status, given: { query?: string | null; operation?: string; validation?: string } = {}) {
  const { rows: added } = await database.query<{ id: number }>(
    `INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, started_at,
       completed_at, error_message, batch_size, worker_id, source_query, validation_query)
     VALUES ('execution', 'brackets', $2, $1::text, 300, 1000, localtimestamp - interval '1 hour',
       CASE WHEN $1::text = ANY ('{failed,completed}') THEN localtimestamp END, 'lost', 100, 2, $3, $4) RETURNING id`,
    [
      status,
      given.operation ?? 'copy',
      given.query === undefined ? 'SELECT * FROM b WHERE id BETWEEN 1 AND 1000' : given.query,
      given.validation ?? null,
    ],
  );
  return Number(added[0]?.id);
}

/** The plan to retry operations, of all rows if none are named, as they are now. */
async function planOf(...ids: number[]) {
  const all = await rows();
  const wanted = ids.length === 0 ? all : all.filter(({ id }) => ids.includes(id));
  return planRetries(
    wanted.map((row) => ({
      ...row,
      phase: 'execution',
      tableName: row.table,
      startedAt: null,
      completedAt: null,
    })),
  );
}

async function retry(...ids: number[]): Promise<readonly RowOutcome[]> {
  const { changes } = await planOf(...ids);
  return table.retryMany(changes, { action: 'retry', reason: 'the parents are there' });
}

const kinds = (outcomes: readonly RowOutcome[]) => Object.fromEntries(outcomeCounts(outcomes));

describe.each<[where: string, install: string | null]>([
  ['a local audit', null],
  ['an audit table', 'options/audit.sql'],
])('a retry with %s', (_, install) => {
  beforeEach(async () => {
    if (install === null) return;
    await database.query(await readSql(install));
    await table.inspect();
  });

  it('adds a pending operation of the same work, and records it', async () => {
    const failed = await insert('failed', { validation: 'SELECT count(*) FROM b' });
    const before = await rows();
    const [done] = await retry(failed);
    const after = await rows();
    expect(done?.outcome).toMatchObject({
      kind: 'applied',
      added: { id: failed + 1, version: after[1]?.version, identity: after[1]?.identity },
    });
    expect({ ...after[0], version: null }).toEqual({ ...before[0], version: null });
    const { rows: added } = await database.query('SELECT * FROM migration_control WHERE id = $1', [failed + 1]);
    expect(added[0]).toMatchObject({
      phase: 'execution',
      table_name: 'brackets',
      operation: `retry_batch_${failed}`,
      status: 'pending',
      records_processed: 0,
      total_records: 1000,
      batch_size: 100,
      source_query: 'SELECT * FROM b WHERE id BETWEEN 1 AND 1000',
      validation_query: 'SELECT count(*) FROM b',
      started_at: null,
      completed_at: null,
      worker_id: null,
      error_message: null,
    });
    expect((await table.activity())[0]).toMatchObject({
      action: 'retry',
      operationId: failed,
      fromStatus: 'failed',
      toStatus: 'pending',
      reason: 'the parents are there',
      outcome: 'applied',
      ...(install === null ? {} : { identity: before[0]?.identity }),
    });
  });

  it('is refused while another attempt is open, and after one was completed', async () => {
    const failed = await insert('failed');
    expect(kinds(await retry(failed))).toEqual({ applied: 1 });
    expect((await retry(failed))[0]?.outcome).toEqual({
      kind: 'refused',
      reason: `already has attempt ${failed + 1}`,
    });
    await database.query("UPDATE migration_control SET status = 'completed' WHERE id = $1", [failed + 1]);
    expect((await retry(failed))[0]?.outcome).toEqual({
      kind: 'refused',
      reason: `already completed by operation ${failed + 1}`,
    });
    await database.query("UPDATE migration_control SET status = 'failed' WHERE id = $1", [failed + 1]);
    expect(kinds(await retry(failed))).toEqual({ applied: 1 });
    expect(await rows()).toHaveLength(3);
  });

  it('is made once if several sessions retry at the same moment', async () => {
    for (let n = 0; n < 20; n++) await insert('failed', { query: `SELECT * FROM b WHERE id = ${n}` });
    const others = await Promise.all(Array.from({ length: 4 }, () => openTable(database.url)));
    const { changes } = await planOf();
    const outcomes = await Promise.all(
      others.map((other) => other.retryMany(changes, { action: 'retry', reason: null })),
    );
    for (const other of others) await other.close();
    expect(outcomes.flat().filter(({ outcome }) => outcome.kind === 'applied')).toHaveLength(20);
    const names = (await rows()).map(({ operation }) => operation).filter((name) => name.startsWith('retry'));
    expect(names).toHaveLength(20);
    expect(new Set(names).size).toBe(20);
  });
});

describe('a retry', () => {
  it.each<[what: string, validation: string | undefined, operation: string]>([
    ['retries', undefined, 'retry_batch_'],
    ['marked operations', '/* migtop run=nightly counts=own from=0 of=operation */', 'batch_'],
  ])('is refused after a completed one, with more %s since than are read', async (_, validation, operation) => {
    const failed = await insert('failed', { query: 'SELECT * FROM b WHERE id = 1' });
    await retry(failed);
    await database.query("UPDATE migration_control SET status = 'completed' WHERE id > $1", [failed]);
    await database.query(
      `INSERT INTO migration_control (phase, table_name, operation, status, batch_size, source_query, validation_query)
       SELECT 'execution', 'brackets', $1 || (500000 + n), 'completed', 100, 'SELECT * FROM c WHERE id = ' || n, $2
       FROM generate_series(1, 3100) AS n`,
      [operation, validation ?? null],
    );
    expect((await retry(failed))[0]?.outcome).toEqual({
      kind: 'refused',
      reason: `already completed by operation ${failed + 1}`,
    });
  });

  it('is refused after a completed retry of its retry, whatever their source queries', async () => {
    const failed = await insert('failed', { query: null });
    await retry(failed);
    await database.query("UPDATE migration_control SET status = 'failed' WHERE id > $1", [failed]);
    const again = await insert('completed', {
      query: null,
      operation: 'again',
      validation: `/* migtop run=- counts=own repeats=${failed + 1} */`,
    });
    await database.query(
      `INSERT INTO migration_control (phase, table_name, operation, status)
       SELECT 'execution', 'brackets', 'retry_' || n, 'completed' FROM generate_series(1, 2100) AS n`,
    );
    expect((await retry(failed))[0]?.outcome).toEqual({
      kind: 'refused',
      reason: `already completed by operation ${again}`,
    });
  });

  it('of many is made of each, also if the attempts are read once for many of them', async () => {
    await database.query(
      `INSERT INTO migration_control (phase, table_name, operation, status, batch_size, source_query)
       SELECT 'execution', 'brackets', 'copy', 'failed', 100, 'SELECT * FROM b WHERE id = ' || n
       FROM generate_series(1, 1050) AS n`,
    );
    expect(kinds(await retry())).toEqual({ applied: 1050 });
    const last = Array.from({ length: 100 }, (_, index) => index + 951);
    expect(kinds(await retry(...last))).toEqual({ refused: 100 });
  });

  it.each([
    ['a query with a parameter', 'SELECT * FROM b WHERE id > $1 LIMIT $2'],
    ['a query without a range', 'SELECT * FROM b'],
  ])('of many batches of %s is made of each', async (_, query) => {
    await database.query(
      `INSERT INTO migration_control (phase, table_name, operation, status, total_records, batch_size, source_query)
       SELECT 'execution', 'brackets', 'batch_' || n, 'failed', 100000, 100, $1 FROM generate_series(1, 250) AS n`,
      [query],
    );
    expect(kinds(await retry())).toEqual({ applied: 250 });
  });

  it('is made in a partitioned table, and can be undone', async () => {
    await database.query(
      `ALTER TABLE migration_control RENAME TO plain;
       CREATE TABLE migration_control (LIKE plain INCLUDING DEFAULTS INCLUDING CONSTRAINTS, PRIMARY KEY (id)) PARTITION BY RANGE (id);
       CREATE TABLE part PARTITION OF migration_control DEFAULT`,
    );
    await table.inspect();
    const failed = await insert('failed');
    const outcomes = await retry(failed);
    const [, added] = await rows();
    expect(outcomes[0]?.outcome).toMatchObject({ kind: 'applied', added: { id: added?.id, version: added?.version } });
    expect(kinds(await table.actMany(undoOfBulk(outcomes), { action: 'undo', reason: null }))).toEqual({ applied: 1 });
  });

  it.each([
    [
      'completes the new operation',
      'BEFORE INSERT',
      "NEW.status := 'completed'; RETURN NEW;",
      'makes the new operation completed',
    ],
    [
      'deletes the new operation',
      'AFTER INSERT',
      'DELETE FROM migration_control WHERE id = NEW.id; RETURN NULL;',
      'deletes the new operation',
    ],
    [
      'changes the failed operation',
      'AFTER UPDATE',
      "IF NEW.status = 'failed' THEN UPDATE migration_control SET status = 'skipped' WHERE id = NEW.id; END IF; RETURN NULL;",
      'makes it skipped',
    ],
  ])('is undone for a row if a trigger %s', async (_what, event, body, effect) => {
    const first = await insert('failed', { query: 'SELECT * FROM b WHERE id = 1' });
    const second = await insert('failed', { query: 'SELECT * FROM b WHERE id = 2' });
    const condition = event === 'AFTER UPDATE' ? `NEW.id = ${first}` : `NEW.operation = 'retry_batch_${first}'`;
    await database.query(`
      CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} END $$;
      CREATE TRIGGER act ${event} ON migration_control FOR EACH ROW WHEN (${condition}) EXECUTE FUNCTION act()`);
    const outcomes = await retry(first, second);
    expect(outcomes.map(({ outcome }) => outcome)).toMatchObject([
      { kind: 'refused', reason: `a trigger on the table ${effect}` },
      { kind: 'applied' },
    ]);
    expect((await rows()).map(({ operation, status }) => [operation, status])).toEqual([
      ['copy', 'failed'],
      ['copy', 'failed'],
      [`retry_batch_${second}`, 'pending'],
    ]);
  });

  it('is refused if another attempt began since the attempts were read', async () => {
    const query = (n: number) => `SELECT * FROM b WHERE id = ${n}`;
    const firsts: number[] = [];
    for (let n = 0; n < 103; n++) firsts.push(await insert('failed', { query: query(n) }));
    const [resumed, repeated, alike] = firsts.slice(-3);
    const attempt = await insert('failed', { query: query(100) });
    const failedRetry = await insert('failed', { query: null, operation: `retry_batch_${repeated}` });
    // The first hundred are retried before the others: then other sessions act.
    await database.query(
      `CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         UPDATE migration_control SET status = 'running' WHERE id = ${attempt};
         INSERT INTO migration_control (phase, table_name, operation, status)
           VALUES ('execution', 'brackets', 'retry_batch_${failedRetry}', 'pending');
         INSERT INTO migration_control (phase, table_name, operation, status, source_query)
           VALUES ('execution', 'brackets', 'copy', 'pending', '${query(102)}');
         RETURN NULL;
       END $$;
       CREATE TRIGGER act AFTER INSERT ON migration_control FOR EACH ROW
         WHEN (NEW.operation = 'retry_batch_${firsts[0]}') EXECUTE FUNCTION act()`,
    );
    const outcomes = await retry(...firsts);
    const refusals = outcomes.filter(({ outcome }) => outcome.kind !== 'applied');
    expect(refusals.map(({ change, outcome }) => [change.transition.id, outcome])).toEqual([
      [resumed, { kind: 'refused', reason: `already has attempt ${attempt}` }],
      [repeated, { kind: 'refused', reason: expect.stringMatching(/^already has attempt \d+$/) }],
      [alike, { kind: 'refused', reason: expect.stringMatching(/^already has attempt \d+$/) }],
    ]);
  });

  it('needs a mark if neither the source query nor the name connects the two', async () => {
    const failed = await insert('failed', { query: null });
    await retry(failed);
    const [, added] = await rows();
    expect(added?.validation).toBe(`/* migtop run=- counts=own repeats=${failed} */`);
    expect((await retry(failed))[0]?.outcome).toMatchObject({ kind: 'refused' });
  });

  it('is made once for several operations of one work, whatever connects them', async () => {
    const placed = '/* migtop run=- counts=own from=0 */';
    const first = await insert('failed', { query: null, validation: placed });
    const second = await insert('failed', { query: null, validation: placed });
    const other = await insert('failed', { query: 'SELECT * FROM b WHERE id = 1' });
    const asked = (await planOf()).changes;
    const refusals = new Map([[second, `is the same work as operation ${first}`]]);
    expect(await table.retryRefusals(asked)).toEqual(refusals);
    expect(await table.retryRefusals(asked.toReversed())).toEqual(refusals);
    const outcomes = await retry(first, second, other);
    expect(outcomes.map(({ change }) => change.transition.id)).toEqual([first, second, other]);
    expect(outcomes.map(({ outcome }) => outcome)).toMatchObject([
      { kind: 'applied', added: { id: 4 } },
      { kind: 'refused', reason: 'already has attempt 4' },
      { kind: 'applied', added: { id: 5 } },
    ]);
    expect(await rows()).toHaveLength(5);
  });

  it('is possible for the batches of one query with a parameter, each by itself', async () => {
    const query = 'SELECT * FROM b WHERE id > $1 LIMIT $2';
    const first = await insert('failed', { query, operation: 'batch_1' });
    await insert('completed', { query, operation: 'batch_2' });
    await insert('running', { query, operation: 'batch_3' });
    const second = await insert('failed', { query, operation: 'batch_4' });
    expect(kinds(await retry(first, second))).toEqual({ applied: 2 });
    expect(kinds(await retry(first, second))).toEqual({ refused: 2 });
  });

  it('is possible for a skipped operation, and for no other', async () => {
    await insert('skipped');
    for (const status of ['pending', 'running', 'paused', 'completed'] as const)
      await insert(status, { query: `SELECT ${status}` });
    const plan = await planOf();
    expect(plan.changes.map(({ transition }) => transition.from)).toEqual(['skipped']);
    expect(plan.refused).toHaveLength(4);
    expect(kinds(await retry())).toEqual({ applied: 1 });
  });

  it('is not made of a row that has changed since', async () => {
    const failed = await insert('failed');
    const { changes } = await planOf(failed);
    await database.query("UPDATE migration_control SET status = 'running' WHERE id = $1", [failed]);
    const [done] = await table.retryMany(changes, { action: 'retry', reason: null });
    expect(done?.outcome).toEqual({ kind: 'stale', actual: 'running' });
    expect(await rows()).toHaveLength(1);
  });

  it('is undone by taking it out of the queue, unless it was claimed', async () => {
    const [first, second] = [
      await insert('failed', { query: 'SELECT 1' }),
      await insert('failed', { query: 'SELECT 2' }),
    ];
    const done = await retry(first, second);
    await database.query("UPDATE migration_control SET status = 'running' WHERE operation = $1", [
      `retry_batch_${second}`,
    ]);
    const undone = await table.actMany(undoOfBulk(done), { action: 'undo', reason: null });
    expect(undone.map(({ outcome }) => outcome.kind)).toEqual(['applied', 'stale']);
    expect((await rows()).map(({ status }) => status)).toEqual(['failed', 'failed', 'skipped', 'running']);
  });

  it.each([
    ['SELECT, UPDATE', 'no INSERT privilege', 'INSERT ON public.migration_control', 'kind refused'],
    [
      'SELECT, UPDATE, INSERT',
      'no USAGE privilege on the sequence public.migration_control_id_seq',
      'USAGE ON SEQUENCE public.migration_control_id_seq',
      'kind applied',
    ],
  ])('of a role with %s says: %s, and the GRANT', async (grant, problem, missing, then) => {
    const failed = await insert('failed');
    const url = await database.role({ grants: [`${grant} ON migration_control`] });
    await using limited = await openTable(url);
    const { changes } = await planOf(failed);
    const retried = async () => (await limited.retryMany(changes, { action: 'retry', reason: null }))[0]?.outcome;
    const asked = `GRANT ${missing} TO ${new URL(url).username}`;
    expect(await retried()).toEqual({ kind: 'refused', reason: `${problem}. Ask the owner for: ${asked}` });
    await database.query(asked);
    expect(`kind ${(await retried())?.kind}`).toBe(then);
  });

  it('is claimed by a worker, which continues where the failed attempt ended', async () => {
    const start = {
      phase: 'execution',
      tableName: 'brackets',
      operation: 'copy',
      batchSize: 100,
      totalRecords: 1000,
      sourceQuery: 'SELECT * FROM dispatch_bracket',
      validationQuery: 'SELECT count(*) FROM brackets',
    } as const;
    const control = createMigrationControl(pool, { workerId: 1, run: 'dispatch' });
    const transaction = poolTransaction(pool);
    const failed = await control.runBatches({
      start,
      transaction,
      checkpoint: 'operation',
      async migrateBatch({ offset }) {
        if (offset >= 300) throw new Error('no parent');
        return 100;
      },
    });
    if (failed.kind !== 'failed') expect.fail(failed.kind);
    expect(kinds(await retry(failed.operation.id))).toEqual({ applied: 1 });
    const other = createMigrationControl(pool, { workerId: 2, run: 'dispatch' });
    const operation = await other.claimNext({ phase: 'execution' });
    if (operation === null) expect.fail('nothing to claim');
    expect(operation.operation).toBe(`retry_batch_${failed.operation.id}`);
    const offsets: number[] = [];
    const outcome = await other.runBatches({
      operation,
      transaction,
      async migrateBatch({ offset }) {
        offsets.push(offset);
        return offset >= 1000 ? 0 : 100;
      },
    });
    expect(offsets[0]).toBe(300);
    expect(outcome).toMatchObject({ kind: 'completed', records: 1000 });
    // The library sees the same attempts.
    expect((await control.retryOperation(failed.operation.id)).kind).toBe('done');
  });

  it('waits while another session adds operations to the table, and says so if that does not end', async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const key = "hashtextextended('migtop execution brackets', 0)";
    const failed = await insert('failed');
    await client.query(`BEGIN; SELECT pg_advisory_xact_lock(${key})`);
    const [refused] = await retry(failed);
    expect(refused?.outcome).toEqual({
      kind: 'refused',
      reason: 'another session is adding operations to its table. Try again',
    });
    const retrying = retry(failed);
    // Longer than a message waits for a row's lock.
    await client.query('SELECT pg_sleep(1)');
    await client.query('COMMIT');
    expect(kinds(await retrying)).toEqual({ applied: 1 });
    await client.end();
  });
});
