import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { planRetry } from '../../source/domain/retry.ts';
import { readTable } from '../../source/worker/checkpoint.ts';
import type { MigrationControl } from '../../source/worker/index.ts';
import { openSession } from '../../source/worker/session.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { migrator } from './migrator.ts';
import { insertRow, rowOf, workerOf } from './table.ts';

let database: TestDatabase;
let control: MigrationControl;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  ({ control } = await workerOf(database, 7));
});
afterEach(() => database.query('TRUNCATE migration_control RESTART IDENTITY'));
afterAll(() => database.drop());

const placed = (place: string) => `/* migtop run=- counts=own from=${place} */`;

/** Adds the pending operation that `R` of migtop adds for a failed or skipped one. */
async function addRetry(of: number): Promise<number> {
  const { rows } = await readTable(openSession(database, { workerId: 1 }), 'execution', 'brackets', {});
  const plan = planRetry(rows, of);
  if (plan.kind !== 'possible') throw new Error(plan.kind);
  const { source_query } = await rowOf(database, of);
  const row = { operation: `retry_batch_${of}`, status: 'pending', source_query, validation_query: plan.mark };
  return insertRow(database, row);
}

/** Claims the retry and runs it, as a worker of a queue does. */
async function claimAndRun() {
  const operation = await control.claimNext();
  if (operation === null) throw new Error('nothing is pending');
  const { migrateBatch, offsets } = migrator(1569);
  const outcome = await control.runBatches({ operation, migrateBatch });
  return { outcome, first: offsets()[0] };
}

describe('a retry from the screen of an operation that continued its table', () => {
  const failed = { status: 'failed', worker_id: 7, completed_at: new Date() };

  it.each([
    { what: 'failed before its first record', first: failed, source_query: null },
    { what: 'failed before its first record, with a query', first: failed, source_query: 'SELECT * FROM dispatch' },
    { what: 'was skipped before its first record', first: { ...failed, status: 'skipped' }, source_query: null },
    { what: 'failed before its place was written', first: failed, place: '0 of=table', source_query: null },
    { what: 'failed before the last day', first: failed, ended: '2026-01-02T00:00:00Z', source_query: null },
  ])('continues behind a later start that nothing else connects: it $what', async (given) => {
    const { first, place = '0', ended, source_query } = given;
    const at = ended === undefined ? {} : { completed_at: new Date(ended), started_at: new Date(ended) };
    await insertRow(database, { ...first, ...at, source_query, validation_query: placed(place) });
    const later = { ...failed, ...at, source_query, records_processed: 500, validation_query: placed('0') };
    await insertRow(database, later);
    const id = await addRetry(1);
    const { outcome, first: offset } = await claimAndRun();
    expect(offset).toBe(500);
    expect(outcome).toMatchObject({ kind: 'completed', operation: { id }, records: 1569 });
    expect(await rowOf(database, id)).toMatchObject({ validation_query: placed('500 repeats=1') });
    expect(await control.resumeFromLastCheckpoint('brackets')).toBe(1569);
  });

  it.each(['500', '500 of=table'])(
    'does no records again that the table has had since then, if `since` excludes what it repeats: from=%s',
    async (place) => {
      await insertRow(database, { ...failed, operation: 'copy', validation_query: placed(place) });
      const done = { ...failed, operation: 'copy', records_processed: 400, validation_query: placed('0') };
      const since = await insertRow(database, done);
      const id = await addRetry(1);
      const operation = await control.claimNext();
      if (operation === null) throw new Error('nothing is pending');
      const { migrateBatch, offsets } = migrator(1569);
      const outcome = await control.runBatches({ operation, since, batchSize: 500, migrateBatch });
      expect(offsets()[0]).toBe(400);
      expect(outcome).toMatchObject({ kind: 'completed', operation: { id }, records: 1569 });
    },
  );

  it('does not continue behind other work whose name its own name contains', async () => {
    await insertRow(database, { ...failed, operation: 'copy', records_processed: 500, validation_query: placed('0') });
    const other = { operation: 'batch_1', status: 'completed', records_processed: 1000 };
    await insertRow(database, { ...other, validation_query: placed('0') });
    const id = await addRetry(1);
    const { outcome, first } = await claimAndRun();
    expect(first).toBe(500);
    expect(outcome).toMatchObject({ operation: { id, operation: 'retry_batch_1' }, records: 1569 });
  });

  it('continues behind a later start also if it had records itself', async () => {
    await insertRow(database, { ...failed, records_processed: 300, validation_query: placed('0') });
    await insertRow(database, { ...failed, validation_query: placed('300 repeats=1') });
    await insertRow(database, { ...failed, records_processed: 200, validation_query: placed('300') });
    await addRetry(1);
    expect((await claimAndRun()).first).toBe(500);
  });

  it.each(['failed', 'skipped'])(
    'continues where the %s operation was, if the rows do not say where that is',
    async (status) => {
      const place = status === 'failed' ? '1000 of=table' : '1000';
      await insertRow(database, { ...failed, status, validation_query: placed(place) });
      await addRetry(1);
      expect((await claimAndRun()).first).toBe(1000);
    },
  );

  it('finds the records done if it is the second of two', async () => {
    await insertRow(database, { ...failed, validation_query: placed('0') });
    await insertRow(database, { ...failed, records_processed: 500, validation_query: placed('0') });
    const marks = [1, 2].map((id) => ({
      operation: `retry_batch_${id}`,
      status: 'pending',
      validation_query: `/* migtop run=- counts=own repeats=${id} */`,
    }));
    for (const row of marks) await insertRow(database, row);
    expect(await claimAndRun()).toMatchObject({ first: 500, outcome: { kind: 'completed', records: 1569 } });
    expect(await claimAndRun()).toMatchObject({ first: 1569, outcome: { kind: 'already done', records: 1569 } });
  });
});
