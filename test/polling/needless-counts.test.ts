import { describe, expect, it } from 'vitest';
import type { Operation } from '../../source/domain/operation.ts';
import { checkOf } from '../../source/polling/counting-work.ts';
import type { IdRange } from '../../source/polling/id-range.ts';
import { createLedger } from '../../source/polling/ledger.ts';
import type { Ledger } from '../../source/polling/ledger-interface.ts';
import { type LedgerLimits, usualLimits } from '../../source/polling/ledger-limits.ts';
import { operation } from '../domain/build.ts';
import { type FakeDatabase, fakeDatabase, insertRow, step, updateRow, workOff } from '../support/fake-database.ts';

const sample = { fewRows: 3, completed: 2, others: 3, judgedOthers: 2 };
const limits: LedgerLimits = { ...usualLimits, rangeRows: 20, sample };
const query = (batch: number): string => `SELECT * FROM s LIMIT 100 OFFSET ${100 * batch}`;

const batch = (database: FakeDatabase, number: number, row: Partial<Operation> = {}): Operation =>
  operation({
    id: database.nextId(),
    totalRecords: 10_000,
    batchSize: 100,
    recordsProcessed: 100,
    status: 'completed',
    startedAt: 10,
    completedAt: 20,
    sourceQuery: query(number),
    ...row,
  });

/** Forty completed batches in two id ranges, counted, and a running one. */
function counted(): { database: FakeDatabase; ledger: Ledger; running: Operation } {
  const database = fakeDatabase({ sample });
  for (let number = 0; number < 40; number++) insertRow(database, batch(database, number));
  const ledger = createLedger(limits);
  step(ledger, database);
  workOff(ledger, database);
  const running = batch(database, 50, {
    status: 'running',
    recordsProcessed: 10,
    startedAt: database.now,
    completedAt: null,
  });
  insertRow(database, running);
  nextPoll(ledger, database);
  return { database, ledger, running };
}

function nextPoll(ledger: Ledger, database: FakeDatabase): void {
  database.now += 1;
  step(ledger, database);
}

const doubtful = (ledger: Ledger): readonly IdRange[] =>
  ledger
    .ranges()
    .all()
    .filter(({ isStale, isGuessed }) => isStale || isGuessed);

describe('no id range is counted again', () => {
  it('when an operation fails of which the ledger knows that it is the only attempt', () => {
    const { database, ledger, running } = counted();
    updateRow(database, running.id, { status: 'failed', completedAt: database.now });
    nextPoll(ledger, database);
    expect(ledger.snapshot().failures).toHaveLength(1);
    expect(doubtful(ledger)).toEqual([]);
  });

  it('when a poll reads a failed operation and its retry, which it takes first, at once', () => {
    const { database, ledger, running } = counted();
    updateRow(database, running.id, { status: 'failed', completedAt: database.now });
    const retry = batch(database, 50, {
      status: 'running',
      recordsProcessed: 0,
      startedAt: database.now,
      completedAt: null,
    });
    insertRow(database, retry);
    nextPoll(ledger, database);
    expect(ledger.snapshot().totals[0]?.attempts).toMatchObject([[{ id: running.id }, { id: retry.id }]]);
    expect(doubtful(ledger)).toEqual([]);
  });
});

it('the id ranges with other rows of its work are counted again when a poll reads a later attempt', () => {
  const { database, ledger } = counted();
  insertRow(database, batch(database, 3, { status: 'failed', startedAt: database.now, completedAt: database.now }));
  nextPoll(ledger, database);
  expect(doubtful(ledger)).toHaveLength(2);
  workOff(ledger, database);
  expect(ledger.snapshot().totals[0]?.attempts).toMatchObject([[{ id: 4 }, { id: 42 }]]);
});

it('all id ranges of a table are counted again when an operation fails, if only some of the digests are kept', () => {
  const { database, ledger } = counted();
  const few = createLedger({ ...limits, maxKeys: 8 });
  step(few, database);
  workOff(few, database);
  expect(few.keys().mask).toBeGreaterThan(0);
  insertRow(database, batch(database, 60, { status: 'failed', startedAt: database.now, completedAt: database.now }));
  nextPoll(ledger, database);
  nextPoll(few, database);
  expect(doubtful(ledger)).toEqual([]);
  expect(doubtful(few).length).toBeGreaterThanOrEqual(2);
});

describe('a routine check', () => {
  /** Two tables in one id range, of which operations run: what the check finds after changes. */
  function checked(change: (database: FakeDatabase, ids: { a: number; b: number }) => void): string | null {
    const database = fakeDatabase({ sample });
    const live = { status: 'running', startedAt: 990_000, completedAt: null, recordsProcessed: 10 } as const;
    for (let number = 0; number < 6; number++)
      insertRow(database, batch(database, number, { tableName: number % 2 === 0 ? 'a' : 'b' }));
    const [a, b] = ['a', 'b'].map((tableName) => insertRow(database, batch(database, 9, { ...live, tableName }))) as [
      number,
      number,
    ];
    const ledger = createLedger(limits);
    step(ledger, database);
    workOff(ledger, database);
    change(database, { a, b });
    database.now += 60;
    const [range] = ledger.ranges().all();
    if (range === undefined) expect.fail('there is no id range');
    const work = { kind: 'range', range, limit: null, urgency: 'calm' } as const;
    const worked = database.work(work, ledger.keys());
    step(ledger, database, work);
    const changed = ledger.snapshot().operations.filter(({ recordsProcessed }) => recordsProcessed === 20);
    return checkOf(worked, changed);
  }

  const progress = (database: FakeDatabase, id: number): void => updateRow(database, id, { recordsProcessed: 20 });
  /** As another session that changes an operation that ended long ago. */
  const edit = (database: FakeDatabase, id: number): void => updateRow(database, id, { recordsProcessed: 55 });

  it('compares the tables of which no row has changed since the last poll', () => {
    expect(checked(() => {})).toBe('same');
    expect(checked((database, { a }) => progress(database, a))).toBe('same');
    expect(checked((database, { a, b }) => [a, b].map((id) => progress(database, id)))).toBeNull();
  });

  it('finds a change that polls do not see, also beside changes of other tables', () => {
    expect(checked((database) => edit(database, 2))).toBe('different');
    expect(
      checked((database, { a }) => {
        progress(database, a);
        edit(database, 2);
      }),
    ).toBe('different');
  });
});
