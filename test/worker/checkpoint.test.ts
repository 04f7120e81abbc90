import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AmbiguousCheckpointError, type MigrationControl } from '../../source/worker/index.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { migrator } from './migrator.ts';
import { allRows, insertRow, type Row, rowOf, workerOf } from './table.ts';

interface Case {
  readonly name: string;
  readonly rows: readonly (Partial<Row> & {
    readonly startedSecondsAgo: number | null;
    readonly endedSecondsAgo: number | null;
  })[];
  readonly expect: { readonly checkpoint: number | 'ambiguous' };
}

const { cases } = JSON.parse(readFileSync(new URL('../cases/counting.json', import.meta.url), 'utf8')) as {
  cases: readonly Case[];
};

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

async function insertCase({ rows }: Case): Promise<void> {
  for (const { startedSecondsAgo, endedSecondsAgo, ...row } of rows) {
    const names = Object.keys(row);
    const at = (seconds: number | null) =>
      seconds === null ? 'NULL' : `clock_timestamp()::timestamp - interval '${seconds} s'`;
    await database.query(
      `INSERT INTO migration_control (${names}, started_at, completed_at)
       VALUES (${names.map((_, index) => `$${index + 1}`)}, ${at(startedSecondsAgo)}, ${at(endedSecondsAgo)})`,
      Object.values(row),
    );
  }
}

/** Resolves to what a promise rejects with; rejects if it resolves. */
async function thrownBy(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => new Error('nothing was thrown'),
    (error: unknown) => error,
  );
}

const daysAgo = (days: number, seconds = 0) => new Date(Date.now() - days * 86_400_000 + seconds * 1000);

/** Inserts a run of that many records, in rows as of another program. */
async function insertRun(days: number, counters: readonly number[], given: Partial<Row> = {}): Promise<number[]> {
  const ids: number[] = [];
  for (const [index, records_processed] of counters.entries()) {
    ids.push(
      await insertRow(database, {
        status: 'completed',
        records_processed,
        started_at: daysAgo(days, index * 60),
        completed_at: daysAgo(days, index * 60 + 50),
        ...given,
      }),
    );
  }
  return ids;
}

describe('resumeFromLastCheckpoint', () => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    await insertCase(one);
    const found = await control
      .resumeFromLastCheckpoint('t')
      .catch((error: unknown) => (error instanceof AmbiguousCheckpointError ? 'ambiguous' : error));
    expect(found).toBe(one.expect.checkpoint);
  });

  it.each(['pending', 'skipped'])(
    'is ambiguous beside a range that is %s: the totals are their own',
    async (status) => {
      await insertRun(0, [1000], { total_records: 1000, batch_size: 100 });
      await insertRow(database, { status, started_at: null, total_records: 1000, batch_size: 100 });
      expect(await thrownBy(control.resumeFromLastCheckpoint('brackets'))).toMatchObject({ reason: 'own totals' });
    },
  );

  it('names the options that resolve an ambiguity, and accepts them', async () => {
    const ids = await insertRun(0, [500, 1000]);
    const error = await thrownBy(control.resumeFromLastCheckpoint('brackets'));
    expect(error).toBeInstanceOf(AmbiguousCheckpointError);
    expect(error).toMatchObject({ reason: 'either', tableName: 'brackets', operations: ids });
    expect(String(error)).toMatch(/offset .*counting .*since/);
    expect(await control.resumeFromLastCheckpoint('brackets', { counting: 'cumulative' })).toBe(1000);
    expect(await control.resumeFromLastCheckpoint('brackets', { counting: 'batch' })).toBe(1500);
    expect(await control.resumeFromLastCheckpoint('brackets', { offset: 700 })).toBe(700);
    expect(await control.resumeFromLastCheckpoint('brackets', { since: ids[1] })).toBe(1000);
  });

  it('excludes operations that started before `since`, in each of its forms', async () => {
    await insertRun(7, [500, 500, 500, 69]);
    await insertRun(0, [500, 400]);
    await insertRow(database, { status: 'pending' });
    expect(await thrownBy(control.resumeFromLastCheckpoint('brackets'))).toBeInstanceOf(AmbiguousCheckpointError);
    for (const since of [daysAgo(1), daysAgo(1).toISOString(), 5]) {
      expect(await control.resumeFromLastCheckpoint('brackets', { since })).toBe(900);
    }
    expect(await control.resumeFromLastCheckpoint('brackets', { since: 'tomorrow' })).toBe(0);
    for (const since of ['', Number.NaN, new Date(Number.NaN)]) {
      await expect(control.resumeFromLastCheckpoint('brackets', { since })).rejects.toThrow(TypeError);
    }
    await expect(control.resumeFromLastCheckpoint('brackets', { counting: 'x' as 'own' })).rejects.toThrow(TypeError);
    await expect(control.resumeFromLastCheckpoint('brackets', { offset: -1 })).rejects.toThrow(TypeError);
  });

  it('continues after rows with a mark, whatever offset is passed', async () => {
    await insertRun(0, [500, 1000]);
    const { migrateBatch } = migrator(1300);
    await control.runBatches({ start, offset: 1000, migrateBatch });
    expect(await control.resumeFromLastCheckpoint('brackets')).toBe(1300);
    expect(await control.resumeFromLastCheckpoint('brackets', { offset: 1000 })).toBe(1300);
  });
});

describe('a start', () => {
  it.each([
    [[1569], 'one row'],
    [[500, 500, 500, 69], 'a row a batch'],
    [[500, 1000, 1500, 1569], 'cumulative rows'],
  ])('does nothing if last week’s run did the whole table (%j)', async (counters) => {
    const ids = await insertRun(7, counters);
    const { asked, migrateBatch } = migrator(1569);
    const outcome = await control.runBatches({ start, migrateBatch });
    expect(outcome).toMatchObject({ kind: 'already done', operation: null, records: 1569 });
    if (outcome.kind !== 'already done') throw new Error(outcome.kind);
    expect(outcome.operations.map(({ id }) => id)).toEqual(ids);
    expect(outcome.operations.every(({ completedAt }) => completedAt !== null)).toBe(true);
    expect(asked).toEqual([]);
    expect(await allRows(database)).toHaveLength(ids.length);

    const again = migrator(1569);
    expect(await control.runBatches({ start, since: daysAgo(1), migrateBatch: again.migrateBatch })).toMatchObject({
      kind: 'completed',
      records: 1569,
    });
    expect(again.offsets()[0]).toBe(0);
    // The next start continues after its own rows.
    const third = migrator(1600);
    await control.runBatches({ start, since: daysAgo(1), migrateBatch: third.migrateBatch });
    expect(third.offsets()[0]).toBe(1569);
  });

  it.each(cases.filter(({ expect: right }) => right.checkpoint === 'ambiguous').map((one) => [one.name, one] as const))(
    'is refused and changes nothing if the rows are ambiguous: %s',
    async (_, one) => {
      await insertCase(one);
      await database.query("UPDATE migration_control SET status = 'completed' WHERE status = 'running'");
      const before = await allRows(database);
      const { asked, migrateBatch } = migrator(10_000);
      const given = { ...start, tableName: 't' };
      expect(await thrownBy(control.runBatches({ start: given, migrateBatch }))).toBeInstanceOf(
        AmbiguousCheckpointError,
      );
      expect(asked).toEqual([]);
      expect(await allRows(database)).toEqual(before);
      await control.runBatches({ start: given, offset: 9000, migrateBatch });
      expect(asked[0]?.offset).toBe(9000);
    },
  );

  it.each([
    ['failed', 0],
    ['skipped', null],
    ['pending', null],
  ] as const)(
    'is refused after batches with a hole, where one is %s with %s records, also if it is told how to count',
    async (status, records_processed) => {
      const hole = status === 'pending' ? { started_at: null, completed_at: null } : {};
      await insertRun(0, [500]);
      const [id] = await insertRun(0, [0], { status, records_processed, ...hole });
      await insertRun(0, [500]);
      const before = await allRows(database);
      const { asked, migrateBatch } = migrator(1569);
      for (const counting of [undefined, 'batch', 'own'] as const) {
        const error = await thrownBy(control.runBatches({ start, counting, migrateBatch }));
        expect(error).toMatchObject({ name: 'AmbiguousCheckpointError', reason: 'gap', operations: [id] });
        expect(String(error)).not.toContain('counting (');
      }
      expect(await allRows(database)).toEqual(before);
      await control.runBatches({ start, offset: 1000, migrateBatch });
      expect(asked[0]?.offset).toBe(1000);
    },
  );

  it.each([null, -5])('is refused after a completed row with %s records', async (records_processed) => {
    const [id] = await insertRun(0, [0], { records_processed });
    await insertRun(0, [500]);
    const { asked, migrateBatch } = migrator(1569);
    const error = await thrownBy(control.runBatches({ start, migrateBatch }));
    expect(error).toMatchObject({ reason: 'no counter', operations: [id] });
    expect(asked).toEqual([]);
    await control.runBatches({ start, offset: 1000, migrateBatch });
    expect(asked[0]?.offset).toBe(1000);
  });

  it('is refused after a rollback, until it is told how many records are done', async () => {
    await control.runBatches({ start, migrateBatch: migrator(1000).migrateBatch });
    const at = new Date(Date.now() + 60_000);
    const rollback = {
      phase: 'rollback',
      status: 'completed',
      records_processed: 1000,
      started_at: at,
      completed_at: at,
    };
    const id = await insertRow(database, rollback);
    const { asked, offsets, migrateBatch } = migrator(1569);
    const refused = { name: 'AmbiguousCheckpointError', reason: 'undone', operations: [id] };
    expect(await thrownBy(control.runBatches({ start, migrateBatch }))).toMatchObject(refused);
    expect(await thrownBy(control.resumeFromLastCheckpoint('brackets'))).toMatchObject(refused);
    expect(asked).toEqual([]);
    await database.query(
      "UPDATE migration_control SET started_at = now() - interval '1 hour', completed_at = now() WHERE id = $1",
      [id],
    );
    await database.query("UPDATE migration_control SET started_at = now() - interval '2 hours' WHERE id = 1");
    const outcome = await control.runBatches({ start, offset: 0, migrateBatch });
    expect(outcome).toMatchObject({ kind: 'completed', records: 1569 });
    expect(offsets()[0]).toBe(0);
    // The rows since then are known again.
    expect(await control.resumeFromLastCheckpoint('brackets')).toBe(1569);
  });

  it('never counts a range twice, whatever its attempts say', async () => {
    const range = (offset: number) => ({
      source_query: `SELECT * FROM legacy ORDER BY id LIMIT 500 OFFSET ${offset}`,
      total_records: 3000,
    });
    await insertRun(0, [500], { ...range(0), status: 'failed' });
    await insertRun(0, [500], range(0));
    await insertRun(0, [500], range(500));
    for (const counting of [undefined, 'batch', 'own'] as const)
      expect(await control.resumeFromLastCheckpoint('brackets', { counting })).toBe(1000);
    const now = { started_at: new Date(), completed_at: new Date() };
    const id = await insertRow(database, { ...range(500), ...now, status: 'failed', records_processed: 300 });
    const { asked, migrateBatch } = migrator(3000);
    for (const counting of [undefined, 'batch', 'own'] as const) {
      const error = await thrownBy(control.runBatches({ start, counting, migrateBatch }));
      expect(error).toMatchObject({ reason: 'begun again', operations: [id - 1, id] });
      expect(String(error)).not.toContain('counting');
    }
    expect(asked).toEqual([]);
    await control.runBatches({ start, offset: 1000, migrateBatch });
    expect(asked[0]?.offset).toBe(1000);
  });

  it('never adds cumulative counters', async () => {
    await insertRun(0, [500, 1000]);
    const { asked, migrateBatch } = migrator(1569);
    expect(await thrownBy(control.runBatches({ start, migrateBatch }))).toBeInstanceOf(AmbiguousCheckpointError);
    await control.runBatches({ start, counting: 'cumulative', migrateBatch });
    expect(asked[0]?.offset).toBe(1000);
  });

  it('of a named run ignores the rows of another run, and continues its own', async () => {
    const monday = (await workerOf(database, 7, { run: 'monday' })).control;
    const tuesday = (await workerOf(database, 7, { run: 'tuesday' })).control;
    const abort = new AbortController();
    const half = migrator(1000, async ({ offset }) => {
      if (offset === 500) abort.abort();
    });
    await monday.runBatches({ start, migrateBatch: half.migrateBatch, signal: abort.signal });
    const whole = migrator(1569);
    expect(await tuesday.runBatches({ start, migrateBatch: whole.migrateBatch })).toMatchObject({ kind: 'completed' });
    expect(whole.offsets()[0]).toBe(0);
    const rest = migrator(1569);
    expect(await monday.runBatches({ start, migrateBatch: rest.migrateBatch })).toMatchObject({ operation: { id: 1 } });
    expect(rest.offsets()[0]).toBe(1000);
    // A worker without a name could belong to either.
    expect(await thrownBy(control.runBatches({ start, migrateBatch: rest.migrateBatch }))).toMatchObject({
      reason: 'another run',
    });
  });

  it.each([
    [
      'the same named run',
      'monday',
      'monday',
      /Pass another run to createMigrationControl \(.*\), offset .*, counting .* or since/,
      'tuesday',
    ],
    [
      'no run, of a named one',
      'monday',
      undefined,
      /Pass run to createMigrationControl .*, offset .* or since/,
      'tuesday',
    ],
    ['a named run, of none', undefined, 'monday', /Pass no run to createMigrationControl .*, offset .* or since/, null],
    ['no run', undefined, undefined, /Pass offset .*, counting .* or since/, null],
  ] as const)(
    'says which run resolves it after ranges that a worker continued one by one, for %s',
    async (_, first, second, remedy, resolving) => {
      const named = async (run: string | undefined) =>
        (await workerOf(database, 7, run === undefined ? {} : { run })).control;
      const ranges = await named(first);
      for (let range = 0; range < 2; range++) await insertRow(database, { status: 'pending', total_records: 1000 });
      for (let range = 0; range < 2; range++) {
        const operation = await ranges.claimNext({ tableName: 'brackets' });
        if (operation !== null) await ranges.runBatches({ operation, migrateBatch: migrator(1000).migrateBatch });
      }
      const all = migrator(1569);
      const error = await thrownBy((await named(second)).runBatches({ start, migrateBatch: all.migrateBatch }));
      expect(error).toBeInstanceOf(AmbiguousCheckpointError);
      expect((error as Error).message).toMatch(remedy);
      expect(all.asked).toEqual([]);
      if (resolving === null) return;
      const outcome = await (await named(resolving)).runBatches({ start, migrateBatch: all.migrateBatch });
      expect(outcome).toMatchObject({ kind: 'completed' });
      expect(all.offsets()[0]).toBe(0);
    },
  );

  it('does not count another operation of the same table', async () => {
    await control.runBatches({ start, migrateBatch: migrator(1000).migrateBatch });
    const { asked, migrateBatch } = migrator(1000);
    const outcome = await control.runBatches({ start: { ...start, operation: 'fill_column' }, migrateBatch });
    expect(asked[0]?.offset).toBe(0);
    expect(outcome).toMatchObject({ kind: 'completed', records: 1000 });
    expect((await control.runBatches({ start, migrateBatch })).kind).toBe('already done');
  });

  it('continues after a failed operation, and names it in the mark', async () => {
    const refused = migrator(1569, async ({ offset }) => {
      if (offset === 1000) throw new Error('no');
    });
    await control.runBatches({ start, migrateBatch: refused.migrateBatch });
    const { asked, migrateBatch } = migrator(1569);
    await rival.runBatches({ start, migrateBatch });
    expect(asked[0]?.offset).toBe(1000);
    expect((await rowOf(database, 2)).validation_query).toBe('/* migtop run=- counts=own from=1000 repeats=1 */');
    // It has done the records at which the first one failed.
    expect(await control.retryOperation(1)).toMatchObject({ kind: 'done', operation: { id: 2 } });
  });

  it('is refused after a run of last week that had done its whole total, if there are more records now', async () => {
    const ids = await insertRun(7, [500, 500, 500, 69], { total_records: 1569 });
    const { asked, offsets, migrateBatch } = migrator(2000);
    const more = { ...start, totalRecords: 2000 };
    const error = await thrownBy(control.runBatches({ start: more, migrateBatch }));
    expect(error).toMatchObject({ name: 'AmbiguousCheckpointError', reason: 'several runs', operations: ids });
    expect(asked).toEqual([]);
    expect(await database.query('SELECT FROM migration_control')).toMatchObject({ rowCount: 4 });
    // As many records as then are done, and more have been added to the run of today.
    expect(await control.runBatches({ start, migrateBatch })).toMatchObject({ kind: 'already done', records: 1569 });
    await control.runBatches({ start: more, counting: 'batch', migrateBatch });
    expect(offsets()[0]).toBe(1569);

    await database.query('TRUNCATE migration_control RESTART IDENTITY');
    await insertRun(0, [500, 500, 500, 69], { total_records: 1569 });
    const today = migrator(2000);
    await control.runBatches({ start: more, migrateBatch: today.migrateBatch });
    expect(today.offsets()[0]).toBe(1569);
  });

  it('resolves to `already done` if earlier operations completed without a total', async () => {
    await control.runBatches({ start, migrateBatch: migrator(700).migrateBatch });
    const outcome = await control.runBatches({ start, migrateBatch: migrator(700).migrateBatch });
    expect(outcome).toMatchObject({
      kind: 'already done',
      records: 700,
      operation: { id: 2, status: 'completed', recordsProcessed: 0 },
      operations: [{ id: 1 }],
    });
  });

  it('is refused if several operations of its name are pending', async () => {
    for (let at = 0; at < 3; at++) await insertRow(database, { status: 'pending' });
    const before = await allRows(database);
    const { asked, migrateBatch } = migrator(500);
    expect(await thrownBy(control.runBatches({ start, migrateBatch }))).toMatchObject({ reason: 'queued ranges' });
    expect(await allRows(database)).toEqual(before);
    for (let at = 0; at < 3; at++) await control.runBatches({ start, checkpoint: 'operation', migrateBatch });
    expect(asked.map(({ offset }) => offset)).toEqual([0, 500, 0, 500, 0, 500]);
  });
});

describe('a pending operation', () => {
  it.each([null, 'SELECT * FROM source'])(
    'starts at 0, whatever other ranges have done (source query %s)',
    async (source_query) => {
      for (const operation of ['range_1', 'range_2', 'range_3']) {
        await insertRow(database, { status: 'pending', operation, source_query, total_records: 1500 });
      }
      const { asked, migrateBatch } = migrator(500);
      for (const worker of [control, rival, control]) {
        const operation = await worker.claimNext();
        if (operation === null) throw new Error('There is one.');
        expect(await worker.runBatches({ operation, migrateBatch })).toMatchObject({ kind: 'completed', records: 500 });
      }
      expect(asked.map(({ offset }) => offset)).toEqual([0, 500, 0, 500, 0, 500]);
    },
  );

  it('is put back into the queue if the offset that is passed is below its records', async () => {
    await insertRow(database, { status: 'pending', records_processed: 500 });
    const operation = (await control.claimNext()) ?? expect.fail('There is one.');
    const { asked, migrateBatch } = migrator(900);
    await expect(control.runBatches({ operation, offset: 300, migrateBatch })).rejects.toThrow(TypeError);
    expect(asked).toEqual([]);
    expect(await rowOf(database, operation.id)).toMatchObject({
      status: 'pending',
      worker_id: null,
      records_processed: 500,
    });
  });

  it('continues its own attempts, and those of last week only if asked to', async () => {
    const range = { source_query: 'SELECT * FROM s WHERE id BETWEEN 1 AND 900', batch_size: 300 };
    await insertRow(database, { ...range, status: 'failed', records_processed: 300, started_at: new Date() });
    await insertRow(database, { ...range, status: 'pending', operation: 'again' });
    const claim = async () => (await control.claimNext()) ?? expect.fail('There is one.');
    const first = migrator(900);
    await control.runBatches({ operation: await claim(), migrateBatch: first.migrateBatch });
    expect(first.offsets()[0]).toBe(300);

    await database.query('TRUNCATE migration_control RESTART IDENTITY');
    await insertRow(database, { ...range, status: 'failed', records_processed: 300, started_at: daysAgo(7) });
    await insertRow(database, { ...range, status: 'pending' });
    const second = migrator(900);
    const operation = await claim();
    const error = await thrownBy(control.runBatches({ operation, migrateBatch: second.migrateBatch }));
    expect(error).toMatchObject({ name: 'AmbiguousCheckpointError', reason: 'several runs' });
    // It is not left running without a worker.
    expect(await rowOf(database, 2)).toMatchObject({ status: 'pending', worker_id: null });
    await control.runBatches({ operation: await claim(), since: daysAgo(1), migrateBatch: second.migrateBatch });
    expect(second.offsets()[0]).toBe(0);
  });
});

describe('a retry', () => {
  it('does not go on at a place that a rollback has undone', async () => {
    const refused = migrator(1569, async ({ offset }) => {
      if (offset === 1000) throw new Error('no');
    });
    const whole = { ...start, totalRecords: 1569 };
    await control.runBatches({ start: whole, migrateBatch: refused.migrateBatch });
    await database.query("UPDATE migration_control SET started_at = started_at - interval '1 hour'");
    const at = new Date(Date.now() - 1000);
    await insertRow(database, {
      phase: 'rollback',
      status: 'completed',
      records_processed: 1000,
      started_at: at,
      completed_at: at,
    });
    const found = await control.retryOperation(1);
    expect(found).toMatchObject({ kind: 'started', operation: { id: 3 } });
    const { asked, offsets, migrateBatch } = migrator(1569);
    const error = await thrownBy(control.runBatches({ operation: found.operation, migrateBatch }));
    expect(error).toMatchObject({ reason: 'undone', operations: [2] });
    expect(asked).toEqual([]);
    expect(await rowOf(database, 3)).toMatchObject({ status: 'pending', worker_id: null });
    const operation = (await control.claimNext()) ?? expect.fail('There is one.');
    await control.runBatches({ operation, offset: 0, migrateBatch });
    expect(offsets()[0]).toBe(0);
    // A worker that is started with the same offset finds what the retry did.
    const again = migrator(1569);
    const outcome = await control.runBatches({ start: whole, offset: 0, migrateBatch: again.migrateBatch });
    expect(outcome).toMatchObject({ kind: 'already done', records: 1569 });
    expect(again.asked).toEqual([]);
  });

  it.each([
    [['load', 'retry_load', 'retry_retry_load']],
    [['load', 'load_retry', 'load_retry_retry']],
    [['batch_7', 'retry_batch_7', 'retry_batch_7_2']],
    [['load', 'retry_batch_1', 'retry_retry_batch_1']],
  ])('is not started if the retry of a retry did the work, by their names (%j)', async (names) => {
    const given = { source_query: 'SELECT * FROM s', total_records: 1000, batch_size: 100 };
    for (const [at, operation] of names.entries()) {
      const status = at === 2 ? 'completed' : 'failed';
      await insertRun(0, [at === 2 ? 700 : 300], {
        ...given,
        operation,
        status,
        started_at: daysAgo(0, 60 * at - 600),
        completed_at: daysAgo(0, 60 * at - 590),
      });
    }
    expect(await control.retryOperation(1)).toMatchObject({ kind: 'done', operation: { id: 3 } });
    expect(await control.retryOperation(2)).toMatchObject({ kind: 'done', operation: { id: 3 } });
  });
});

describe('the end of an operation', () => {
  it.each([1000, 1569, 2000])('reports how many of 1569 records are done if the source has %i', async (records) => {
    const { migrateBatch } = migrator(records);
    const outcome = await control.runBatches({ start: { ...start, totalRecords: 1569 }, migrateBatch });
    expect(outcome).toMatchObject({ kind: 'completed', records, expected: 1569 });
  });

  it('includes the records of earlier operations', async () => {
    await insertRun(0, [500, 500]);
    const { migrateBatch } = migrator(1569);
    expect(await control.runBatches({ start: { ...start, totalRecords: 1569 }, migrateBatch })).toMatchObject({
      operation: { recordsProcessed: 569 },
      records: 1569,
      expected: 1569,
    });
  });
});
