import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { readTable } from '../../source/worker/checkpoint.ts';
import { createMigrationControl, type MigrationControl } from '../../source/worker/index.ts';
import { lastingRival } from '../../source/worker/rivals.ts';
import { openSession } from '../../source/worker/session.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { migrator } from './migrator.ts';
import {
  allRows,
  insertRow,
  type Row,
  rowOf,
  setStatus,
  until,
  untilBlocked,
  untilPauseNoticed,
  workerOf,
} from './table.ts';

let database: TestDatabase;
let control: MigrationControl<pg.Client>;
let rival: MigrationControl<pg.Client>;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  ({ control } = await workerOf(database, 7));
  ({ control: rival } = await workerOf(database, 8));
});
afterEach(() => database.query('TRUNCATE migration_control RESTART IDENTITY'));
afterAll(() => database.drop());

const start = { phase: 'execution', tableName: 'brackets', operation: 'batch_migration', batchSize: 500 } as const;

async function failAt(records: number): Promise<number> {
  const outcome = await control.runBatches({
    start,
    async migrateBatch({ offset }) {
      if (offset >= records) throw new Error('no');
      return 500;
    },
  });
  if (outcome.kind !== 'failed') throw new Error(outcome.kind);
  return outcome.operation.id;
}

/** Resolves when sessions of the database wait for an advisory lock. */
function waitForAdvisoryLock(sessions = 1): Promise<void> {
  return vi.waitFor(async () => {
    const { rows } = await database.query(`SELECT FROM pg_stat_activity WHERE wait_event = 'advisory'
      AND datname = current_database()`);
    expect(rows).toHaveLength(sessions);
  });
}

describe.each([0, 1000])('a failure at record %i of a table', (records) => {
  it('is not retried while a worker continues the table', async () => {
    const id = await failAt(records);
    const seen: unknown[] = [];
    const { migrateBatch } = migrator(1569, async () => {
      seen.push(await control.retryOperation(id));
    });
    const outcome = await rival.runBatches({ start, migrateBatch });
    expect(outcome).toMatchObject({ kind: 'completed', records: 1569 });
    expect(seen[0]).toMatchObject({ kind: 'open', operation: { id: id + 1 } });
    expect(await control.retryOperation(id)).toMatchObject({ kind: 'done', operation: { id: id + 1 } });
    expect(await allRows(database)).toHaveLength(2);
  });
});

describe('an operation that a later one has overtaken', () => {
  const placed = (from: number, more = '') => `/* migtop run=- counts=own from=${from}${more} */`;

  it('continues after it if it has no records, and writes that into its mark', async () => {
    const id = await insertRow(database, { worker_id: 7, validation_query: placed(0) });
    await insertRow(database, {
      status: 'completed',
      records_processed: 1000,
      completed_at: new Date('2026-01-01T01:00:00Z'),
      validation_query: placed(0),
    });
    const { migrateBatch, offsets } = migrator(1300);
    expect(await control.runBatches({ start, migrateBatch })).toMatchObject({ kind: 'completed', records: 1300 });
    expect(offsets()[0]).toBe(1000);
    expect(await rowOf(database, id)).toMatchObject({ validation_query: placed(1000, ' repeats=2') });
    const next = migrator(1569);
    await control.runBatches({ start, migrateBatch: next.migrateBatch });
    expect(next.offsets()[0]).toBe(1300);
  });

  it('continues after a row that repeats it, even if it repeats a row with a higher id itself', async () => {
    const given = { status: 'pending', worker_id: null, started_at: null };
    const id = await insertRow(database, {
      ...given,
      records_processed: 400,
      validation_query: placed(800, ' repeats=3 worked=0.5'),
    });
    const ended = { status: 'failed', started_at: new Date('2026-01-01T00:00:00Z'), worker_id: 7 };
    await insertRow(database, { ...ended, records_processed: 300, validation_query: placed(1200, ' repeats=1') });
    await insertRow(database, { ...ended, records_processed: 800, validation_query: placed(0) });
    const { migrateBatch, offsets } = migrator(1569);
    expect(await control.runBatches({ start, migrateBatch })).toMatchObject({ kind: 'completed', operation: { id } });
    expect(offsets()[0]).toBe(1500);
  });

  it('continues after one that was requeued with records and continued after this one', async () => {
    const queued = { status: 'pending', started_at: null, worker_id: null };
    // The first one did the records up to 1100, then the second one up to 1500, then the first one up to 2000.
    const marks = [placed(1000, ' repeats=2 worked=2.3'), placed(1100, ' repeats=1 worked=0.9')] as const;
    await insertRow(database, { status: 'completed', records_processed: 1000, validation_query: marks[0] });
    const id = await insertRow(database, { ...queued, records_processed: 400, validation_query: marks[1] });
    const { migrateBatch, offsets } = migrator(2300);
    const total = { ...start, totalRecords: 2300 };
    expect(await control.runBatches({ start: total, migrateBatch })).toMatchObject({
      kind: 'completed',
      operation: { id },
    });
    expect(offsets()[0]).toBe(2000);
  });

  it('writes that one into its mark even if that one did no record, and the next worker continues after both', async () => {
    const marked = (more = '') => `/* migtop run=- counts=own${more} */`;
    // Released before its first record: an operation that began later failed in the meantime.
    const id = await insertRow(database, { status: 'pending', validation_query: marked(' worked=0.5') });
    await insertRow(database, { worker_id: 7, status: 'failed', validation_query: placed(0) });
    const outcome = await control.runBatches({ start, migrateBatch: migrator(1000).migrateBatch });
    expect(outcome).toMatchObject({ kind: 'completed', records: 1000, operation: { id } });
    expect(await rowOf(database, id)).toMatchObject({ validation_query: marked(' from=0 repeats=2 worked=0.5') });
    expect(await control.resumeFromLastCheckpoint('brackets')).toBe(1000);
    const next = migrator(1569);
    await control.runBatches({ start, migrateBatch: next.migrateBatch });
    expect(next.offsets()[0]).toBe(1000);
  });

  it('is ambiguous if both may have done the same records, and accepts the option that the error names', async () => {
    const given = { worker_id: 7, status: 'running', records_processed: 300 };
    await insertRow(database, { ...given, validation_query: placed(0) });
    await insertRow(database, { ...given, status: 'completed', records_processed: 500, validation_query: placed(0) });
    const { migrateBatch, offsets } = migrator(1569);
    const refusal = await control.runBatches({ start, migrateBatch }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ reason: 'overtaken', operations: [1, 2] });
    expect((refusal as Error).message).toMatch(/Pass offset \(how many records are done: 500 or more\)\.$/);
    // With an offset that it was given before, it is told the same.
    for (const offset of [0, 400]) {
      await expect(control.runBatches({ start, offset, migrateBatch })).rejects.toMatchObject({ reason: 'overtaken' });
    }
    expect(offsets()).toEqual([]);
    await control.runBatches({ start, offset: 800, migrateBatch });
    expect(offsets()[0]).toBe(800);
    expect(await control.resumeFromLastCheckpoint('brackets')).toBe(1569);
  });
});

describe('an operation of a queue that waits for a later one', () => {
  const placed = '/* migtop run=- counts=own from=0 */';

  /** Claims an operation; another worker has begun one on the same table since. */
  async function claimed(mark: string | null) {
    const id = await insertRow(database, { status: 'pending', validation_query: mark });
    const operation = await control.claimNext();
    if (operation === null) throw new Error('nothing is pending');
    const later = { worker_id: 8, records_processed: 500, started_at: new Date(), validation_query: placed };
    const other = await insertRow(database, later);
    const { migrateBatch, offsets } = migrator(1569);
    const run = () => control.runBatches({ operation, checkpoint: 'table', batchSize: 500, migrateBatch });
    expect(await run()).toMatchObject({ kind: 'busy', operation: { id: other } });
    return { id, other, run, offsets };
  }

  it('is pending again while that one is running, and is claimed when it has ended', async () => {
    const { id, other, run, offsets } = await claimed(null);
    expect(await rowOf(database, id)).toMatchObject({ status: 'pending', worker_id: null, started_at: null });
    expect(await control.claimNext()).toBeNull();
    await rival.completeOperation(other);
    expect(await control.claimNext()).toMatchObject({ id });
    expect(await run()).toMatchObject({ kind: 'completed' });
    expect(offsets()[0]).toBe(500);
  });

  it('is not run beside another one that continues the table at the same place', async () => {
    const given = { records_processed: 500, validation_query: placed };
    const other = await insertRow(database, { ...given, worker_id: 8, started_at: new Date() });
    const id = await insertRow(database, { ...given, status: 'pending' });
    const operation = await control.claimNext();
    if (operation === null) throw new Error('nothing is pending');
    const { migrateBatch, offsets } = migrator(1569);
    const run = () => control.runBatches({ operation, migrateBatch });
    expect(await run()).toMatchObject({ kind: 'busy', operation: { id: other } });
    expect(offsets()).toEqual([]);
    expect(await rowOf(database, id)).toMatchObject({ status: 'pending', worker_id: null });
    await rival.releaseOperation(other);
    expect(await run()).toMatchObject({ kind: 'completed', records: 1569 });
    expect(offsets()[0]).toBe(500);
  });

  it('stays running if only its start shows that the other one is later', async () => {
    const { id, other, run, offsets } = await claimed(placed);
    expect(await rowOf(database, id)).toMatchObject({ status: 'running', worker_id: 7 });
    await rival.completeOperation(other);
    expect(await run()).toMatchObject({ kind: 'completed' });
    expect(offsets()[0]).toBe(500);
  });
});

describe('an operation that is released before its first record', () => {
  /** Begins the table behind 1,000 records, and releases the operation before its first batch is migrated. */
  async function released(options: { offset?: number } = {}): Promise<void> {
    const abort = new AbortController();
    await control.runBatches({
      start,
      ...options,
      signal: abort.signal,
      async migrateBatch() {
        abort.abort();
        throw abort.signal.reason;
      },
    });
  }

  it('keeps where it was at least, because others may do records before it is claimed', async () => {
    await insertRow(database, { status: 'pending' });
    await released();
    const [row] = await allRows(database);
    expect(row).toMatchObject({ status: 'pending', worker_id: null, started_at: null });
    expect(row?.validation_query).toMatch(/^\/\* migtop run=- counts=own from=0 of=table worked=\d+\.\d{3} \*\/$/);
  });

  /** Claims the operation, as a worker of a queue does, and runs it without the names of its table. */
  async function claimAndRun(options: { since?: number } = {}) {
    const operation = await control.claimNext();
    if (operation === null) throw new Error('nothing is pending');
    const { migrateBatch, offsets } = migrator(1569);
    const outcome = await control.runBatches({ operation, batchSize: 500, ...options, migrateBatch });
    return { outcome, first: offsets()[0] };
  }

  it.each(['of the queue', 'of the library'])('continues the table after it is claimed: a row %s', async (kind) => {
    await insertRow(database, { status: 'completed', records_processed: 1000, operation: 'batch_migration' });
    if (kind === 'of the queue') await insertRow(database, { status: 'pending' });
    await released();
    const { outcome, first } = await claimAndRun();
    expect(outcome).toMatchObject({ kind: 'completed', operation: { id: 2, recordsProcessed: 569 }, records: 1569 });
    expect(first).toBe(1000);
    expect(await control.resumeFromLastCheckpoint('brackets')).toBe(1569);
  });

  it.each(['start', 'operation'] as const)(
    'continues behind operations of the name that its retry repeats: %s',
    async (by) => {
      const placed = (mark: string) => `/* migtop run=- counts=own ${mark} */`;
      const copy = { operation: 'copy', status: 'failed', worker_id: 7 };
      await insertRow(database, { ...copy, validation_query: placed('from=0') });
      await insertRow(database, { ...copy, records_processed: 500, validation_query: placed('from=0') });
      const retry = {
        operation: 'another attempt',
        status: 'pending',
        validation_query: placed('from=0 of=table repeats=1'),
      };
      const id = await insertRow(database, retry);
      const { migrateBatch, offsets } = migrator(1569);
      const operation = by === 'start' ? null : await control.claimNext();
      const which = operation === null ? { start: { ...start, operation: 'copy' } } : { operation };
      expect(await control.runBatches({ ...which, migrateBatch })).toMatchObject({ operation: { id }, records: 1569 });
      expect(offsets()[0]).toBe(500);
    },
  );

  it('continues the table too if it failed before its first record and is retried', async () => {
    await insertRow(database, { status: 'completed', records_processed: 1000 });
    await released();
    await control.claimNext();
    await control.failOperation(2, 'no');
    const { operation } = await control.retryOperation(2);
    expect((await rowOf(database, 3)).validation_query).toBe(
      '/* migtop run=- counts=own from=1000 of=table repeats=2 */',
    );
    const { migrateBatch, offsets } = migrator(1569);
    expect(await control.runBatches({ operation, migrateBatch })).toMatchObject({ kind: 'completed', records: 1569 });
    expect(offsets()[0]).toBe(1000);
  });

  it('continues at the offset that it was started with, unless `since` excludes what that counts', async () => {
    await released({ offset: 1000 });
    expect(await claimAndRun()).toMatchObject({ first: 1000, outcome: { kind: 'completed' } });
    await database.query('TRUNCATE migration_control RESTART IDENTITY');
    await released({ offset: 1000 });
    expect((await claimAndRun({ since: 1 })).first).toBe(0);
  });

  it('continues behind the records that others did meanwhile, and waits while they do them', async () => {
    await released();
    const operation = await control.claimNext();
    if (operation === null) throw new Error('nothing is pending');
    const placed = '/* migtop run=- counts=own from=0 */';
    const other = await insertRow(database, { worker_id: 8, records_processed: 500, validation_query: placed });
    const { migrateBatch, offsets } = migrator(1569);
    const run = () => control.runBatches({ operation, batchSize: 500, migrateBatch });
    expect(await run()).toMatchObject({ kind: 'busy', operation: { id: other } });
    expect(await control.claimNext()).toBeNull();
    await rival.completeOperation(other);
    expect(await control.claimNext()).toMatchObject({ id: operation.id });
    expect(await run()).toMatchObject({ kind: 'completed', records: 1569 });
    expect(offsets()[0]).toBe(500);
  });

  it('waits too for a worker that has not written yet where it begins', async () => {
    await released();
    const operation = await control.claimNext();
    if (operation === null) throw new Error('nothing is pending');
    const other = await insertRow(database, { worker_id: 8, validation_query: '/* migtop run=- counts=own */' });
    const { migrateBatch, offsets } = migrator(1569);
    const outcome = await control.runBatches({ operation, batchSize: 500, migrateBatch });
    expect(outcome).toMatchObject({ kind: 'busy', operation: { id: other } });
    expect(offsets()).toEqual([]);
    expect(await rowOf(database, operation.id)).toMatchObject({ status: 'pending', worker_id: null });
  });
});

describe('two operations of a queue with the same range', () => {
  const range = { status: 'pending', source_query: 'SELECT * FROM dispatch WHERE id > 0 AND id <= 1569' };

  /** Two workers that have waited for none of the other tests' operations, and how each claims and runs one. */
  async function twoWorkers() {
    const ids = [await insertRow(database, range), await insertRow(database, range)];
    const run = { run: 'monday' };
    const controls = [(await workerOf(database, 7, run)).control, (await workerOf(database, 8, run)).control] as const;
    const [first, second] = controls.map((own) => ({
      control: own,
      async claim() {
        const operation = await own.claimNext();
        if (operation === null) throw new Error('nothing is pending');
        return operation;
      },
    }));
    if (first === undefined || second === undefined) throw new Error('no workers');
    return { ids, first, second };
  }

  it('are not run at once: the worker of the second one is busy, and then finds the work done', async () => {
    const { ids, first, second } = await twoWorkers();
    const later = migrator(1569);
    const run = async () =>
      second.control.runBatches({ operation: await second.claim(), migrateBatch: later.migrateBatch });
    const seen: unknown[] = [];
    const { migrateBatch } = migrator(1569, async ({ offset }) => {
      if (offset === 500) seen.push(await run(), await second.control.claimNext());
    });
    const operation = await first.claim();
    expect(await first.control.runBatches({ operation, migrateBatch })).toMatchObject({ records: 1569 });
    expect(seen).toMatchObject([{ kind: 'busy', operation: { id: ids[0] } }, null]);
    expect(await rowOf(database, ids[1] ?? 0)).toMatchObject({ status: 'pending', worker_id: null });
    expect(later.offsets()).toEqual([]);
    expect(await run()).toMatchObject({ kind: 'already done', records: 1569, operations: [{ id: ids[0] }] });
    expect(later.offsets()).toEqual([1569]);
  });

  it('are not run at once by workers that begin at once', async () => {
    const { first, second } = await twoWorkers();
    const [ahead, beside] = [migrator(1569), migrator(1569)];
    const operations = [await first.claim(), await second.claim()] as const;
    const outcomes = await Promise.all([
      first.control.runBatches({ operation: operations[0], migrateBatch: ahead.migrateBatch }),
      second.control.runBatches({ operation: operations[1], migrateBatch: beside.migrateBatch }),
    ]);
    const offsets = [...ahead.offsets(), ...beside.offsets()].filter((offset) => offset < 1569);
    expect(offsets).toEqual([0, 500, 1000, 1500]);
    expect(outcomes.map(({ kind }) => kind)).toContain('completed');
  });

  it('go on one behind the other, if the first one was put back with records', async () => {
    const { first, second } = await twoWorkers();
    const abort = new AbortController();
    const { migrateBatch } = migrator(1569, async () => abort.abort());
    const operation = await first.claim();
    await first.control.runBatches({ operation, signal: abort.signal, migrateBatch });
    const [other] = (await first.control.findIncompleteOperations()).slice(-1);
    if (other === undefined) throw new Error('nothing is pending');
    const later = migrator(1569);
    await second.control.runBatches({ operation: other, migrateBatch: later.migrateBatch });
    expect(later.offsets()[0]).toBe(500);
    const last = migrator(1569);
    await first.control.runBatches({ operation, migrateBatch: last.migrateBatch });
    expect(last.offsets()).toEqual([1569]);
  });
});

describe('a worker without the name of the rows’ run', () => {
  it('is refused, and continues where it was with the offset that it was given first', async () => {
    const { control: named } = await workerOf(database, 7, { run: 'monday' });
    await named.runBatches({ start, migrateBatch: migrator(1000).migrateBatch });
    const { migrateBatch } = migrator(1569);
    const refusal = await control.runBatches({ start, migrateBatch }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ reason: 'another run' });
    expect((refusal as Error).message).not.toMatch(/counting/);
    const failing = migrator(1569, async ({ offset }) => {
      if (offset >= 500) throw new Error('no');
    });
    expect(await control.runBatches({ start, offset: 0, migrateBatch: failing.migrateBatch })).toMatchObject({
      kind: 'failed',
      operation: { recordsProcessed: 500 },
    });
    const again = migrator(1569);
    expect(await control.runBatches({ start, offset: 0, migrateBatch: again.migrateBatch })).toMatchObject({
      kind: 'completed',
      records: 1569,
    });
    expect(again.offsets()[0]).toBe(500);
    expect(await control.resumeFromLastCheckpoint('brackets', { offset: 0 })).toBe(1569);
  });
});

describe("a queued operation that is worked at in its caller's transaction", () => {
  it('is not worked at beside a retry of the same table, which waits for the transaction', async () => {
    const id = await failAt(0);
    const queued = await insertRow(database, { status: 'pending', started_at: null, worker_id: null });
    const client = await database.connect();
    const own = createMigrationControl(client, { workerId: 9 });
    const signal = new AbortController();
    await client.query('BEGIN');
    const { migrateBatch } = migrator(1569, async () => signal.abort());
    const outcome = await own.runBatches({ start, migrateBatch, signal: signal.signal });
    expect(outcome).toMatchObject({ kind: 'aborted', operation: { id: queued, recordsProcessed: 500 } });
    const retried = control.retryOperation(id);
    await waitForAdvisoryLock();
    await client.query('COMMIT');
    expect(await retried).toMatchObject({ kind: 'open', operation: { id: queued } });
    await client.end();
  });

  it('is continued by a worker that started another one before that transaction committed', async () => {
    const client = await database.connect();
    const own = createMigrationControl(client, { workerId: 9 });
    const signal = new AbortController();
    await client.query('BEGIN');
    const { migrateBatch } = migrator(1569, async () => {
      signal.abort();
      throw signal.signal.reason;
    });
    const aborted = await own.runBatches({ start, migrateBatch, signal: signal.signal });
    const started = control.runBatches({ start, migrateBatch: migrator(1569).migrateBatch });
    await waitForAdvisoryLock();
    await client.query('COMMIT');
    const id = (aborted as { operation: { id: number } }).operation.id;
    expect(await started).toMatchObject({ kind: 'completed', records: 1569, operation: { id } });
    expect((await allRows(database)).map(({ status }) => status)).toEqual(['completed', 'skipped']);
    await client.end();
  });
});

describe('a retry whose worker loses its connection as soon as it is inserted', () => {
  const sourceQuery = 'SELECT * FROM dispatch LIMIT 1569 OFFSET 0';
  const ways = ['start', 'operation'] as const;

  /** Retries an operation as worker 9, whose connection ends after the statement that inserts the retry. */
  async function retryAndCut(id: number, whileItWaits: () => Promise<unknown>): Promise<void> {
    const client = await database.connect();
    const query = async (text: string, values?: unknown[]) => {
      const result = await client.query(text, values);
      if (text.includes('retry_batch_')) await client.end();
      return result;
    };
    const lost = expect(createMigrationControl({ query }, { workerId: 9 }).retryOperation(id)).rejects.toThrow(
      /closed/,
    );
    await waitForAdvisoryLock();
    await whileItWaits();
    await lost;
    expect(await rowOf(database, id + 2)).toMatchObject({ status: 'running', worker_id: 9 });
  }

  /** Retries a failed range of a queue in this way, while another session adds another attempt of it. */
  async function retryRange(other: Partial<Row>): Promise<void> {
    const id = await insertRow(database, { status: 'failed', records_processed: 1000, source_query: sourceQuery });
    const client = await database.connect();
    await client.query("BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('migtop execution brackets', 0))");
    await retryAndCut(id, async () => {
      const mark = `/* migtop run=- counts=own from=1000 of=operation repeats=${id} */`;
      await insertRow(database, { worker_id: 8, source_query: sourceQuery, validation_query: mark, ...other });
      await client.query('COMMIT');
    });
    await client.end();
  }

  /** How the next process of that worker continues: as it starts, or by the operation that it finds. */
  async function goOn(by: (typeof ways)[number], checkpoint: 'table' | 'operation') {
    const { control: next } = await workerOf(database, 9);
    const { migrateBatch, offsets } = migrator(1569);
    const operation = (await next.findIncompleteOperations({ workerId: 9 }))[0] ?? (await next.claimNext());
    if (operation === null) throw new Error('nothing is left for worker 9');
    const own = { ...start, ...(checkpoint === 'operation' ? { sourceQuery } : {}) };
    const which = by === 'start' ? { start: own } : { operation };
    const outcome = await next.runBatches({ ...which, checkpoint, batchSize: 500, migrateBatch });
    return { outcome, offsets: offsets() };
  }

  it.each(ways)('does not repeat records of the table that were done while it waited: %s', async (by) => {
    const id = await failAt(1000);
    const client = await database.connect();
    await client.query('BEGIN');
    const { migrateBatch } = migrator(1569);
    await createMigrationControl(client, { workerId: 8 }).runBatches({ start, migrateBatch });
    await retryAndCut(id, () => client.query('COMMIT'));
    expect(await goOn(by, 'table')).toMatchObject({
      outcome: { kind: 'already done', records: 1569, operation: { id: id + 2 } },
      offsets: [1569],
    });
    await client.end();
  });

  it.each(ways)('does not repeat records of its range that were done while it waited: %s', async (by) => {
    await retryRange({ status: 'completed', records_processed: 569, completed_at: new Date() });
    expect(await goOn(by, 'operation')).toMatchObject({
      outcome: { kind: 'already done', records: 1569, operation: { id: 3 } },
      offsets: [1569],
    });
  });

  it.each(ways)('is not worked at beside another attempt of its range: %s', async (by) => {
    await retryRange({ records_processed: 200 });
    expect(await goOn(by, 'operation')).toMatchObject({ outcome: { kind: 'busy', operation: { id: 2 } }, offsets: [] });
    expect(await rowOf(database, 3)).toMatchObject({ status: 'pending', worker_id: null });
    await rival.completeOperation(2, { recordsProcessed: 569 });
    expect((await goOn(by, 'operation')).offsets).toEqual([1569]);
  });
});

it('an operation that was put back into the queue while its worker waited continues behind the records that others did', async () => {
  const id = await insertRow(database, { worker_id: 7, status: 'paused' });
  const { migrateBatch, offsets } = migrator(1569);
  const outcome = control.runBatches({ start, migrateBatch, pollIntervalMs: 1 });
  await until('the worker has written its place', async () => (await rowOf(database, id)).validation_query !== null);
  await database.query(`
    UPDATE migration_control SET status = 'pending', worker_id = NULL, started_at = NULL,
      validation_query = '/* migtop run=- counts=own from=0 of=table worked=1 */';
    INSERT INTO migration_control (phase, table_name, operation, status, records_processed, started_at, completed_at, validation_query)
    VALUES ('execution', 'brackets', 'batch_migration', 'completed', 500, localtimestamp, localtimestamp, '/* migtop run=- counts=own from=0 */')`);
  expect(await outcome).toMatchObject({ kind: 'completed', records: 1569, operation: { id } });
  expect(offsets()[0]).toBe(500);
});

describe('two workers that start the same work at once', () => {
  it('do not both stop: the one that began first waits until the other one has seen it', async () => {
    const lock = await database.connect();
    await lock.query("BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('migtop execution brackets', 0))");
    const [inserted, looked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const [first, second] = [await database.connect(), await database.connect()];
    let reads = 0;
    const ofFirst = createMigrationControl(
      {
        async query(text: string, values?: unknown[]) {
          const isRead = text.includes('AS included');
          // The last of its reads decides whether another worker has begun.
          if (isRead && ++reads === 3) await inserted.promise;
          const result = await first.query(text, values);
          if (reads >= 3) looked.resolve();
          return result;
        },
      },
      { workerId: 7 },
    );
    const ofSecond = createMigrationControl(
      {
        async query(text: string, values?: unknown[]) {
          if (text.includes('started the same work before it')) {
            inserted.resolve();
            await looked.promise;
          }
          return second.query(text, values);
        },
      },
      { workerId: 8 },
    );
    const begun = ofFirst.runBatches({ start, migrateBatch: migrator(1569).migrateBatch });
    await waitForAdvisoryLock(1);
    const rivals = ofSecond.runBatches({ start, migrateBatch: migrator(1569).migrateBatch });
    await waitForAdvisoryLock(2);
    await lock.query('COMMIT');
    expect(await begun).toMatchObject({ kind: 'completed', records: 1569, operation: { id: 1 } });
    expect(await rivals).toMatchObject({ kind: 'busy', operation: { id: 1 } });
    expect((await allRows(database)).map(({ status }) => status)).toEqual(['completed', 'skipped']);
    for (const client of [lock, first, second]) await client.end();
  });
});

describe('a pending operation whose work has records', () => {
  const sourceQuery = 'SELECT * FROM dispatch LIMIT 1569 OFFSET 0';
  const placed = (from: number, more = '') => `/* migtop run=- counts=own from=${from} of=operation${more} */`;
  const own = { source_query: sourceQuery, started_at: null };
  const pending = { ...own, status: 'pending', worker_id: null, records_processed: 500, validation_query: placed(0) };

  it('is continued by a worker whose process was killed after it had started another one', async () => {
    const id = await insertRow(database, pending);
    await insertRow(database, {
      worker_id: 7,
      source_query: sourceQuery,
      validation_query: '/* migtop run=- counts=own */',
    });
    const { migrateBatch, offsets } = migrator(1569);
    const outcome = await control.runBatches({
      start: { ...start, sourceQuery },
      checkpoint: 'operation',
      migrateBatch,
    });
    expect(outcome).toMatchObject({ kind: 'completed', records: 1569, operation: { id } });
    expect(offsets()).toEqual([500, 1000, 1500, 1569]);
    expect((await allRows(database)).map(({ status }) => status)).toEqual(['completed', 'skipped']);
    expect(await rival.claimNext({})).toBeNull();
  });

  it.each([
    { later: 'completed', records_processed: 1069, asked: [] },
    { later: 'failed', records_processed: 300, asked: [800, 1300] },
    { later: 'failed', records_processed: 0, asked: [500, 1000, 1500] },
  ])(
    'continues after a later attempt that is $later with $records_processed records',
    async ({ later, records_processed, asked }) => {
      const id = await insertRow(database, pending);
      const repeated = { source_query: sourceQuery, validation_query: placed(500, ` repeats=${id}`) };
      await insertRow(database, { ...repeated, status: later, records_processed });
      const operation = await control.claimNext({});
      if (operation === null) throw new Error('nothing is pending');
      const { migrateBatch, offsets } = migrator(1569);
      await control.runBatches({ operation, migrateBatch });
      expect(offsets().filter((offset) => offset < 1569)).toEqual(asked);
      await database.query("UPDATE migration_control SET status = 'failed' WHERE id = $1", [id]);
      expect(await rival.retryOperation(id)).toMatchObject(
        later === 'completed' ? { kind: 'done' } : { kind: 'started' },
      );
      if (later === 'failed')
        expect(await rowOf(database, 3)).toMatchObject({ validation_query: placed(1569, ` repeats=${id}`) });
    },
  );

  it('is refused if a later attempt began at its end, and its own mark says what it repeats', async () => {
    const first = await insertRow(database, {
      ...own,
      status: 'failed',
      records_processed: 300,
      validation_query: placed(0),
    });
    const id = await insertRow(database, { ...pending, validation_query: placed(300, ` repeats=${first}`) });
    await insertRow(database, {
      worker_id: 8,
      source_query: sourceQuery,
      records_processed: 100,
      validation_query: placed(800, ` repeats=${id}`),
    });
    const operation = await control.claimNext({});
    if (operation === null) throw new Error('nothing is pending');
    const { migrateBatch, offsets } = migrator(1569);
    await expect(control.runBatches({ operation, migrateBatch })).rejects.toThrow(/may have migrated the same records/);
    expect(offsets()).toEqual([]);
  });
});

describe('a pending operation beside others of the same range', () => {
  const sourceQuery = 'SELECT * FROM dispatch WHERE id < 1570';
  const pending = { status: 'pending', source_query: sourceQuery };

  /** Runs as worker 7. A worker that does not end is stopped by its hundredth query. */
  async function runAs(
    hook: (text: string, query: () => Promise<{ rows: unknown[] }>) => Promise<{ rows: unknown[] }>,
    signal?: AbortSignal,
  ) {
    const client = await database.connect();
    let queries = 0;
    const query = (text: string, values?: unknown[]) => {
      if (++queries > 100) throw new Error('It sends queries without end.');
      return hook(text, () => client.query(text, values));
    };
    const { migrateBatch, offsets } = migrator(1569);
    const running = createMigrationControl({ query }, { workerId: 7 });
    const given = { start: { ...start, sourceQuery }, checkpoint: 'operation', migrateBatch, signal } as const;
    const outcome = await running.runBatches(given).finally(() => client.end());
    return { outcome, offsets: offsets() };
  }

  const statuses = async () => (await allRows(database)).map(({ status }) => status);

  it.each([
    { other: 'another name', rows: [{ operation: 'copy', ...pending }] },
    {
      other: 'a retry without a mark',
      rows: [
        { status: 'failed', source_query: sourceQuery, started_at: new Date() },
        { operation: 'retry_batch_1', ...pending },
      ],
    },
  ])('is run although one before it, of $other, stays in the queue', async ({ rows }) => {
    for (const row of rows) await insertRow(database, row);
    const id = await insertRow(database, pending);
    const { outcome, offsets } = await runAs((_, query) => query());
    expect(outcome).toMatchObject({ kind: 'completed', operation: { id }, records: 1569 });
    expect(offsets[0]).toBe(0);
    expect(await statuses()).toEqual([...rows.map(({ status }) => status), 'completed']);
  });

  it('is put back only once for one before it that is in the queue again and again', async () => {
    const first = await insertRow(database, pending);
    await insertRow(database, pending);
    const { outcome, offsets } = await runAs(async (text, query) => {
      if (!text.includes("'joined' AS kind")) return query();
      await setStatus(database, first, 'skipped');
      const result = await query();
      await setStatus(database, first, 'pending');
      return result;
    });
    expect(outcome).toMatchObject({ kind: 'busy', operation: { id: first } });
    expect(offsets).toEqual([]);
    expect(await statuses()).toEqual(['pending', 'pending']);
  });

  it('is pending again if the signal fires while its worker puts it back', async () => {
    await insertRow(database, pending);
    const id = await insertRow(database, { worker_id: 7, source_query: sourceQuery });
    const abort = new AbortController();
    const hook = (text: string, query: () => Promise<{ rows: unknown[] }>) => {
      if (text.includes("SET status = 'pending'")) abort.abort();
      return query();
    };
    const { outcome, offsets } = await runAs(hook, abort.signal);
    expect(outcome).toMatchObject({ kind: 'aborted', operation: { id, status: 'pending' } });
    expect(offsets).toEqual([]);
    expect(await statuses()).toEqual(['pending', 'pending']);
  });
});

describe('a worker that waits for another one that began at the same moment', () => {
  const mark = '/* migtop run=- counts=own */';

  it.each(['start', 'operation'] as const)(
    'is aborted by its signal, and its operation is pending again: %s',
    async (by) => {
      const id = await insertRow(database, { status: 'pending' });
      const client = await database.connect();
      const abort = new AbortController();
      let readsBeside: number | undefined;
      const query = async (text: string, values?: unknown[]) => {
        const result = await client.query(text, values);
        const isRead = text.includes('AS included');
        if (isRead && readsBeside !== undefined && ++readsBeside === 2) abort.abort();
        if (readsBeside === undefined && (by === 'operation' ? isRead : text.includes("'joined' AS kind"))) {
          readsBeside = 0;
          await insertRow(database, { worker_id: 8, started_at: new Date(), validation_query: mark });
          await database.query('UPDATE migration_control SET started_at = localtimestamp WHERE worker_id = 8');
        }
        return result;
      };
      const waiting = createMigrationControl({ query }, { workerId: 7 });
      const operation = by === 'operation' ? await waiting.claimNext() : null;
      const { migrateBatch, offsets } = migrator(1569);
      const which = operation === null ? { start } : { operation };
      const outcome = await waiting.runBatches({
        ...which,
        checkpoint: 'table',
        batchSize: 500,
        migrateBatch,
        signal: abort.signal,
      });
      await client.end();
      expect(outcome).toMatchObject({ kind: 'aborted', operation: { id, status: 'pending' } });
      expect(offsets()).toEqual([]);
      expect(await rowOf(database, id)).toMatchObject({ status: 'pending', worker_id: null });
    },
  );

  it('reads it again at growing intervals: each time it reads the whole table', async () => {
    await insertRow(database, { worker_id: 7 });
    const other = await insertRow(database, { worker_id: 8 });
    const { rows, now } = await readTable(openSession(database, { workerId: 7 }), 'execution', 'brackets', {});
    // It has always just begun.
    const table = { rows: rows.map((row) => ({ ...row, startedAt: now })), undoing: [], now };
    const looks: number[] = [];
    vi.useFakeTimers();
    try {
      const read = async () => {
        looks.push(Date.now());
        return table;
      };
      const begun = Date.now();
      const session = openSession(database, { workerId: 7 });
      const rivalId = lastingRival(session, { kind: 'joined', operation: { id: 1 } }, table, {
        read,
        signal: undefined,
      });
      await vi.runAllTimersAsync();
      expect(await rivalId).toBe(other);
      expect(looks.map((at) => at - begun)).toEqual([50, 150, 350, 750, 1550, 2550, 3550, 4550, 5550]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('an operation that was put back into the queue while its worker began again', () => {
  const placed = (from: number, more = '') => `/* migtop run=- counts=own from=${from}${more} */`;
  /** The first operation did the records up to 500, the second one those up to 1,000, and is this worker's. */
  async function twoOperations(status: string): Promise<[other: number, own: number]> {
    const did = { records_processed: 500 };
    const other = await insertRow(database, {
      ...did,
      status: 'pending',
      validation_query: placed(0, ' worked=0.5'),
    });
    const own = await insertRow(database, {
      ...did,
      status,
      worker_id: 7,
      validation_query: placed(500, ' repeats=1'),
    });
    return [other, own];
  }

  it('is not run beside one of the same work that another worker claimed at the same time', async () => {
    const [other, own] = await twoOperations('running');
    const rivals = await database.connect();
    const client = await database.connect();
    let isRequeued = false;
    const late = createMigrationControl(
      {
        async query(text: string, values?: readonly unknown[]) {
          if (text.includes('left_behind') && !isRequeued) {
            isRequeued = true;
            // The last statement of the process before, and a worker that claims the first operation.
            await database.query(
              "UPDATE migration_control SET status = 'pending', worker_id = NULL, started_at = NULL WHERE id = $1",
              [own],
            );
            await rivals.query('BEGIN');
            await rivals.query(
              `UPDATE migration_control SET status = 'running', worker_id = 8, started_at = clock_timestamp(),
                 validation_query = '${placed(500, ' repeats=2 worked=0.5')}' WHERE id = $1`,
              [other],
            );
            const answer = client.query(text, values as unknown[]);
            await untilBlocked(database);
            await rivals.query('COMMIT');
            return answer;
          }
          return client.query(text, values as unknown[]);
        },
      },
      { workerId: 7 },
    );
    const { migrateBatch, offsets } = migrator(1569);
    const outcome = await late.runBatches({ start, migrateBatch });
    expect(isRequeued).toBe(true);
    expect(offsets()).toEqual([]);
    expect(outcome).toMatchObject({ kind: 'busy', operation: { id: other } });
    expect(await rowOf(database, own)).toMatchObject({ status: 'pending', worker_id: null, records_processed: 500 });
    for (const one of [rivals, client]) await one.end();
  });

  it('is not run beside another worker that has claimed the first one since it was paused', async () => {
    const [other, own] = await twoOperations('paused');
    const { client, control: waiting } = await workerOf(database, 7);
    const { migrateBatch, offsets } = migrator(1569);
    const outcome = waiting.runBatches({ start, migrateBatch, pollIntervalMs: 5 });
    await untilPauseNoticed(database, client);
    const rivals = await database.connect();
    // In one transaction, so that the waiting worker does not claim its own one first.
    await rivals.query(`BEGIN;
      UPDATE migration_control SET status = 'running', worker_id = 8, started_at = clock_timestamp() WHERE id = ${other};
      UPDATE migration_control SET status = 'pending', worker_id = NULL, started_at = NULL WHERE id = ${own};
      COMMIT`);
    expect(await outcome).toMatchObject({ kind: 'busy', operation: { id: other } });
    expect(offsets()).toEqual([]);
    expect(await rowOf(database, own)).toMatchObject({ status: 'pending', worker_id: null, records_processed: 500 });
    await rivals.end();
  });
});
