import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evenLeft } from '../../source/domain/left.ts';
import { type Observation, observe as observeSnapshot, usualGap } from '../../source/domain/observation.ts';
import { type Operation, statuses } from '../../source/domain/operation.ts';
import { phaseRateAndEta } from '../../source/domain/rate-and-eta.ts';
import { workerKey } from '../../source/domain/rate-keys.ts';
import { recordsPerSecond } from '../../source/domain/rates.ts';
import type { HistorySpan, Snapshot } from '../../source/domain/snapshot.ts';
import type { Throughput } from '../../source/domain/throughput.ts';
import { rateAndEtaFrom } from '../../source/domain/throughput-eta.ts';
import { gainedBetween } from '../support/totals.ts';
import { at, bracketRows, junctionRows, operation, snapshot as snapshotOf } from './build.ts';

const noon = at('12:00:00');

const left = (records: number) => evenLeft(records, 0);

const rowsOf = new WeakMap<Snapshot, readonly Operation[]>();

function snapshot(...given: Parameters<typeof snapshotOf>): Snapshot {
  const made = snapshotOf(...given);
  rowsOf.set(made, given[1]);
  return made;
}

/** A snapshot as from the ledger: with the gains since the poll before. */
function observe(before: Observation | null, taken: Snapshot, history: readonly HistorySpan[] = []): Observation {
  const rows = rowsOf.get(taken) ?? [];
  const earlier = before === null ? undefined : rowsOf.get(before.snapshot);
  const given = { ...taken, history, gained: earlier === undefined ? null : gainedBetween(earlier, rows) };
  rowsOf.set(given, rows);
  return observeSnapshot(before, given);
}

function recordsIn(throughput: Throughput | undefined): number {
  return throughput === undefined ? Number.NaN : [...throughput.slices.values()].reduce((sum, one) => sum + one, 0);
}

/** The observations of polls of one table, a second apart. Rows that have just ended are listed, as in a poll. */
function watch(polls: readonly (readonly Operation[])[], seconds = 1): Observation {
  const seen = polls.reduce<Observation | null>(
    (before, rows, index) => observe(before, snapshot(noon + index * seconds, rows, { operations: rows })),
    null,
  );
  if (seen === null) throw new Error('nothing was polled');
  return seen;
}

const running = (recordsProcessed: number | null, fields: Partial<Operation> = {}): Operation =>
  operation({ recordsProcessed, totalRecords: 100_000, startedAt: noon + 0.1, workerId: 1, ...fields });

describe('the first poll', () => {
  it('adds the examples of the specification up', () => {
    const { migration, tables, phases } = observe(null, snapshot(noon, [...bracketRows, ...junctionRows]));
    expect(migration).toMatchObject({ recordsProcessed: 1592, percent: 100, currentPhase: 'validation' });
    expect(tables.map(({ percent }) => percent)).toEqual([63.73, 16.21, 100]);
    expect(phases).toHaveLength(6);
  });

  it('takes an empty table', () => {
    const { migration, throughput } = observe(null, snapshot(noon, []));
    expect(migration).toMatchObject({ currentPhase: null, operations: 0, percent: null });
    expect(recordsPerSecond(throughput.migration, noon, 60)).toBe(0);
  });

  it('knows the last hour from the history that the table gives', () => {
    const { throughput } = observe(null, snapshot(noon, []), [
      { tableName: 'brackets', from: noon - 600, to: noon, records: 60_000 },
    ]);
    expect(recordsPerSecond(throughput.migration, noon, 60)).toBeCloseTo(100, 6);
  });

  it('computes no rate from what a running operation did before the first poll: its worker may have been dead for long', () => {
    const first = observe(null, snapshot(noon, [running(6000, { startedAt: noon - 7200, totalRecords: 9000 })]));
    expect(phaseRateAndEta(first)).toEqual({ recordsPerSecond: null, eta: null });
    const later = observe(first, snapshot(noon + 60, [running(6000, { startedAt: noon - 7200, totalRecords: 9000 })]));
    expect(phaseRateAndEta(later)).toEqual({ recordsPerSecond: 0, eta: null });
  });

  it('has no rate, and not 0, while a first report may still follow', () => {
    const first = observe(null, snapshot(noon, [running(0, { startedAt: noon - 20, totalRecords: 9000 })]));
    const later = observe(first, snapshot(noon + 120, [running(0, { startedAt: noon - 20, totalRecords: 9000 })]));
    expect(phaseRateAndEta(later)).toEqual({ recordsPerSecond: null, eta: null });
    const late = observe(later, snapshot(noon + 5500, [running(0, { startedAt: noon - 20, totalRecords: 9000 })]));
    expect(phaseRateAndEta(late)).toEqual({ recordsPerSecond: 0, eta: null });
  });

  it('has a rate from its own polls, although no operation was completed', () => {
    const first = observe(null, snapshot(noon, [running(6000, { startedAt: noon - 60, totalRecords: 9000 })]));
    const later = observe(first, snapshot(noon + 10, [running(7000, { startedAt: noon - 60, totalRecords: 9000 })]));
    const { recordsPerSecond: rate, eta } = phaseRateAndEta(later);
    expect(rate).toBeCloseTo(100, 6);
    expect(eta?.lowSeconds).toBeLessThan(20);
    expect(eta?.highSeconds).toBeGreaterThan(20);
  });

  it('leaves the sums of cumulative counters that do not fit together out of the history', () => {
    const rows = [1, 2, 3].map((id) =>
      operation({ id, status: 'completed', recordsProcessed: id * 1000, totalRecords: 3000, batchSize: 1000 }),
    );
    const history = [{ tableName: 'brackets', from: noon - 60, to: noon, records: 6000 }];
    const { throughput, tables } = observe(null, snapshot(noon, rows), history);
    expect(tables[0]?.counting).toBe('cumulative');
    expect(recordsPerSecond(throughput.migration, noon, 60)).toBe(0);
  });

  it.each([
    ['infinity', Infinity],
    ['-infinity', -Infinity],
    ['the future', noon + 7200],
    ['nothing', null],
  ])('has only valid figures with a start of %s', (_, startedAt) => {
    const { throughput } = observe(null, snapshot(noon, [running(6000, { startedAt })]));
    for (const one of [throughput.migration, ...throughput.workers.values()]) {
      const rate = recordsPerSecond(one, noon, 60);
      expect(rate === null || (rate >= 0 && Number.isFinite(rate))).toBe(true);
    }
  });
});

describe('between two polls', () => {
  it('a table gains what its rows gained', () => {
    const seen = watch([[running(0)], [running(250)]]);
    expect(recordsIn(seen.throughput.tables.get('brackets'))).toBeCloseTo(250, 6);
  });

  it('rows that appear and end between two polls count for their table and the migration', () => {
    const done = (id: number) => running(500, { id, status: 'completed', completedAt: noon + 0.9, workerId: null });
    const before = observe(null, snapshot(noon, [running(0, { id: 9 })]));
    const rows = [running(0, { id: 9 }), done(1), done(2)];
    const after = observe(before, snapshot(noon + 1, rows, { operations: rows }));
    expect(recordsIn(after.throughput.tables.get('brackets'))).toBeCloseTo(1000, 6);
    expect(recordsIn(after.throughput.migration)).toBeCloseTo(1000, 6);
  });

  it('rows that are deleted take nothing back, and nothing is gained by deleting', () => {
    const both = [running(500, { id: 1 }), running(300, { id: 2 })];
    const seen = watch([both, both, [running(510, { id: 1 })], [running(520, { id: 1 })]]);
    expect(recordsIn(seen.throughput.tables.get('brackets'))).toBeCloseTo(20, 6);
    expect(seen.tables[0]?.recordsProcessed).toBe(520);
  });

  it('a table that is emptied is gone', () => {
    const seen = watch([[running(500)], []]);
    expect(seen.tables).toEqual([]);
    expect(seen.throughput.tables.size).toBe(0);
  });

  it('a table that turns out to count cumulatively neither jumps nor falls', () => {
    // 500 and 1000 of 1569 add up to less than the total; with 1500 they no longer do, and only the largest counts.
    const row = (id: number, recordsProcessed: number) =>
      running(recordsProcessed, { id, status: 'completed', totalRecords: 1569, batchSize: 500, completedAt: noon });
    const seen = watch([
      [row(1, 500)],
      [row(1, 500), row(2, 1000)],
      [row(1, 500), row(2, 1000), row(3, 1500)],
      [row(1, 500), row(2, 1000), row(3, 1569)],
    ]);
    expect(seen.tables[0]).toMatchObject({ counting: 'cumulative', recordsProcessed: 1569, percent: 100 });
    expect(recordsIn(seen.throughput.tables.get('brackets'))).toBeCloseTo(500 + 69, 6);
  });

  it('validation adds no records', () => {
    const row = (recordsProcessed: number) => running(recordsProcessed, { phase: 'validation' });
    const seen = watch([[row(0)], [row(1569)]]);
    expect(recordsIn(seen.throughput.migration)).toBe(0);
  });

  it('two workers of one table each have a separate rate', () => {
    const rows = (one: number, two: number) => [
      running(one, { id: 1, workerId: 1 }),
      running(two, { id: 2, workerId: 2 }),
    ];
    const seen = watch([rows(0, 0), rows(100, 7), rows(200, 14)]);
    expect(recordsIn(seen.throughput.workers.get('1 execution brackets'))).toBeCloseTo(200, 6);
    expect(recordsIn(seen.throughput.workers.get('2 execution brackets'))).toBeCloseTo(14, 6);
  });

  it('a worker keeps its rate from one batch to the next', () => {
    const seen = watch([
      [running(400, { id: 1 })],
      [
        running(500, { id: 1, status: 'completed', completedAt: noon + 0.9 }),
        running(20, { id: 2, startedAt: noon + 0.9 }),
      ],
      [running(120, { id: 2, startedAt: noon + 0.9 })],
    ]);
    expect(recordsIn(seen.throughput.workers.get('1 execution brackets'))).toBeCloseTo(100 + 20 + 100, 6);
  });
});

describe('a table that gets its first rows while migtop watches', () => {
  const polls = (count: number) =>
    Array.from({ length: count }, (_, poll) => (poll < 3 ? [] : [running((poll - 2) * 100, { startedAt: noon + 2 })]));

  it.each([4, 5, 6, 10, 30])('is as fast as it is, %d polls from the first', (count) => {
    const seen = watch(polls(count));
    const throughput = seen.throughput.tables.get('brackets');
    expect(throughput && recordsPerSecond(throughput, seen.snapshot.takenAt, 60)).toBeCloseTo(100, 6);
    expect(recordsIn(throughput)).toBeCloseTo((count - 3) * 100, 6);
  });
});

describe('a clock that runs backwards', () => {
  const before = watch([[running(5000)], [running(5100)]]);
  const other = observe(before, snapshot(noon - 3600, [running(9000)]));

  it('is another server: nothing is compared with what it shows', () => {
    expect(recordsIn(other.throughput.tables.get('brackets'))).toBe(0);
    expect(other.tracks.get(1)).toMatchObject({ lastProgressAt: null, firstSeenAt: noon - 3600 });
  });

  it('does not show the time before it as an hour without progress', () => {
    let seen = other;
    for (let second = 1; second <= 60; second++) {
      seen = observe(seen, snapshot(noon - 3600 + second, [running(9000 + second * 100)]));
    }
    const { takenAt } = seen.snapshot;
    expect(recordsPerSecond(seen.throughput.migration, takenAt, 900)).toBeCloseTo(100, 6);
    expect(rateAndEtaFrom(seen.throughput.migration, [], takenAt, left(6000)).eta?.highSeconds).toBeLessThan(120);
  });

  it('may stand still', () => {
    const still = observe(before, snapshot(before.snapshot.takenAt, [running(5200)]));
    expect(recordsIn(still.throughput.tables.get('brackets'))).toBeCloseTo(200, 6);
  });
});

it('discards what it knew when the clock was set forward: neither the rates nor the progress of operations are known', () => {
  const before = watch([[running(5000)], [running(5100)], [running(5200)]]);
  const takenAt = before.snapshot.takenAt + 3600;
  const after = (isClockChanged: boolean) => observe(before, { ...snapshot(takenAt, [running(5300)]), isClockChanged });
  expect(after(false).tracks.get(1)?.firstSeenAt).toBeLessThan(takenAt);
  let seen = after(true);
  expect(seen.tracks.get(1)).toMatchObject({ lastProgressAt: null, firstSeenAt: takenAt });
  for (let second = 1; second <= 60; second++)
    seen = observe(seen, snapshot(takenAt + second, [running(5300 + second * 100)]));
  expect(recordsPerSecond(seen.throughput.migration, takenAt + 60, 900)).toBeCloseTo(100, 6);
});

describe('a worker', () => {
  it('has a key of its number and table, and each operation without a worker another key', () => {
    expect(workerKey(operation({ id: 4, workerId: 2, tableName: 'cases' }))).toBe('2 execution cases');
    expect(workerKey(operation({ id: 4, workerId: null }))).not.toBe(workerKey(operation({ id: 5, workerId: null })));
    expect(workerKey(operation({ workerId: 0 }))).toBe('0 execution brackets');
  });
});

it('never shows a rate that is negative, infinite or no number, whatever the polls return', () => {
  const row = fc
    .record({
      id: fc.integer({ min: 1, max: 4 }),
      status: fc.constantFrom(...statuses),
      tableName: fc.constantFrom('a', 'b'),
      recordsProcessed: fc.option(fc.integer({ min: -2_147_483_648, max: 2_147_483_647 })),
      totalRecords: fc.option(fc.integer({ min: -1, max: 2_147_483_647 })),
      batchSize: fc.option(fc.integer({ min: -1, max: 1000 })),
      workerId: fc.option(fc.integer({ min: -1, max: 2 })),
      startedAt: fc.option(
        fc.oneof(fc.integer({ min: noon - 100, max: noon + 100 }), fc.constantFrom(Infinity, -Infinity, 0)),
      ),
    })
    .map((fields) => operation(fields));
  const poll = fc.record({
    rows: fc.uniqueArray(row, { selector: ({ id }) => id, maxLength: 4 }),
    later: fc.double({ min: -30, max: 400, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(poll, { minLength: 1, maxLength: 8 }), (polls) => {
      let takenAt = noon;
      let seen: Observation | null = null;
      for (const { rows, later } of polls) {
        takenAt += later;
        seen = observe(seen, snapshot(takenAt, rows, { operations: rows }));
        const { throughput, migration } = seen;
        expect(Number.isFinite(migration.percent ?? 0)).toBe(true);
        for (const one of [throughput.migration, ...throughput.tables.values(), ...throughput.workers.values()]) {
          const rate = recordsPerSecond(one, takenAt, 60);
          expect(rate === null || (rate >= 0 && Number.isFinite(rate))).toBe(true);
          const { eta } = rateAndEtaFrom(one, [], takenAt, left(1_000_000));
          expect(eta === null || (eta.lowSeconds > 0 && eta.lowSeconds <= eta.highSeconds)).toBe(true);
        }
      }
    }),
    { numRuns: 500 },
  );
});

it('takes the batches of a table for the usual gap of its operations, not the operations', () => {
  // 200 batches in two hours.
  const done = { status: 'completed', startedAt: noon - 8000, completedAt: noon - 800 } as const;
  const rows = [
    operation({ id: 1, ...done, recordsProcessed: 100_000, batchSize: 500 }),
    operation({ id: 2, recordsProcessed: 500, batchSize: 500, startedAt: noon - 700 }),
  ];
  expect(usualGap(observe(null, snapshot(noon, rows)), rows[1] as Operation)).toBe(36);
});
