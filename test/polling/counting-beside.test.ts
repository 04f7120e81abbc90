import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DatabaseError, sqlState } from '../../source/database/database-error.ts';
import type { Operation } from '../../source/domain/operation.ts';
import type { CountingResult } from '../../source/polling/changes.ts';
import { createCountingBeside, type RangeResult } from '../../source/polling/counting-beside.ts';
import { createCountingTimeouts } from '../../source/polling/counting-timeouts.ts';
import { createLedger } from '../../source/polling/ledger.ts';
import { usualLimits } from '../../source/polling/ledger-limits.ts';
import { operation } from '../domain/build.ts';
import { fakeDatabase } from '../support/fake-database.ts';
import { totalsOf } from '../support/totals.ts';

const ids = 5;

/** A table of 60 operations, the last ones open, and a ledger that counts it on two connections. */
function watched() {
  const database = fakeDatabase();
  const ledger = createLedger({ ...usualLimits, rangeRows: ids, lateIds: 8 });
  /** The second connection answers after `arrive`; its snapshot is of then, or of the moment at which it was asked. */
  let arrive: (() => void) | null = null;
  let isLate = false;
  let counted = 0;
  const beside = createCountingBeside({
    ranges: ledger.ranges,
    bottom: ledger.bottom,
    ids,
    async count(work) {
      const asked = database.work(work, ledger.keys()) as RangeResult;
      await new Promise<void>((resolve) => {
        arrive = resolve;
      });
      return isLate ? (database.work(work, ledger.keys()) as RangeResult) : asked;
    },
  });

  function insert(fields: Partial<Operation>): void {
    const transaction = database.begin();
    transaction.put(operation({ id: database.nextId(), tableName: 'cases', recordsProcessed: 0, ...fields }));
    transaction.commit();
  }
  function change(which: number, status: Operation['status'], fields: Partial<Operation>): void {
    const rows = [...database.rows.values()].filter((row) => row.status === status);
    const row = rows[which % Math.max(1, rows.length)];
    if (row === undefined) return;
    const transaction = database.begin();
    transaction.change(row.id, (was) => ({ ...was, ...fields }));
    transaction.commit();
  }
  async function take(isCounting: boolean): Promise<void> {
    const arrived = beside.arrived();
    const request = ledger.request([]);
    const work = isCounting ? ledger.work() : null;
    const changes = database.changes(request);
    const worked: CountingResult | undefined = work === null ? undefined : database.work(work, ledger.keys());
    const counts = beside.polled(changes, arrived);
    counted += counts.length;
    if (!ledger.take(changes, request, worked, counts)) beside.drop(counts);
  }

  for (let row = 0; row < 60; row++) {
    if (row < 45) insert({ status: 'completed', recordsProcessed: 10, startedAt: 100, completedAt: 200 });
    else insert({ status: row % 2 === 0 ? 'running' : 'pending', startedAt: row % 2 === 0 ? 300 : null });
  }
  return {
    database,
    ledger,
    beside,
    insert,
    change,
    take,
    taken: () => counted,
    async arrives(late: boolean) {
      isLate = late;
      arrive?.();
      arrive = null;
      await beside.ended();
    },
  };
}

it('counts on a second connection give the totals of a full count, whatever workers change meanwhile', async () => {
  const step = fc.record({
    kind: fc.constantFrom('insert', 'begin', 'end', 'fail', 'report', 'poll', 'count', 'beside', 'arrive'),
    which: fc.nat({ max: 30 }),
    late: fc.boolean(),
  });
  let takenBeside = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
      const { database, ledger, beside, insert, change, take, taken, arrives } = watched();
      await take(false);
      for (const { kind, which, late } of steps) {
        database.now += 1;
        const now = database.now;
        if (kind === 'insert') insert({ status: 'pending' });
        else if (kind === 'begin') change(which, 'pending', { status: 'running', startedAt: now });
        else if (kind === 'report') change(which, 'running', { recordsProcessed: which });
        else if (kind === 'end')
          change(which, 'running', { status: 'completed', recordsProcessed: 10, completedAt: now });
        else if (kind === 'fail') change(which, 'running', { status: 'failed', completedAt: now });
        else if (kind === 'poll') await take(false);
        else if (kind === 'count') await take(true);
        else if (kind === 'beside') beside.begin();
        else await arrives(late);
      }
      await arrives(false);
      // Rows written since the last poll: if they are too many for one, the next one leaves them to be counted.
      for (let poll = 0; poll < 3; poll++) await take(false);
      for (let round = 0; round < 200 && (ledger.isWrong() || beside.isBusy()); round++) {
        beside.begin();
        await arrives(round % 2 === 0);
        await take(true);
      }
      takenBeside += taken();
      const { totals, coverage } = ledger.snapshot();
      expect(coverage).toMatchObject({ share: 1, isStale: false });
      expect(totals).toEqual(totalsOf([...database.rows.values()]));
    }),
    { numRuns: 100 },
  );
  expect(takenBeside).toBeGreaterThan(0);
});

it('leaves every other id range to the second connection, and counts one again of which a row changed meanwhile', async () => {
  const { ledger, beside, change, take, arrives } = watched();
  await take(false);
  await take(true);
  beside.begin();
  const elsewhere = ledger
    .ranges()
    .all()
    .find(({ isElsewhere }) => isElsewhere);
  expect(elsewhere).toMatchObject({ countedAt: null });
  expect(ledger.work()).not.toMatchObject({ range: elsewhere });
  await arrives(false);
  await take(true);
  expect(elsewhere).toMatchObject({ isElsewhere: false });
  expect(elsewhere?.countedAt).not.toBeNull();
  for (let row = 0; row < 20; row++) change(row, 'completed', { recordsProcessed: 10 });
  beside.begin();
  const touched = ledger
    .ranges()
    .all()
    .find(({ isElsewhere }) => isElsewhere);
  for (let row = 0; row < 60; row++) change(row, 'completed', { status: 'failed' });
  await arrives(false);
  await take(false);
  expect(touched).toMatchObject({ isElsewhere: false, countedAt: null });
});

it('a count that times out is tried with a quarter of the rows, and fails after six timeouts in a row', () => {
  const timeouts = createCountingTimeouts();
  const range = createLedger().top();
  const work = { kind: 'range', range, limit: 20_000, urgency: 'hurried' } as const;
  const timeout = Object.assign(new Error('timeout'), { severity: 'ERROR', code: sqlState.queryCanceled });
  const cancelled = new DatabaseError('failed', 'timeout', timeout);
  expect(timeouts.fitted(work)).toBe(work);
  expect(timeouts.failed(cancelled, work)).toMatchObject({ isWhole: false });
  expect(timeouts.fitted(work)).toMatchObject({ limit: 5000 });
  timeouts.succeeded();
  for (let attempt = 0; attempt < 5; attempt++) timeouts.failed(cancelled, { ...work, limit: 600 });
  expect(timeouts.fitted(work)).toMatchObject({ limit: 500 });
  expect(() => timeouts.failed(cancelled, work)).toThrow(cancelled);
  expect(() => createCountingTimeouts().failed(new Error('no'), work)).toThrow('no');
});
