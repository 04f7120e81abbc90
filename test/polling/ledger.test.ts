import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BatchSums } from '../../source/domain/batch-tally.ts';
import { batchOfOperation, batchSumsOf, batchTallyOf } from '../../source/domain/batch-tally.ts';
import { goalVerdict, type Rest, restAfter } from '../../source/domain/goal.ts';
import { type Observation, observe } from '../../source/domain/observation.ts';
import { type Operation, type Status, statuses } from '../../source/domain/operation.ts';
import type { HistorySpan, Total } from '../../source/domain/snapshot.ts';
import { summariseTables } from '../../source/domain/summary.ts';
import { noFailures } from '../../source/domain/triage-tally.ts';
import { inBrief } from '../../source/polling/brief-counts.ts';
import type { CountingResult, CountingWork } from '../../source/polling/changes.ts';
import { emptyRange } from '../../source/polling/id-range.ts';
import { keptText, readKeptText } from '../../source/polling/kept-text.ts';
import { createLedger } from '../../source/polling/ledger.ts';
import type { Ledger } from '../../source/polling/ledger-interface.ts';
import type { LedgerLimits } from '../../source/polling/ledger-limits.ts';
import { operation } from '../domain/build.ts';
import { type FakeDatabase, fakeDatabase, step, type Transaction, workOff } from '../support/fake-database.ts';
import { totalsOf } from '../support/totals.ts';

/** Limits so low that a table of some dozen rows reaches all of them. */
const small: LedgerLimits = {
  lateIds: 8,
  maxChanges: 12,
  summedPerSecond: Number.POSITIVE_INFINITY,
  maxListed: 6,
  maxFollowed: 5,
  rangeRows: 4,
  maxTallies: 12,
  maxKeys: 1000,
  sample: { fewRows: 3, completed: 2, others: 3, judgedOthers: 2 },
};

const roomy: LedgerLimits = { ...small, maxChanges: 1000, maxListed: 1000, maxFollowed: 1000, lateIds: 40 };
/**
 * No status is counted at each poll. A row that is committed late then looks like one that was pending, a guess, where no poll has an
 * id below it: if it was inserted before the first poll, or has no start. No row is committed more than `lateIds` late here.
 */
const uncounted: LedgerLimits = { ...roomy, maxFollowed: -1, lateIds: 200 };
/** New rows are added up whenever that is possible. */
const summing: LedgerLimits = { ...roomy, summedPerSecond: 0 };
const { sample } = small;

/** A change of the table by a worker, an operator or another session. `which` chooses the row, counted from the newest. */
type Change =
  | { kind: 'insert'; status: Status; table: string; total: number | null; batch: number | null }
  | { kind: 'begin'; which: number }
  | { kind: 'progress'; which: number; records: number }
  | { kind: 'end'; which: number; status: Status }
  | { kind: 'set'; which: number; status: Status }
  | { kind: 'edit'; which: number; records: number; table: string }
  | { kind: 'delete'; which: number }
  | { kind: 'open' }
  | { kind: 'commit' }
  | { kind: 'wait'; seconds: number }
  | { kind: 'poll' }
  | { kind: 'work' }
  | { kind: 'truncate' }
  | { kind: 'restart' }
  | { kind: 'fail over' };

const table = fc.constantFrom('brackets', 'cases', 'persons');
const which = fc.nat({ max: 1000 });
const anyStatus = fc.constantFrom(...statuses);

/** Changes that a poll sees: rows that are new, live or failed, or that have started since. */
const seen: fc.Arbitrary<Change>[] = [
  fc.record({
    kind: fc.constant('insert' as const),
    status: anyStatus,
    table,
    // Mostly the same, as in most tables.
    total: fc.constantFrom(1000, 1000, 1000, 5, 0, null),
    batch: fc.constantFrom(10, 10, 5, 3, null),
  }),
  fc.record({ kind: fc.constant('begin' as const), which }),
  fc.record({ kind: fc.constant('progress' as const), which, records: fc.nat({ max: 500 }) }),
  fc.record({
    kind: fc.constant('end' as const),
    which,
    status: fc.constantFrom<Status>('completed', 'failed', 'paused', 'skipped', 'pending'),
  }),
  fc.record({ kind: fc.constant('open' as const) }),
  fc.record({ kind: fc.constant('commit' as const) }),
  fc.record({ kind: fc.constant('wait' as const), seconds: fc.integer({ min: 0, max: 20 }) }),
  fc.record({ kind: fc.constant('poll' as const) }),
  fc.record({ kind: fc.constant('work' as const) }),
  fc.record({ kind: fc.constant('restart' as const) }),
];

/** Changes that a poll may miss. */
const unseen: fc.Arbitrary<Change>[] = [
  fc.record({ kind: fc.constant('set' as const), which, status: anyStatus }),
  fc.record({ kind: fc.constant('edit' as const), which, records: fc.nat({ max: 500 }), table }),
  fc.record({ kind: fc.constant('delete' as const), which }),
  fc.record({ kind: fc.constant('truncate' as const) }),
  fc.record({ kind: fc.constant('fail over' as const) }),
];

interface Play {
  readonly database: FakeDatabase;
  ledger: Ledger;
  readonly limits?: LedgerLimits;
  readonly open: Transaction[];
}

function play(database: FakeDatabase, limits: LedgerLimits, changes: readonly Change[]): Play {
  const played: Play = { database, ledger: createLedger(limits), limits, open: [] };
  for (const change of changes) act(played, change);
  return played;
}

/** The same ledger in another run of the program: from the text that was kept of it. */
function restarted(ledger: Ledger, limits: LedgerLimits): Ledger {
  const later = createLedger(limits);
  const kept = ledger.keep();
  if (kept === null) return later;
  const text = readKeptText(keptText(kept, 'key', limits.sample), 'key');
  later.resume(text?.whole() ?? expect.fail('the text of a ledger cannot be read'));
  if (text?.preview != null) {
    const preview = createLedger(limits);
    preview.resume(text.preview);
    expect(preview.snapshot().totals).toEqual(later.snapshot().totals);
    expect(preview.snapshot().coverage).toEqual(later.snapshot().coverage);
  }
  return later;
}

function act(played: Play, change: Change): void {
  const { database, ledger, open } = played;
  const newest = (status: Status | null, nth: number): Operation | undefined => {
    const rows = [...database.rows.values()].filter((row) => status === null || row.status === status);
    return rows.sort((a, b) => b.id - a.id)[nth % Math.max(1, rows.length)];
  };
  const now = database.now;
  const write = (change: (transaction: Transaction) => void): void => {
    // Half of the writes go into a transaction that stays open.
    const last = open.at(-1);
    if (last !== undefined && open.length % 2 === 1) change(last);
    else {
      const transaction = database.begin();
      change(transaction);
      transaction.commit();
    }
  };
  switch (change.kind) {
    case 'insert': {
      const ended = change.status === 'completed' || change.status === 'failed';
      const id = database.nextId();
      write((transaction) =>
        transaction.put(
          operation({
            id,
            tableName: change.table,
            status: change.status,
            startedAt: change.status === 'pending' ? null : now - 1,
            completedAt: ended ? now : null,
            recordsProcessed: change.status === 'pending' ? null : id % 7,
            totalRecords: change.total,
            batchSize: change.batch,
            operation: id % 5 === 0 ? 'batch_retry' : 'batch',
            sourceQuery: id % 4 === 0 ? null : `SELECT 1 LIMIT ${id % 3}`,
          }),
        ),
      );
      return;
    }
    case 'begin': {
      const row = newest('pending', change.which);
      if (row === undefined) return;
      write((one) => one.change(row.id, (was) => ({ ...was, status: 'running', startedAt: now, recordsProcessed: 0 })));
      return;
    }
    case 'progress': {
      const row = newest('running', change.which);
      if (row === undefined) return;
      write((one) => one.change(row.id, (was) => ({ ...was, recordsProcessed: change.records })));
      return;
    }
    case 'end': {
      const row = newest('running', change.which);
      if (row === undefined) return;
      write((one) => one.change(row.id, (was) => ({ ...was, status: change.status, completedAt: now })));
      return;
    }
    case 'set': {
      const row = newest(null, change.which);
      if (row !== undefined) write((one) => one.change(row.id, (was) => ({ ...was, status: change.status })));
      return;
    }
    case 'edit': {
      const row = newest(null, change.which);
      if (row === undefined) return;
      const figures = { recordsProcessed: change.records, tableName: change.table, totalRecords: change.records };
      write((one) => one.change(row.id, (was) => ({ ...was, ...figures })));
      return;
    }
    case 'delete': {
      const row = newest(null, change.which);
      if (row !== undefined) write((one) => one.remove(row.id));
      return;
    }
    case 'open':
      if (open.length < 3) open.push(database.begin());
      return;
    case 'commit':
      open.shift()?.commit();
      return;
    case 'wait':
      database.now += change.seconds;
      return;
    case 'poll':
      step(ledger, database);
      return;
    case 'work': {
      step(ledger, database);
      const work = ledger.work();
      if (work !== null) step(ledger, database, work);
      return;
    }
    case 'truncate':
      database.truncate();
      return;
    case 'restart':
      played.ledger = restarted(ledger, played.limits ?? roomy);
      return;
    case 'fail over':
      database.failOver();
  }
}

const byName = <T extends { phase: string; tableName: string }>(totals: readonly T[]): T[] =>
  totals.toSorted((a, b) => (`${a.phase} ${a.tableName}` < `${b.phase} ${b.tableName}` ? -1 : 1));

function batchSumsOfRows(rows: readonly Operation[]): readonly BatchSums[] {
  return batchSumsOf(
    rows.flatMap((row) => {
      const batch = batchOfOperation(row);
      return batch === null ? [] : [[row.tableName, new Map([[batch.batchSize, batchTallyOf(batch)]])] as const];
    }),
  );
}

const inOrder = (sums: readonly BatchSums[]): BatchSums[] =>
  sums.toSorted((a, b) => (`${a.tableName} ${a.batchSize}` < `${b.tableName} ${b.batchSize}` ? -1 : 1));

/** @param hasAttempts false if rows with the record range of a new failure may be in id ranges that are counted again later */
function expectExact({ ledger, database }: Play, listed = roomy.maxListed, hasAttempts = true): void {
  const { totals, coverage, operations, failures } = ledger.snapshot();
  const rows = [...database.rows.values()];
  expect(coverage).toMatchObject({ share: 1, isStale: false });
  const compared = (of: readonly Total[]): Total[] =>
    byName(of).map((total) => (hasAttempts ? total : { ...total, attempts: [] }));
  expect(compared(totals)).toEqual(compared(totalsOf(rows, sample)));
  expect(inOrder(ledger.batchSums())).toEqual(inOrder(batchSumsOfRows(rows)));
  const ids = (of: readonly Operation[], ...which: Status[]): number[] =>
    of
      .filter(({ status }) => which.includes(status))
      .map(({ id }) => id)
      .sort((a, b) => a - b);
  // If there are more rows than the limit, the lists are full.
  const live = ids(rows, 'running', 'paused');
  if (live.length <= listed) expect(ids(operations, 'running', 'paused')).toEqual(live);
  const failed = ids(rows, 'failed');
  if (failed.length <= listed) expect(ids(failures, 'failed')).toEqual(failed);
  else expect(failures.length).toBeGreaterThanOrEqual(listed / 2);
}

/** Commits all open transactions and counts the table again. */
function settle(played: Play): void {
  const { open, ledger, database } = played;
  for (const transaction of open.splice(0)) transaction.commit();
  step(ledger, database);
  workOff(ledger, database);
  database.now += 60;
  step(ledger, database);
  workOff(ledger, database);
}

/** The highest id falls below the lowest id of the first poll, which was deleted; then the program starts again. */
const fallenTop: Change[] = [
  { kind: 'open' },
  { kind: 'open' },
  { kind: 'open' },
  { kind: 'insert', status: 'pending', table: 'brackets', total: 1000, batch: 10 },
  { kind: 'commit' },
  { kind: 'commit' },
  { kind: 'open' },
  { kind: 'insert', status: 'pending', table: 'brackets', total: 1000, batch: 10 },
  { kind: 'poll' },
  { kind: 'delete', which: 0 },
  { kind: 'commit' },
  { kind: 'poll' },
  { kind: 'restart' },
];

describe('the ledger', () => {
  it.each([
    ['with versions', {}, small],
    ['with versions and room for all', {}, roomy],
    ['of a table whose rows have no version', { hasVersions: false }, roomy],
    ['across the end of the transaction numbers', { startXid: 2 ** 32 - 12 }, small],
    ['if new rows are added up', {}, summing],
    ['if new rows are added up, with low limits', {}, { ...small, summedPerSecond: 0 }],
  ])('equals a full count after random changes: %s', (_, options, limits) => {
    fc.assert(
      fc.property(fc.array(fc.oneof(...seen, ...seen, ...unseen), { maxLength: 120, size: 'max' }), (changes) => {
        const played = play(fakeDatabase({ ...options, sample }), limits, changes);
        settle(played);
        expectExact(played, limits.maxListed);
      }),
      { numRuns: 300, examples: [[fallenTop]] },
    );
  });

  it.each([
    ['every status is counted', roomy],
    ['no status is counted', uncounted],
    ['new rows are added up', summing],
  ])('equals a full count after every poll while only workers write: %s', (_, limits) => {
    fc.assert(
      fc.property(fc.array(fc.oneof(...seen), { maxLength: 120, size: 'max' }), (changes) => {
        const played = play(fakeDatabase({ sample }), limits, []);
        let isPolled = false;
        for (const change of changes) {
          // Such a ledger is not kept: the restart would be another first poll.
          if (limits.maxFollowed < 0 && change.kind === 'restart') continue;
          const isLate = !isPolled && played.open.length % 2 === 1;
          const isGuessed =
            limits.maxFollowed < 0 &&
            change.kind === 'insert' &&
            (isLate || change.status === 'skipped' || change.status === 'paused');
          act(played, isGuessed ? { ...change, status: 'pending' } : change);
          isPolled ||= change.kind === 'poll' || change.kind === 'work';
          if (change.kind !== 'poll') continue;
          workOff(played.ledger, played.database);
          expectExact(played, roomy.maxListed, false);
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each<Status>(['running', 'completed', 'failed', 'paused', 'skipped'])(
    'counts a guess again: a %s row that a transaction from before the first poll inserted, taken for a pending one',
    (status) => {
      const insert = (of: Status): Change => ({ kind: 'insert', status: of, table: 'cases', total: 1000, batch: 10 });
      const late: Change[] = [{ kind: 'open' }, insert(status)];
      const played = play(fakeDatabase({ sample }), uncounted, late);
      const { database } = played;
      const other = database.begin();
      for (let row = 0; row < 6; row++)
        other.put(
          operation({
            id: database.nextId(),
            tableName: 'cases',
            status: 'pending',
            totalRecords: 1000,
            batchSize: 10,
          }),
        );
      other.commit();
      act(played, { kind: 'poll' });
      workOff(played.ledger, database);
      act(played, { kind: 'commit' });
      act(played, { kind: 'poll' });
      const pending = (): number | undefined => played.ledger.snapshot().totals[0]?.statuses.pending;
      expect([pending(), played.ledger.ranges().all()]).toMatchObject([5, [{ isGuessed: true, isStale: false }, {}]]);
      database.now += 30;
      act(played, { kind: 'poll' });
      workOff(played.ledger, database);
      expect(pending()).toBe(6);
      expectExact(played);
    },
  );
});

describe('a ledger that was counted in brief', () => {
  const played = (changes: readonly Change[]): Play => {
    const { database, open } = play(fakeDatabase({ sample }), roomy, changes);
    for (const transaction of open) transaction.commit();
    const ledger = createLedger(roomy);
    step(ledger, database);
    workOff(ledger, database, inBrief);
    return { database, ledger, limits: roomy, open: [] };
  };

  it('has the sums of a full count, and the rows that decide how a table counts', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(...seen, ...unseen), { maxLength: 120, size: 'max' }), (changes) => {
        expectExact(played(changes), roomy.maxListed, false);
      }),
      { numRuns: 150 },
    );
  });

  it('follows later changes, also from a kept text, and is counted again by the routine checks', () => {
    const some = fc.array(fc.oneof(...seen), { maxLength: 60, size: 'max' });
    fc.assert(
      fc.property(some, some, fc.boolean(), (before, after, isLater) => {
        const brief = played(before);
        if (isLater) brief.ledger = restarted(brief.ledger, roomy);
        for (const change of after) {
          act(brief, change);
          if (change.kind !== 'poll') continue;
          workOff(brief.ledger, brief.database);
          expectExact(brief, roomy.maxListed, false);
        }
        settle(brief);
        expectExact(brief);
        expect(
          brief.ledger
            .ranges()
            .all()
            .some(({ isBrief }) => isBrief),
        ).toBe(false);
      }),
      { numRuns: 150 },
    );
  });

  it('is checked in brief, also after changes that polls do not see', () => {
    const some = fc.array(fc.oneof(...seen, ...unseen), { maxLength: 60, size: 'max' });
    fc.assert(
      fc.property(some, some, (before, after) => {
        const brief = played(before);
        const asTheWatch = (work: CountingWork): CountingWork =>
          brief.ledger.ranges().lacksRows() ? work : inBrief(work);
        for (const change of after) act(brief, change);
        for (const transaction of brief.open.splice(0)) transaction.commit();
        for (let round = 0; round < 2; round++) {
          brief.database.now += 60;
          step(brief.ledger, brief.database);
          workOff(brief.ledger, brief.database, asTheWatch);
        }
        expectExact(brief, roomy.maxListed, false);
      }),
      { numRuns: 150 },
    );
  });

  it('keeps no rows of ranges that are checked and lack nothing, and counts stale ones whole', () => {
    const range = { ...emptyRange(1n, 50_000n, 1), isBrief: true };
    const check = { kind: 'range', range, limit: null, urgency: 'calm' } as const;
    expect(inBrief(check)).toEqual({ ...check, isBrief: true });
    for (const one of [
      { ...range, isStale: true },
      { ...range, isBrief: false },
    ])
      expect(inBrief({ ...check, range: one })).toEqual({ ...check, range: one });
  });
});

describe('the rows that are kept with the sums', () => {
  const insert = (database: FakeDatabase, rows: number): void => {
    const transaction = database.begin();
    for (let row = 0; row < rows; row++)
      transaction.put(
        operation({
          id: database.nextId(),
          status: 'completed',
          recordsProcessed: 100,
          totalRecords: 6000,
          batchSize: 100,
          startedAt: row,
          completedAt: row + 1,
        }),
      );
    transaction.commit();
  };
  const kept = (ledger: Ledger): number =>
    Math.max(
      ...(ledger.keep()?.ranges.ranges ?? []).flatMap(({ groups }) => groups.map((group) => group.sample.length)),
    );

  it('are few in each id range if the whole table has many, although the id range has few operations', () => {
    const database = fakeDatabase({ sample });
    insert(database, 60);
    const ledger = createLedger({ ...roomy, rangeRows: sample.fewRows });
    settle({ database, ledger, open: [] });
    expect(kept(ledger)).toBe(sample.completed);
    // Those that a poll reads, too.
    insert(database, sample.fewRows);
    step(ledger, database);
    expect(kept(ledger)).toBe(sample.completed);
  });

  it('are all rows again once the whole table has few', () => {
    const database = fakeDatabase({ sample });
    insert(database, 60);
    const ledger = createLedger({ ...roomy, rangeRows: sample.fewRows });
    settle({ database, ledger, open: [] });
    const transaction = database.begin();
    for (const id of [...database.rows.keys()].slice(sample.fewRows)) transaction.remove(id);
    transaction.commit();
    settle({ database, ledger, open: [] });
    expect(ledger.snapshot().totals).toMatchObject([{ hasAllRows: true }]);
  });
});

describe('attempts of one work in a large table', () => {
  const range = (number: number): string => `SELECT * FROM s LIMIT 100 OFFSET ${100 * number}`;
  const insert = (database: FakeDatabase, rows: readonly Partial<Operation>[]): void => {
    const transaction = database.begin();
    for (const row of rows)
      transaction.put(operation({ id: database.nextId(), totalRecords: 100, batchSize: 100, ...row }));
    transaction.commit();
  };
  const ranges = (count: number): Partial<Operation>[] =>
    Array.from({ length: count }, (_, number) => ({
      sourceQuery: range(number),
      ...(number % 5 === 0
        ? { status: 'failed' as const, recordsProcessed: 40, startedAt: 10, completedAt: 20 }
        : { status: 'completed' as const, recordsProcessed: 100, startedAt: 10, completedAt: 20 }),
    }));
  const retries = (count: number): Partial<Operation>[] =>
    ranges(count)
      .filter(({ status }) => status === 'failed')
      .map((row) => ({ ...row, status: 'completed', recordsProcessed: 100 }));
  const shown = (ledger: Ledger) => summariseTables(ledger.snapshot().totals)[0];

  it('count once although they are in different id ranges', () => {
    const database = fakeDatabase({ sample });
    insert(database, [...ranges(50), ...retries(50)]);
    const ledger = createLedger({ ...roomy, rangeRows: 7 });
    step(ledger, database);
    workOff(ledger, database);
    expect(shown(ledger)).toMatchObject({ counting: 'own totals', recordsProcessed: 5000, totalRecords: 5000 });
  });

  it('add up if they have no total, also after a count in brief', () => {
    const database = fakeDatabase({ sample });
    const done = ranges(50).map((row) => ({
      ...row,
      status: 'completed' as const,
      recordsProcessed: 100,
      totalRecords: null,
    }));
    insert(
      database,
      done.flatMap((row) => [row, row]),
    );
    const ledger = createLedger({ ...roomy, rangeRows: 10 });
    step(ledger, database);
    const urgencies = new Set<string>();
    workOff(ledger, database, (work) => {
      if (work.kind === 'range') urgencies.add(work.urgency);
      return inBrief(work);
    });
    expect([...urgencies]).toEqual(['hurried']);
    expect(shown(ledger)).toMatchObject({ counting: 'per batch', recordsProcessed: 10_000 });
  });

  it.each([
    ['count up to the total', 'if sixteen batches have more', [450, 450, 450], 500, 1000, 1500],
    ['add up, and the table stays counted in brief', 'if sixteen batches have less', [10, 10, 10], 10, 450, 530],
  ])(
    '%s in a table with more records than it, %s',
    (_how, _if, attempts, batchSize, totalRecords, recordsProcessed) => {
      const database = fakeDatabase({ sample });
      const completed = (counter: number, query: string) =>
        ({ status: 'completed', recordsProcessed: counter, batchSize, totalRecords, sourceQuery: query }) as const;
      const done = Array.from({ length: 50 }, (_, number) => completed(10, range(100 + number)));
      insert(database, [...done, ...attempts.map((counter) => completed(counter, range(1)))]);
      const ledger = createLedger({ ...roomy, rangeRows: 10 });
      step(ledger, database);
      workOff(ledger, database, inBrief);
      expect(shown(ledger)).toMatchObject({ counting: 'per batch', recordsProcessed });
      expect(ledger.snapshot().totals[0]?.attempts).toHaveLength(recordsProcessed === 1500 ? 1 : 0);
    },
  );

  it('count once as soon as a poll reads the repetition', () => {
    const database = fakeDatabase({ sample });
    insert(database, ranges(50));
    const ledger = createLedger({ ...roomy, rangeRows: 7 });
    step(ledger, database);
    workOff(ledger, database);
    expect(shown(ledger)).toMatchObject({ recordsProcessed: 4400, totalRecords: 5000 });
    insert(database, retries(50));
    database.now += 1;
    step(ledger, database);
    expect(shown(ledger)).toMatchObject({ recordsProcessed: 5000, totalRecords: 5000 });
  });

  it('count once if they were repeated between two runs, also at the first poll', () => {
    const database = fakeDatabase({ sample });
    insert(database, ranges(50));
    const ledger = createLedger({ ...roomy, rangeRows: 7 });
    settle({ database, ledger, open: [] });
    const text = readKeptText(keptText(ledger.keep() ?? expect.fail('nothing is kept'), 'key', sample), 'key');
    insert(database, retries(50));
    for (const kept of [text?.preview, text?.whole()]) {
      const later = createLedger({ ...roomy, rangeRows: 7 });
      later.resume(kept ?? expect.fail('it cannot be read'));
      step(later, database);
      expect(shown(later)).toMatchObject({ recordsProcessed: 5000, totalRecords: 5000 });
    }
  });

  const completed = (number: number): Partial<Operation> => ({
    sourceQuery: range(number),
    status: 'completed',
    recordsProcessed: 100,
    startedAt: 10,
    completedAt: 20,
  });

  it.each([
    ['in one id range', 1000],
    ['in different id ranges', 7],
  ])('count once if both are completed, %s', (_, rangeRows) => {
    const database = fakeDatabase({ sample });
    insert(database, [...Array(50).keys(), 3, 30].map(completed));
    const ledger = createLedger({ ...roomy, rangeRows });
    const played = { database, ledger, open: [] };
    settle(played);
    expect(shown(ledger)).toMatchObject({ counting: 'own totals', recordsProcessed: 5000, totalRecords: 5000 });
    expectExact(played);
  });

  it('count once as soon as the table is counted, also in many id ranges', () => {
    const database = fakeDatabase({ sample });
    insert(database, [...Array(50).keys(), 3, 30].map(completed));
    const ledger = createLedger({ ...roomy, rangeRows: 7 });
    step(ledger, database);
    workOff(ledger, database);
    expect(ledger.snapshot().coverage).toMatchObject({ share: 1, isStale: false });
    expect(shown(ledger)).toMatchObject({ counting: 'own totals', recordsProcessed: 5000, totalRecords: 5000 });
  });

  it('count once in each of two tables that have the same queries', () => {
    const database = fakeDatabase({ sample });
    const tables = ['first', 'second'];
    const inTable = (tableName: string) => (number: number) => ({ ...completed(number), tableName });
    for (const tableName of tables) insert(database, [...Array(50).keys(), 3, 30].map(inTable(tableName)));
    const ledger = createLedger({ ...roomy, rangeRows: 30 });
    step(ledger, database);
    workOff(ledger, database);
    const exact = { counting: 'own totals', recordsProcessed: 5000, totalRecords: 5000 };
    const figures = () => summariseTables(ledger.snapshot().totals);
    expect(figures()).toMatchObject(tables.map((tableName) => ({ tableName, ...exact })));
    for (const tableName of tables) {
      insert(database, [inTable(tableName)(17)]);
      database.now += 1;
      step(ledger, database);
      workOff(ledger, database);
    }
    expect(figures()).toMatchObject(tables.map((tableName) => ({ tableName, ...exact })));
  });

  it('count once when a poll reads another one, as soon as its id range is counted again', () => {
    const database = fakeDatabase({ sample });
    insert(database, [...Array(50).keys()].map(completed));
    const ledger = createLedger({ ...roomy, lateIds: 2, rangeRows: 1000 });
    step(ledger, database);
    workOff(ledger, database);
    insert(database, [{ ...completed(3), status: 'running', recordsProcessed: 40, startedAt: database.now }]);
    database.now += 1;
    step(ledger, database);
    workOff(ledger, database);
    expect(shown(ledger)).toMatchObject({ recordsProcessed: 5000, totalRecords: 5000, percent: 99.99 });
    const ended = database.begin();
    ended.change(51, (row) => ({ ...row, status: 'completed', recordsProcessed: 100, completedAt: database.now }));
    ended.commit();
    database.now += 1;
    step(ledger, database);
    expect(ledger.work()).toBeNull();
    expect(shown(ledger)).toMatchObject({ recordsProcessed: 5000, totalRecords: 5000, percent: 100 });
    expectExact({ database, ledger, open: [] });
  });

  it('are unclear if the ledger keeps only some of the queries, and some of these are repeated', () => {
    const database = fakeDatabase({ sample });
    const twice = [...Array(50).keys()].map(completed);
    insert(database, [...twice, ...twice]);
    const ledger = createLedger({ ...roomy, maxKeys: 20, rangeRows: 7 });
    settle({ database, ledger, open: [] });
    expect(shown(ledger)).toMatchObject({ counting: 'unclear', outcome: null });
    const once = fakeDatabase({ sample });
    insert(once, twice);
    const other = createLedger({ ...roomy, maxKeys: 20, rangeRows: 7 });
    settle({ database: once, ledger: other, open: [] });
    expect(shown(other)).toMatchObject({ counting: 'own totals', recordsProcessed: 5000, totalRecords: 5000 });
  });

  it('are no reason to count other id ranges again when the failed one is counted again', () => {
    const database = fakeDatabase({ sample });
    insert(database, [...ranges(50), ...retries(50)]);
    const ledger = createLedger({ ...roomy, rangeRows: 7 });
    settle({ database, ledger, open: [] });
    const guessed = () =>
      ledger
        .ranges()
        .all()
        .filter(({ isGuessed }) => isGuessed);
    expect(guessed()).toEqual([]);
    for (const range of [...ledger.ranges().all()])
      step(ledger, database, { kind: 'range', range, limit: null, urgency: 'calm' });
    expect(guessed()).toEqual([]);
  });

  it('are no reason to count again if polls have read the repetitions of failed ones in another id range', () => {
    const database = fakeDatabase({ sample });
    insert(database, ranges(40));
    const ledger = createLedger({ ...roomy, rangeRows: 20 });
    settle({ database, ledger, open: [] });
    insert(database, retries(40));
    step(ledger, database);
    const all = [...ledger.ranges().all()];
    for (const range of all) step(ledger, database, { kind: 'range', range, limit: null, urgency: 'calm' });
    expect(all.filter(({ isStale, isGuessed }) => isStale || isGuessed)).toEqual([]);
    expect(shown(ledger)).toMatchObject({ recordsProcessed: 4000, totalRecords: 4000 });
  });

  it('count separately again when the failed one is deleted', () => {
    const database = fakeDatabase({ sample });
    insert(database, [...ranges(50), ...retries(50)]);
    const ledger = createLedger({ ...roomy, rangeRows: 7 });
    step(ledger, database);
    workOff(ledger, database);
    const transaction = database.begin();
    for (const row of database.rows.values()) if (row.status === 'failed') transaction.remove(row.id);
    transaction.commit();
    settle({ database, ledger, open: [] });
    expect(shown(ledger)).toMatchObject({ recordsProcessed: 5000, totalRecords: 5000 });
    expectExact({ database, ledger, open: [] });
  });
});

it('lists the operations that ended since the last snapshot, once', () => {
  const database = fakeDatabase({ sample });
  const ledger = createLedger(roomy);
  step(ledger, database);
  const id = database.nextId();
  const write = (status: Status): void => {
    const transaction = database.begin();
    transaction.put(operation({ id, status, startedAt: database.now, recordsProcessed: status === 'running' ? 0 : 7 }));
    transaction.commit();
    database.now += 1;
    step(ledger, database);
  };
  write('running');
  ledger.snapshot();
  write('completed');
  expect(ledger.snapshot()).toMatchObject({ operations: [{ id, status: 'completed' }], gained: new Map([[id, 7]]) });
  expect(ledger.snapshot()).toMatchObject({ operations: [], gained: new Map() });
});

it.each([
  ['the deletion of many ended rows', 30, true],
  ['the deletion of a few', 2, false],
])('marks the totals as wrong after %s, until they are counted again', (_, deletedRows, isWrong) => {
  const database = fakeDatabase({ sample });
  const ledger = createLedger({ ...roomy, lateIds: 2, rangeRows: 20 });
  const insert = database.begin();
  for (let row = 0; row < 60; row++)
    insert.put(operation({ id: database.nextId(), status: 'completed', completedAt: database.now - 100 }));
  insert.commit();
  step(ledger, database);
  workOff(ledger, database);
  step(ledger, database);
  expect(ledger.snapshot().coverage.isStale).toBe(false);
  const cleanup = database.begin();
  for (let id = 1; id <= deletedRows; id++) cleanup.remove(id);
  cleanup.commit();
  database.now += 1;
  step(ledger, database);
  expect(ledger.snapshot().coverage.isStale).toBe(isWrong);
  workOff(ledger, database);
  expect(ledger.snapshot().coverage.isStale).toBe(false);
  expectExact({ ledger, database, open: [] });
});

it('lists a pending operation that began since the last poll although its start is hours ago, as in another time zone', () => {
  const database = fakeDatabase({ sample });
  const ledger = createLedger({ ...roomy, lateIds: 2 });
  const insert = database.begin();
  for (let row = 0; row < 20; row++)
    insert.put(operation({ id: database.nextId(), status: 'pending', startedAt: null, recordsProcessed: 0 }));
  insert.commit();
  step(ledger, database);
  workOff(ledger, database);
  ledger.snapshot();
  const [unread, read] = [3, 20];
  const claim = database.begin();
  for (const id of [unread, read])
    claim.change(id, (row) => ({ ...row, status: 'running', startedAt: database.now + 0.5 - 5 * 3600 }));
  claim.commit();
  database.now += 1;
  step(ledger, database);
  const { gained, begun } = ledger.snapshot();
  expect([...(begun ?? []), ...(gained?.keys() ?? [])].sort()).toEqual([read, unread]);
  expect(ledger.snapshot().begun).toBeUndefined();
});

describe('a batch that is one transaction', () => {
  it('is found when it ends, also among many pending operations', () => {
    const database = fakeDatabase({ sample });
    const ledger = createLedger({ ...roomy, lateIds: 2, maxFollowed: -1 });
    const insert = database.begin();
    for (let row = 0; row < 60; row++) insert.put(operation({ id: database.nextId(), status: 'pending' }));
    insert.commit();
    step(ledger, database);
    workOff(ledger, database);
    database.now += 5;
    step(ledger, database);
    const startedAt = database.now;
    const batch = database.begin();
    batch.change(3, (row) => ({ ...row, status: 'completed', startedAt, completedAt: startedAt + 40 }));
    for (let second = 0; second < 40; second++) {
      database.now += 1;
      const other = database.begin();
      // Another worker starts short batches, so the newest start advances.
      other.change(10 + second, (row) => ({ ...row, status: 'running', startedAt: database.now }));
      other.commit();
      step(ledger, database);
    }
    batch.commit();
    database.now += 1;
    step(ledger, database);
    expectExact({ ledger, database, open: [] });
  });
});

describe('very many paused operations', () => {
  it('hide no running one, and do not make the ledger count again when all live operations are read again', () => {
    const database = fakeDatabase({ sample });
    const ledger = createLedger(small);
    const insert = database.begin();
    for (let row = 0; row < 3; row++)
      insert.put(operation({ id: database.nextId(), status: 'running', startedAt: database.now }));
    for (let row = 0; row < 60; row++) insert.put(operation({ id: database.nextId(), status: 'paused' }));
    insert.put(operation({ id: database.nextId(), status: 'failed', completedAt: database.now }));
    insert.commit();
    step(ledger, database);
    workOff(ledger, database);
    step(ledger, database);
    // The first poll reached its limit before the failed operation.
    expect(ledger.snapshot().failures).toHaveLength(1);
    const running = (): number[] =>
      ledger
        .snapshot()
        .operations.filter(({ status }) => status === 'running')
        .map(({ id }) => id);
    expect(running()).toEqual([3, 2, 1]);
    expect(ledger.keep()).toBeNull();
    const remove = database.begin();
    remove.remove(2);
    remove.commit();
    database.now += 1;
    const request = ledger.request([]);
    expect(ledger.take(database.changes(request), request)).toBe(true);
    expect(ledger.isFullDue()).toBe(true);
    const full = ledger.request([]);
    expect(ledger.take(database.changes(full), full)).toBe(true);
    expect(running()).toEqual([3, 1]);
    expect(ledger.snapshot().coverage.share).toBe(1);
    workOff(ledger, database);
    expectExact({ ledger, database, open: [] }, small.maxListed);
  });
});

it('has pending operations that are paused in their totals at the next poll, and those that are resumed', () => {
  const database = fakeDatabase({ sample });
  const ledger = createLedger({ ...roomy, lateIds: 2, rangeRows: 10 });
  const change = (ids: readonly number[], status: Status): void => {
    const transaction = database.begin();
    for (const id of ids) transaction.change(id, (row) => ({ ...row, status }));
    transaction.commit();
  };
  const insert = database.begin();
  for (let row = 0; row < 25; row++)
    insert.put(
      row < 20
        ? operation({ id: database.nextId(), status: 'pending', startedAt: null })
        : operation({ id: database.nextId(), status: 'completed', startedAt: database.now, completedAt: database.now }),
    );
  insert.commit();
  step(ledger, database);
  workOff(ledger, database);
  const pending = Array.from({ length: 11 }, (_, index) => index + 1);
  for (const status of ['paused', 'pending'] as const) {
    change(pending, status);
    database.now += 1;
    step(ledger, database);
    expectExact({ ledger, database, open: [] });
  }
});

it('is not done while its totals are those from before many operations were added', () => {
  const database = fakeDatabase({ sample });
  const ledger = createLedger({ ...roomy, maxChanges: 20, maxFollowed: 20, rangeRows: 10 });
  const insert = (status: Status, rows: number): void => {
    const transaction = database.begin();
    for (let row = 0; row < rows; row++) transaction.put(operation({ id: database.nextId(), status }));
    transaction.commit();
  };
  insert('completed', 30);
  step(ledger, database);
  workOff(ledger, database);
  insert('pending', 60);
  let observation: Observation | null = null;
  let rest: Rest | null = null;
  const seen = Array.from({ length: 4 }, () => {
    database.now += 10;
    step(ledger, database);
    const snapshot = { ...ledger.snapshot(), triage: noFailures };
    observation = observe(observation, snapshot);
    rest = restAfter(rest, observation);
    return [snapshot.coverage.isCarried, goalVerdict('done', observation, rest).kind];
  });
  expect(seen).toEqual(seen.map(() => [true, 'waiting']));
  workOff(ledger, database);
  expect(ledger.snapshot().coverage.isCarried).toBeUndefined();
});

it('reports the history once, also if the table is counted again after a restart of the server', () => {
  const database = fakeDatabase({ sample });
  const ledger = createLedger(roomy);
  const insert = database.begin();
  insert.put(operation({ id: database.nextId(), status: 'completed' }));
  insert.commit();
  const poll = (history: readonly HistorySpan[]): readonly number[] => {
    step(ledger, database);
    const work = ledger.work();
    if (work === null) return expect.fail('nothing is counted');
    const request = ledger.request([]);
    ledger.take(database.changes(request), request, {
      ...database.work(work, ledger.keys()),
      history,
    } as CountingResult);
    return ledger.snapshot().history.map(({ records }) => records);
  };
  const before = { tableName: 'brackets', from: database.now - 50, to: database.now - 40, records: 40 };
  const between = { ...before, from: database.now - 2, to: database.now + 2, records: 8 };
  expect(poll([before])).toEqual([40]);
  database.failOver();
  database.now += 5;
  expect(poll([before, between])).toEqual([4]);
  expect(ledger.historyUntil()).toBe(database.now);
});

describe('more changes than one poll reads', () => {
  it('show the live rows at once, and the previous totals until the table is counted again', () => {
    const database = fakeDatabase({ sample });
    const ledger = createLedger({ ...roomy, maxChanges: 20, rangeRows: 10 });
    const insert = (status: Status, count: number): void => {
      const transaction = database.begin();
      for (let row = 0; row < count; row++) {
        transaction.put(operation({ id: database.nextId(), status, startedAt: database.now, recordsProcessed: 1 }));
      }
      transaction.commit();
    };
    insert('running', 3);
    insert('completed', 12);
    step(ledger, database);
    workOff(ledger, database);
    const before = ledger.snapshot();
    insert('completed', 30);
    database.now += 1;
    step(ledger, database);
    const during = ledger.snapshot();
    expect(during.operations.filter(({ status }) => status === 'running')).toHaveLength(3);
    expect(during.totals).toEqual(before.totals);
    expect(during.coverage.countedAt).toBe(before.coverage.countedAt);
    expect(during.coverage.share).toBeLessThan(1);
    workOff(ledger, database);
    expectExact({ ledger, database, open: [] });
  });

  it('are the only ones to be counted if they are new rows', () => {
    const database = fakeDatabase({ sample });
    const ledger = createLedger({ ...roomy, maxChanges: 20, rangeRows: 10, lateIds: 8 });
    const insert = (status: Status, rows: number): void => {
      const transaction = database.begin();
      for (let row = 0; row < rows; row++) transaction.put(operation({ id: database.nextId(), status }));
      transaction.commit();
    };
    insert('completed', 300);
    step(ledger, database);
    workOff(ledger, database);
    insert('completed', 40);
    insert('running', 2);
    insert('failed', 1);
    database.now += 1;
    step(ledger, database);
    expect(ledger.snapshot().coverage.share).toBeGreaterThan(0.8);
    expect(ledger.snapshot().failures).toHaveLength(1);
    let counts = 0;
    for (let work = ledger.work(); work !== null; work = ledger.work()) {
      step(ledger, database, work);
      counts++;
    }
    expect(counts).toBeLessThanOrEqual(6);
    expectExact({ ledger, database, open: [] });
  });

  it('are counted while an older transaction stays open', () => {
    const database = fakeDatabase({ sample });
    const ledger = createLedger({ ...roomy, maxChanges: 20, rangeRows: 10, lateIds: 8 });
    step(ledger, database);
    workOff(ledger, database);
    const idle = database.begin();
    const late = database.nextId();
    idle.put(operation({ id: late, status: 'completed', startedAt: database.now, completedAt: database.now }));
    const bulk = database.begin();
    const startedAt = database.now;
    for (let row = 0; row < 60; row++)
      bulk.put(operation({ id: database.nextId(), status: 'completed', startedAt, completedAt: startedAt }));
    bulk.commit();
    database.now += 1;
    step(ledger, database);
    workOff(ledger, database);
    expectExact({ ledger, database, open: [] });
    database.now += 60;
    step(ledger, database);
    idle.commit();
    database.now += 1;
    step(ledger, database);
    workOff(ledger, database);
    expectExact({ ledger, database, open: [] });
  });

  it('are counted when they happen at several polls in a row', () => {
    const database = fakeDatabase({ sample });
    const ledger = createLedger({ ...roomy, maxChanges: 20, rangeRows: 10, lateIds: 8 });
    step(ledger, database);
    for (let round = 0; round < 4; round++) {
      const transaction = database.begin();
      for (let row = 0; row < 30; row++) transaction.put(operation({ id: database.nextId(), status: 'completed' }));
      transaction.commit();
      database.now += 1;
      step(ledger, database);
    }
    step(ledger, database);
    step(ledger, database);
    workOff(ledger, database);
    expectExact({ ledger, database, open: [] });
  });
});

describe('counting', () => {
  it('takes the newest ids first, then stale ranges, and counted ranges again only after 30 s', () => {
    const database = fakeDatabase({ sample });
    const ledger = createLedger({ ...roomy, rangeRows: 5 });
    const transaction = database.begin();
    for (let row = 0; row < 20; row++) {
      transaction.put(operation({ id: database.nextId(), status: 'completed', startedAt: 1, completedAt: 2 }));
    }
    transaction.commit();
    step(ledger, database);
    const shares: number[] = [];
    for (;;) {
      const work = ledger.work();
      if (work === null) break;
      expect(work).toMatchObject({ kind: 'range', urgency: 'hurried' });
      step(ledger, database, work);
      shares.push(ledger.snapshot().coverage.share);
    }
    expect(shares).toEqual([0.25, 0.5, 0.75, 0.99, 1]);
    const edit = database.begin();
    edit.remove(3);
    edit.commit();
    database.now += 1;
    step(ledger, database);
    expect(ledger.work()).toMatchObject({ kind: 'range', urgency: 'hinted' });
    workOff(ledger, database);
    expectExact({ ledger, database, open: [] });
    database.now += 29;
    step(ledger, database);
    expect(ledger.work()).toBeNull();
    database.now += 2;
    step(ledger, database);
    expect(ledger.work()).toMatchObject({ kind: 'range', urgency: 'calm' });
  });
});

describe('more failures than polls follow', () => {
  function failures(): { database: FakeDatabase; ledger: Ledger } {
    const database = fakeDatabase({ sample });
    const ledger = createLedger(small);
    const insert = database.begin();
    for (let row = 0; row < 20; row++)
      insert.put(operation({ id: database.nextId(), status: 'failed', startedAt: row, completedAt: row + 1 }));
    insert.put(operation({ id: database.nextId(), status: 'running', startedAt: 30 }));
    // Polls read the newest ids in any case.
    for (let row = 0; row < 20; row++)
      insert.put(operation({ id: database.nextId(), status: 'completed', startedAt: 40, completedAt: 41 }));
    insert.commit();
    step(ledger, database);
    workOff(ledger, database);
    return { database, ledger };
  }

  it('stay listed when the live operations are read again', () => {
    const { database, ledger } = failures();
    const listed = ledger.snapshot().failures.map(({ id }) => id);
    expect(listed).toHaveLength(small.maxListed);
    const remove = database.begin();
    remove.remove(21);
    remove.commit();
    for (let poll = 0; poll < 3; poll++) {
      database.now += 1;
      step(ledger, database);
    }
    expect(ledger.snapshot().failures.map(({ id }) => id)).toEqual(listed);
    expect(ledger.snapshot().operations).toEqual([]);
  });

  it('are not kept for a later run, which could not read their texts', () => {
    expect(failures().ledger.keep()).toBeNull();
  });
});
