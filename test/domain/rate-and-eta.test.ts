import { describe, expect, it } from 'vitest';
import { observe } from '../../source/domain/observation.ts';
import type { Operation } from '../../source/domain/operation.ts';
import { phaseRateAndEta } from '../../source/domain/rate-and-eta.ts';
import { tableRateAndEta } from '../../source/domain/table-eta.ts';
import { operationRow } from '../../source/presentation/rows.ts';
import { at, operation, snapshot } from './build.ts';

const noon = at('12:00:00');

/** Two minutes of polls, a second apart, of one operation that gains `perSecond`, and rows that do not change. */
function watched(row: Operation, perSecond: number, others: readonly Operation[] = []) {
  let seen = null;
  for (let second = 0; second <= 120; second++) {
    const now = { ...row, recordsProcessed: (row.recordsProcessed ?? 0) + second * perSecond, version: `${second}` };
    const rows = [now, ...others];
    const gained = second === 0 ? null : new Map([[row.id, perSecond]]);
    seen = observe(seen, snapshot(noon + second, rows, { gained }));
  }
  if (seen === null) throw new Error('nothing was polled');
  return seen;
}

const done = (id: number, fields: Partial<Operation> = {}): Operation =>
  operation({
    id,
    status: 'completed',
    recordsProcessed: 500,
    totalRecords: 1000,
    batchSize: 500,
    startedAt: noon - 100,
    completedAt: noon - 90,
    ...fields,
  });

const pending = (id: number, fields: Partial<Operation> = {}): Operation =>
  done(id, { status: 'pending', recordsProcessed: 0, startedAt: null, completedAt: null, ...fields });

const running = (fields: Partial<Operation> = {}): Operation =>
  operation({
    id: 99,
    workerId: 1,
    recordsProcessed: 0,
    totalRecords: 1000,
    batchSize: 500,
    startedAt: noon,
    ...fields,
  });

describe('the ETA after one report of an operation that runs for 3 s', () => {
  const etaOf = (recordsProcessed: number) => {
    let seen: ReturnType<typeof observe> | null = null;
    for (const part of [0, 0.25, 0.5, 0.75, 1]) {
      const records = recordsProcessed + (part < 0.5 ? 0 : 250);
      const row = running({
        startedAt: noon - 3,
        recordsProcessed: records,
        totalRecords: 1_000_000,
        version: `${records}`,
      });
      const gained = seen === null ? null : new Map(part === 0.5 ? [[row.id, 250]] : []);
      seen = observe(seen, snapshot(noon + part, [row], { gained }));
    }
    return seen && phaseRateAndEta(seen).eta;
  };

  it('follows from its mean', () => {
    expect(etaOf(750)).not.toBeNull();
  });

  // As of one that was put back into the queue: by its mean since the start, 49,750 records would take less than a second.
  it('is null if it had records before: its mean contradicts the report', () => {
    expect(etaOf(950_000)).toBeNull();
  });
});

describe('the rate in the first second', () => {
  const rateOf = (row: Operation): number | null => {
    const seen = [0, 1].reduce<ReturnType<typeof observe> | null>(
      (before, second) => observe(before, snapshot(noon + second, [row], { gained: before && new Map() })),
      null,
    );
    return seen && phaseRateAndEta(seen).recordsPerSecond;
  };

  it.each<[why: string, fields: Partial<Operation>]>([
    ['has no start', { startedAt: null, recordsProcessed: 700 }],
    ['reports every ten minutes', { startedAt: noon - 3 * 3600, recordsProcessed: 9000 }],
    ['began two hours ago, without a batch size', { startedAt: noon - 7200, recordsProcessed: 9000, batchSize: null }],
  ])('is unknown if the operation %s', (_, fields) => {
    expect(rateOf(running(fields))).toBeNull();
  });

  it.each([null, 500])('is 0 if the operation has made no progress for years (batch size %s)', (batchSize) => {
    expect(rateOf(running({ startedAt: noon - 3 * 365 * 86_400, recordsProcessed: 900, batchSize }))).toBe(0);
  });
});

describe('the rate at the first report of an operation that had records before', () => {
  it.each<[why: string, start: (second: number) => number | null]>([
    ['its start shows another rate', () => noon - 7200],
    ['it has no start', () => null],
    ['its start is set at each report', (second) => noon + second],
  ])('is unknown if %s', (_, start) => {
    let seen: ReturnType<typeof observe> | null = null;
    const shown: (number | null)[] = [];
    for (let second = 0; second <= 12; second++) {
      const reports = Math.floor((second + 1) / 3);
      const startedAt = start(3 * reports - 1);
      const row = running({
        startedAt,
        recordsProcessed: 5_000_000 + 300 * reports,
        totalRecords: null,
        batchSize: null,
      });
      const gained = second === 0 ? null : new Map([[99, second % 3 === 2 ? 300 : 0]]);
      seen = observe(seen, snapshot(noon + second, [row], { gained }));
      const [table] = seen.tables;
      if (table !== undefined) shown.push(tableRateAndEta(seen, table).recordsPerSecond);
    }
    // The second report, at second 5, shows that one takes 3 s.
    expect(shown.slice(0, 5)).toEqual([null, null, null, null, null]);
    for (const rate of shown.slice(5)) expect(rate).toBeCloseTo(100, 0);
  });
});

describe('a table whose rows are written when their operations have ended', () => {
  it('has one rate, also between two rows', () => {
    const rates = new Set<number>();
    let seen: ReturnType<typeof observe> | null = null;
    const rows: Operation[] = [];
    for (let second = 0; second <= 200; second++) {
      const isNew = second > 0 && second % 20 === 0;
      const row = done(second, { totalRecords: 100_000, startedAt: noon + second - 19, completedAt: noon + second });
      if (isNew) rows.push(row);
      const gained = second === 0 ? null : new Map(isNew ? [[row.id, 500]] : []);
      seen = observe(seen, snapshot(noon + second, [...rows], { gained, operations: isNew ? [row] : [] }));
      const [table] = seen.tables;
      if (second > 100 && table !== undefined) {
        const { recordsPerSecond } = tableRateAndEta(seen, table);
        rates.add(recordsPerSecond ?? -1);
        expect(phaseRateAndEta(seen).recordsPerSecond).toBe(recordsPerSecond);
      }
    }
    // 25 rec/s: within a minute of 10-second slices there are two to four rows.
    expect(Math.min(...rates)).toBeGreaterThan(15);
    expect(Math.max(...rates)).toBeLessThan(35);
  });
});

describe('the ETA of a table', () => {
  it('is null without a total while an operation has more records than an operation usually has', () => {
    const seen = watched(running({ totalRecords: null, recordsProcessed: 4000, batchSize: 100 }), 33);
    expect(phaseRateAndEta(seen)).toMatchObject({ recordsPerSecond: expect.closeTo(33, 0), eta: null });
  });

  it('counts pending operations with their batch size after the total is reached', () => {
    // 2,000 records of a total of 1,000; 380 of the running batch and 10 pending batches are left: 5,380 at 1 rec/s.
    const rows = [done(1), done(2), done(3), done(4), ...Array.from({ length: 10 }, (_, index) => pending(10 + index))];
    const seen = watched(running(), 1, rows);
    for (const eta of [phaseRateAndEta(seen).eta, tableRateAndEta(seen, seen.tables[0] as never).eta]) {
      expect(eta?.lowSeconds).toBeGreaterThan(4000);
      expect(eta?.lowSeconds).toBeLessThan(5380);
      expect(eta?.highSeconds).toBeGreaterThan(5380);
      expect(eta?.highSeconds).toBeLessThan(8000);
    }
  });

  it('uses the total if only the last batch is short', () => {
    // 120 of 1,620 are left when the running batch has begun: the pending one is the short one.
    const total = { totalRecords: 1240 };
    const seen = watched(running(total), 1, [done(1, total), pending(10, total)]);
    // 1,240 - 500 - 120.
    expect(phaseRateAndEta(seen).eta?.lowSeconds).toBeLessThan(620);
    expect(phaseRateAndEta(seen).eta?.highSeconds).toBeGreaterThan(620);
    expect(phaseRateAndEta(seen).eta?.highSeconds).toBeLessThan(860);
  });

  it('counts a table without a total by the expected records of its open operations', () => {
    const none = { totalRecords: null };
    const seen = watched(running(none), 1, [done(1, none), pending(10, none), pending(11, none)]);
    expect(phaseRateAndEta(seen).eta?.lowSeconds).toBeLessThan(1380);
    expect(phaseRateAndEta(seen).eta?.highSeconds).toBeGreaterThan(1380);
  });

  it.each([
    ['are paused', 'paused'],
    ['have stalled', 'running'],
  ] as const)('is that of the tables whose operations are at work, if those of another table %s', (_, status) => {
    const retry = running({ totalRecords: 2000, batchSize: 2000 });
    // They reported each second before they stopped.
    const others = (second: number) =>
      [100, 101].map((id) =>
        running({
          id,
          workerId: id,
          tableName: 'cases',
          status: second < 20 ? 'running' : status,
          recordsProcessed: 100 * Math.min(second, 20),
          totalRecords: 1_000_000,
          batchSize: 100,
          version: String(Math.min(second, 20)),
        }),
      );
    let seen = null;
    for (let second = 0; second <= 120; second++) {
      const row = { ...retry, recordsProcessed: 10 * second, version: `${second}` };
      const gained = new Map([[retry.id, 10], ...(second < 20 ? [[100, 100] as const, [101, 100] as const] : [])]);
      seen = observe(seen, snapshot(noon + second, [row, ...others(second)], { gained: second === 0 ? null : gained }));
    }
    if (seen === null) throw new Error('nothing was polled');
    expect(phaseRateAndEta(seen).eta?.highSeconds).toBeLessThan(200);
  });

  it('is null if the remaining records of an open table are unknown', () => {
    const other = { tableName: 'cases', totalRecords: null, batchSize: null };
    expect(phaseRateAndEta(watched(running(), 1, [pending(10, other)])).eta).toBeNull();
  });
});

describe('the rate of a phase other than execution', () => {
  const validation = { phase: 'validation', totalRecords: 100_000, batchSize: null } as const;

  it('has the ETA of the remaining records of that phase', () => {
    const seen = watched(running(validation), 100, [done(1, { totalRecords: 500 })]);
    expect(seen.migration).toMatchObject({ currentPhase: 'validation', recordsProcessed: 12_000 });
    const { recordsPerSecond, eta } = phaseRateAndEta(seen);
    expect(recordsPerSecond).toBeCloseTo(100, 6);
    expect(eta?.lowSeconds).toBeLessThan(880);
    expect(eta?.highSeconds).toBeGreaterThan(880);
    expect(eta?.highSeconds).toBeLessThan(1200);
  });

  it('is null if an open operation names no total, or nothing progresses', () => {
    expect(phaseRateAndEta(watched(running({ ...validation, totalRecords: null }), 100)).eta).toBeNull();
    expect(phaseRateAndEta(watched(running(validation), 0)).eta).toBeNull();
  });
});

it('leaves out of the rate of a row the time in which its worker ran nothing on the table', () => {
  const perSecond = 12;
  let seen: ReturnType<typeof observe> | null = null;
  const rates: (number | null)[] = [];
  for (let second = 0; second <= 140; second++) {
    const first = running({ id: 1, recordsProcessed: 5 * perSecond * Math.floor(Math.min(second, 60) / 5) });
    const start = noon + 110;
    const next = { id: 2, startedAt: start, recordsProcessed: 5 * perSecond * Math.floor((second - 110) / 5) };
    const rows = second < 60 ? [first] : second < 110 ? [] : [running(next)];
    const isReport = second % 5 === 0 && second > 0 && (second <= 60 || second > 110);
    const gained = new Map(isReport ? [[second <= 60 ? 1 : 2, 5 * perSecond]] : []);
    const ended = second === 60 ? [{ ...first, status: 'completed' as const, completedAt: noon + 60 }] : [];
    seen = observe(seen, snapshot(noon + second, [...rows, ...ended], { gained: second === 0 ? null : gained }));
    const [row] = rows;
    if (row !== undefined && second > 115) rates.push(operationRow(seen, row, []).recordsPerSecond);
  }
  for (const rate of rates) expect(Math.abs((rate ?? 0) - perSecond)).toBeLessThan(0.15 * perSecond);
});
