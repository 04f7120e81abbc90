import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type Change,
  outcomeCounts,
  type Rewrite,
  type RowOutcome,
  undoOfBulk,
} from '../../source/domain/bulk-actions.ts';
import type { Status } from '../../source/domain/operation.ts';
import { createMigrationControl, type MigrationControl } from '../../source/worker/index.ts';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let table: OpenedTable;
let worker: MigrationControl;
let other: MigrationControl;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  table = await openTable(database.url);
  worker = createMigrationControl(await database.connect(), { workerId: 7, run: 'dispatch' });
  other = createMigrationControl(await database.connect(), { workerId: 8, run: 'dispatch' });
});
afterEach(() => database.query('TRUNCATE migration_control'));
afterAll(async () => {
  await table.close();
  await database.drop();
});

/** A running operation of worker 7 with a mark and some records. */
async function begun(records = 300): Promise<number> {
  const { id } = await worker.startOperation({
    phase: 'execution',
    tableName: 'brackets',
    operation: 'copy',
    batchSize: 100,
    totalRecords: 1000,
    validationQuery: 'SELECT count(*) FROM brackets',
  });
  await worker.updateMigrationProgress(id, records);
  await database.query(
    `UPDATE migration_control SET started_at = localtimestamp - interval '10 minutes', error_message = 'of before' WHERE id = $1`,
    [id],
  );
  return id;
}

const rowOf = async (id: number): Promise<Record<string, unknown>> =>
  (
    await database.query<{ row: Record<string, unknown> }>(
      'SELECT to_jsonb(t) AS row FROM migration_control AS t WHERE id = $1',
      [id],
    )
  ).rows[0]?.row ?? {};

async function change(id: number, to: Status | null, rewrite: Rewrite): Promise<Change> {
  const { rows } = await database.query<{ status: Status; version: string; identity: string }>(
    `SELECT status, xmin::text AS version, left(md5(concat_ws(chr(31), phase, table_name, operation)), 12) AS identity
     FROM migration_control WHERE id = $1`,
    [id],
  );
  const [{ status, version, identity } = { status: 'running' as const, version: '', identity: '' }] = rows;
  const isSize = rewrite.kind === 'batch size';
  return {
    transition: { id, from: status, to: to ?? status, completedAt: 'keep', version: isSize ? null : version, identity },
    tableName: 'brackets',
    seenVersion: version,
    rewrite,
  };
}

const takeOver = (id: number): Promise<Change> => change(id, 'pending', { kind: 'requeue', before: null });
const resize = (id: number, from: number | null, to: number): Promise<Change> =>
  change(id, null, { kind: 'batch size', from, to });
const write = (changes: readonly Change[], action: string) =>
  table.rewriteMany(changes, { action, reason: 'host died' });
const kinds = (outcomes: readonly RowOutcome[]) => Object.fromEntries(outcomeCounts(outcomes));

describe.each<[where: string, install: string | null]>([
  ['a local audit', null],
  ['an audit table', 'options/audit.sql'],
])('with %s', (_, install) => {
  beforeAll(async () => {
    if (install === null) return;
    await database.query(await readSql(install));
    await table.inspect();
  });

  it('a take over clears what would later read as a figure, keeps the counter, and is recorded', async () => {
    const id = await begun();
    const taken = await write([await takeOver(id)], 'takeover');
    expect(kinds(taken)).toEqual({ applied: 1 });
    const row = await rowOf(id);
    expect(row).toMatchObject({
      status: 'pending',
      worker_id: null,
      started_at: null,
      completed_at: null,
      error_message: null,
      records_processed: 300,
      batch_size: 100,
    });
    expect(row.validation_query).toMatch(
      /^SELECT count\(\*\) FROM brackets \/\* migtop run=dispatch counts=own worked=(59\d|60\d)\.\d{3} \*\/$/,
    );
    const [entry] = await table.activity();
    expect(entry).toMatchObject({ action: 'takeover', operationId: id, fromStatus: 'running', toStatus: 'pending' });
    expect(entry).toMatchObject({ reason: 'host died', outcome: 'applied', row: { status: 'pending' } });
  });

  it('the old worker is refused when it comes back, also after another worker has claimed the operation', async () => {
    const id = await begun();
    await write([await takeOver(id)], 'takeover');
    expect(await worker.updateMigrationProgress(id, 400)).toEqual({ answer: 'stop', status: 'pending' });
    const claimed = await other.claimNext();
    expect(claimed).toMatchObject({ id, recordsProcessed: 300, status: 'running', workerId: 8 });
    expect(await worker.updateMigrationProgress(id, 400)).toEqual({ answer: 'stop', status: 'running' });
    await expect(worker.completeOperation(id)).rejects.toThrow(/worker 8/);
    expect(await rowOf(id)).toMatchObject({ records_processed: 300, status: 'running' });
    // The time in the queue is no time of work.
    const { rows } = await database.query<{ worked: number }>(
      'SELECT extract(epoch FROM localtimestamp - started_at)::float8 AS worked FROM migration_control',
    );
    expect(rows[0]?.worked).toBeGreaterThan(590);
  });

  it('the old worker is refused also after another process with its worker id has claimed the operation', async () => {
    const id = await begun();
    const before = await rowOf(id);
    const taken = await write([await takeOver(id)], 'takeover');
    const again = createMigrationControl(await database.connect(), { workerId: 7, run: 'dispatch' });
    expect(await again.claimNext()).toMatchObject({ id, workerId: 7 });
    expect(await worker.updateMigrationProgress(id, 400)).toEqual({ answer: 'stop', status: 'running' });
    await expect(worker.completeOperation(id)).rejects.toThrow(/another process of worker 7/);
    expect(await again.completeOperation(id)).toMatchObject({ recordsProcessed: 300 });
    // After an undo, it has its operation again.
    await database.query('TRUNCATE migration_control');
    await database.query(
      'INSERT INTO migration_control SELECT * FROM jsonb_populate_record(NULL::migration_control, $1)',
      [before],
    );
    await write(undoOfBulk(await write([await takeOver(id)], 'takeover')), 'undo');
    expect(await worker.updateMigrationProgress(id, 400)).toEqual({ answer: 'continue', status: 'running' });
    expect(kinds(taken)).toEqual({ applied: 1 });
  });

  it('a take over is undone exactly, if no worker has claimed the operation', async () => {
    const [id, claimed] = [await begun(), await begun()];
    const before = await rowOf(id);
    const taken = await write([await takeOver(id), await takeOver(claimed)], 'takeover');
    await database.query(`UPDATE migration_control SET status = 'running', worker_id = 9 WHERE id = $1`, [claimed]);
    const undone = await write(undoOfBulk(taken), 'undo');
    expect(kinds(undone)).toEqual({ applied: 1, stale: 1 });
    expect(await rowOf(id)).toEqual(before);
  });

  it('a take over is refused if the worker has written since', async () => {
    const id = await begun();
    const seen = await takeOver(id);
    await worker.updateMigrationProgress(id, 310);
    expect((await write([seen], 'takeover'))[0]?.outcome).toEqual({ kind: 'stale', actual: 'running' });
    expect(await rowOf(id)).toMatchObject({ status: 'running', worker_id: 7, records_processed: 310 });
  });

  it('a batch size is changed if no other session has changed it, while the worker reports', async () => {
    const [id, second] = [await begun(), await begun()];
    const seen = [await resize(id, 100, 40), await resize(second, 100, 40)];
    await worker.updateMigrationProgress(id, 310);
    await database.query('UPDATE migration_control SET batch_size = 70 WHERE id = $1', [second]);
    const resized = await write(seen, 'batch size 100 to 40');
    expect(resized.map(({ outcome }) => outcome)).toMatchObject([
      { kind: 'applied' },
      { kind: 'refused', reason: 'another session changed its batch size to 70' },
    ]);
    expect(await rowOf(id)).toMatchObject({ batch_size: 40, status: 'running', records_processed: 310 });
    const entries = (await table.activity()).slice(0, 2).sort((a, b) => a.operationId - b.operationId);
    expect(entries.map(({ action, outcome, toStatus }) => [action, outcome, toStatus])).toEqual([
      ['batch size 100 to 40', 'applied', 'running'],
      ['batch size 100 to 40', install === null ? 'refused' : 'stale', 'running'],
    ]);
    await worker.updateMigrationProgress(id, 320);
    expect(kinds(await write(undoOfBulk(resized), 'batch size 40 to 100'))).toEqual({ applied: 1 });
    expect(await rowOf(id)).toMatchObject({ batch_size: 100, records_processed: 320 });
  });

  it('a batch size is not changed if the status is another one, or if a trigger keeps it', async () => {
    const [id, kept] = [await begun(), await begun()];
    const seen = [await resize(id, 100, 40), await resize(kept, 100, 40)];
    await database.query(`UPDATE migration_control SET status = 'paused' WHERE id = $1`, [id]);
    await database.query(
      `CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.batch_size := OLD.batch_size; RETURN NEW; END';
       CREATE TRIGGER keep BEFORE UPDATE ON migration_control FOR EACH ROW EXECUTE FUNCTION keep()`,
    );
    const outcomes = await write(seen, 'batch size 100 to 40');
    await database.query('DROP FUNCTION keep() CASCADE');
    expect(outcomes.map(({ outcome }) => outcome)).toEqual([
      { kind: 'stale', actual: 'paused' },
      { kind: 'refused', reason: 'a trigger on the table keeps its batch size' },
    ]);
  });

  it.each([
    [
      'keeps its worker',
      'BEFORE',
      `IF NEW.id % 2 = 0 THEN NEW.worker_id := OLD.worker_id; END IF; RETURN NEW;`,
      'a trigger on the table keeps its worker',
    ],
    [
      'sets its worker again',
      'AFTER',
      `IF NEW.id % 2 = 0 AND NEW.worker_id IS NULL THEN
         UPDATE migration_control SET worker_id = OLD.worker_id WHERE id = NEW.id; END IF; RETURN NULL;`,
      'a trigger on the table keeps its worker',
    ],
    [
      'sets its status again',
      'AFTER',
      `IF NEW.id % 2 = 0 AND NEW.status = 'pending' THEN
         UPDATE migration_control SET status = OLD.status WHERE id = NEW.id; END IF; RETURN NULL;`,
      'a trigger on the table keeps it running',
    ],
  ])('a take over changes nothing if a trigger %s', async (_, time, body, reason) => {
    const ids = [await begun(), await begun()];
    const before = await Promise.all(ids.map(rowOf));
    const seen = await Promise.all(ids.map(takeOver));
    await database.query(
      `CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN ${body} END$$;
       CREATE TRIGGER keep ${time} UPDATE ON migration_control FOR EACH ROW EXECUTE FUNCTION keep()`,
    );
    const outcomes = await write(seen, 'takeover');
    const byId = new Map(outcomes.map(({ change: { transition }, outcome }) => [transition.id % 2, outcome]));
    expect(byId.get(0)).toEqual({ kind: 'refused', reason });
    expect(byId.get(1)).toMatchObject({ kind: 'applied' });
    // A batch size that a trigger sets again after the change.
    await database.query(`DROP FUNCTION keep() CASCADE;
      CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
        IF NEW.batch_size <> OLD.batch_size THEN
          UPDATE migration_control SET batch_size = OLD.batch_size WHERE id = NEW.id; END IF; RETURN NULL; END$$;
      CREATE TRIGGER keep AFTER UPDATE ON migration_control FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION keep()`);
    const even = ids.find((id) => id % 2 === 0) ?? 0;
    const [sized] = await write([await resize(even, 100, 40)], 'batch size 100 to 40');
    await database.query('DROP FUNCTION keep() CASCADE');
    expect(sized?.outcome).toEqual({ kind: 'refused', reason: 'a trigger on the table keeps its batch size' });
    expect(await rowOf(even)).toEqual(before[ids.indexOf(even)]);
  });

  it('one reason is added to many actions', async () => {
    const ids = [await begun(), await begun()];
    const taken = await write(await Promise.all(ids.map(takeOver)), 'takeover');
    const later = taken.map(({ change: { transition } }) => ({
      operationId: transition.id,
      identity: transition.identity,
      from: transition.from,
      to: transition.to,
      reason: '',
    }));
    expect(await table.addReasons(later, 'as agreed with ana')).toBe(2);
    const reasons = (await table.activity()).filter(({ action }) => action === 'takeover').slice(0, 2);
    expect(reasons.map(({ reason }) => reason)).toEqual([
      'host died; as agreed with ana',
      'host died; as agreed with ana',
    ]);
  });
});

it('a take over and its undo keep values of other types: timestamps with a zone, numeric counters', async () => {
  await database.query(
    `ALTER TABLE migration_control ALTER started_at TYPE timestamptz, ALTER worker_id TYPE numeric, ALTER batch_size TYPE float8`,
  );
  await table.inspect();
  const id = await begun();
  const before = await rowOf(id);
  const taken = await write([await takeOver(id)], 'takeover');
  expect(kinds(taken)).toEqual({ applied: 1 });
  expect((await rowOf(id)).validation_query).toMatch(/ worked=(59\d|60\d)\.\d{3} /);
  expect(kinds(await write(undoOfBulk(taken), 'undo'))).toEqual({ applied: 1 });
  expect(await rowOf(id)).toEqual(before);
  expect(kinds(await write([await resize(id, 100, 40)], 'batch size 100 to 40'))).toEqual({ applied: 1 });
});
