import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  elapsedSeconds,
  expectedRecords,
  isOpen,
  isPhase,
  isStatus,
  newOperations,
  type Operation,
  progressedSince,
  secondsSince,
  shareDone,
  statuses,
} from '../../source/domain/operation.ts';
import { zoneOf } from '../../source/domain/zone.ts';
import { at, operation } from './build.ts';

const noon = at('12:00:00');
const counter = fc.option(fc.integer({ min: -2_147_483_648, max: 2_147_483_647 }));
const timestamp = fc.option(
  fc.oneof(
    fc.double({ min: noon - 1e6, max: noon + 1e6, noNaN: true }),
    fc.constantFrom(Infinity, -Infinity, 0, 8.64e12, -2e11),
  ),
);

describe('phases and statuses', () => {
  it.each(['', 'Execution', 'cleanup', 'toString', null, undefined, 3, ['execution']])('%j is neither', (value) => {
    expect(isPhase(value)).toBe(false);
    expect(isStatus(value)).toBe(false);
  });

  it('keeps an operation open until it is completed, failed or skipped', () => {
    expect(statuses.filter(isOpen)).toEqual(['pending', 'running', 'paused']);
  });
});

describe('the age of a timestamp', () => {
  it('is counted on the clock of the database', () => {
    expect(secondsSince(noon - 90.5, noon)).toBe(90.5);
  });

  it('is nothing for a timestamp that is ahead by the time of one poll', () => {
    expect(secondsSince(noon + 2, noon)).toBe(0);
  });

  it.each([
    ['from the future', noon + 2.1],
    ['of a writer two hours ahead', noon + 7200],
    ['that is infinity', Infinity],
    ['that is -infinity', -Infinity],
    ['that is missing', null],
  ])('is unknown for a timestamp %s', (_, value) => {
    expect(secondsSince(value, noon)).toBeNull();
  });

  it('is never negative or not a number', () => {
    fc.assert(
      fc.property(timestamp, (value) => {
        const seconds = secondsSince(value, noon);
        if (seconds !== null) expect(seconds).toBeGreaterThanOrEqual(0);
        if (seconds !== null) expect(Number.isFinite(seconds)).toBe(true);
      }),
    );
  });
});

describe('the age of a timestamp of the hour that exists twice', () => {
  const zone = zoneOf('Europe/Berlin', 3600);
  /** When clocks are set back: 03:00 becomes 02:00. */
  const back = Date.UTC(2026, 9, 25, 1) / 1000;
  /** 02:40, as PostgreSQL reads it: in the second of the two hours. */
  const startedAt = back + 2400;
  const agesAt = (now: number, fields: Partial<Operation> = {}): unknown[] => [
    secondsSince(startedAt, back + now, zone),
    elapsedSeconds(operation({ status: 'running', startedAt, ...fields }), back + now, zone),
  ];

  it('is known in the first hour, and while the second 02:40 is still to come', () => {
    expect(agesAt(-1000)).toEqual([200, 200]);
    expect(agesAt(600)).toEqual([1800, 1800]);
    expect(agesAt(2390)).toEqual([3590, 3590]);
  });

  it('is unknown from then on, and before the first 02:40', () => {
    for (const now of [2399, 2401, 3700, 9000]) expect(agesAt(now)).toEqual([null, null]);
    expect(agesAt(-1210)).toEqual([null, null]);
  });

  it('is no duration of an operation that has ended', () => {
    for (const completedAt of [back + 2700, back + 9000])
      expect(agesAt(9100, { status: 'completed', completedAt })).toEqual([null, null]);
  });
});

describe('the time that an operation took', () => {
  it('runs from its start to its end', () => {
    const row = operation({ status: 'completed', startedAt: at('10:00:15'), completedAt: at('10:00:45') });
    expect(elapsedSeconds(row, noon)).toBe(30);
  });

  it.each(['running', 'paused', 'pending'] as const)(
    'runs on while it is %s, though it was completed once',
    (status) => {
      const row = operation({ status, startedAt: noon - 100, completedAt: noon - 50 });
      expect(elapsedSeconds(row, noon)).toBe(100);
    },
  );

  it('is not known where it has ended and the end was never written', () => {
    for (const status of ['failed', 'completed', 'skipped'] as const)
      expect(elapsedSeconds(operation({ status, startedAt: noon - 100 }), noon)).toBeNull();
  });

  it('is not known where it never started, or ended before it started', () => {
    expect(elapsedSeconds(operation({ startedAt: null, completedAt: noon }), noon)).toBeNull();
    expect(
      elapsedSeconds(operation({ status: 'completed', startedAt: noon, completedAt: noon - 60 }), noon),
    ).toBeNull();
    expect(elapsedSeconds(operation({ startedAt: noon + 7200 }), noon)).toBeNull();
  });

  it('is never negative, infinite or not a number', () => {
    fc.assert(
      fc.property(fc.constantFrom(...statuses), timestamp, timestamp, (status, startedAt, completedAt) => {
        const seconds = elapsedSeconds({ status, startedAt, completedAt }, noon);
        if (seconds === null) return;
        expect(seconds).toBeGreaterThanOrEqual(0);
        expect(Number.isFinite(seconds)).toBe(true);
      }),
    );
  });
});

type Figures = Pick<Operation, 'recordsProcessed' | 'totalRecords' | 'batchSize'>;

/** The share of an operation whose total is its own. */
const share = ({ recordsProcessed, totalRecords, batchSize }: Figures): number | null =>
  shareDone(recordsProcessed, expectedRecords(Math.max(0, recordsProcessed ?? 0), totalRecords, batchSize));

describe('the share that is done', () => {
  it.each([
    ['a batch of its batch, not of the whole table', 250, 1569, 500, 0.5],
    ['the last, shorter batch', 569, 1569, 1000, 569 / 1000],
    ['a batch larger than the whole table', 10, 23, 500, 10 / 23],
    ['a row that counts on beyond its batch', 1000, 2000, 500, 0.5],
    ['a batch without a total', 100, null, 500, 0.2],
    ['a row without a batch', 500, 2000, null, 0.25],
    ['a batch of size 0', 500, 2000, 0, 0.25],
    ['a negative batch', 500, 2000, -500, 0.25],
    ['a row that has done more than its total', 2300, 200, 200, 1],
  ])('of %s', (_, recordsProcessed, totalRecords, batchSize, part) => {
    expect(share({ recordsProcessed, totalRecords, batchSize })).toBeCloseTo(part, 10);
  });

  it('is unknown if the row does not say', () => {
    expect(share({ recordsProcessed: null, totalRecords: 100, batchSize: 10 })).toBeNull();
    expect(share({ recordsProcessed: 50, totalRecords: null, batchSize: null })).toBeNull();
    expect(share({ recordsProcessed: 0, totalRecords: 0, batchSize: 0 })).toBeNull();
    expect(share({ recordsProcessed: -1, totalRecords: 100, batchSize: 10 })).toBeNull();
  });

  it('lies between 0 and 1 for all counters that fit the columns', () => {
    fc.assert(
      fc.property(counter, counter, counter, (recordsProcessed, totalRecords, batchSize) => {
        const part = share({ recordsProcessed, totalRecords, batchSize });
        if (part === null) return;
        expect(part).toBeGreaterThanOrEqual(0);
        expect(part).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('never expects nothing or less', () => {
    fc.assert(
      fc.property(fc.integer(), counter, counter, (processed, total, batch) => {
        const expected = expectedRecords(processed, total, batch);
        if (expected !== null) expect(expected).toBeGreaterThan(0);
      }),
    );
  });
});

describe('an operation has progressed', () => {
  const row = operation({ version: '7', recordsProcessed: 10 });

  it.each([
    ['with new records', { ...row, recordsProcessed: 11 }],
    ['with a new version of the same records', { ...row, version: '8' }],
    ['with new records, without versions', { ...row, version: null, recordsProcessed: 11 }],
  ])('%s', (_, later) => {
    const earlier = later.version === null ? { ...row, version: null } : row;
    expect(progressedSince(earlier, later)).toBe(true);
  });

  it('has not if nothing changed, or if its earlier version is not known', () => {
    expect(progressedSince(row, row)).toBe(false);
    expect(progressedSince({ version: null }, row)).toBe(false);
  });
});

describe('the operations that are new in a list', () => {
  const [first, second] = [operation({ id: 1, status: 'failed' }), operation({ id: 2, status: 'failed' })];

  it('are those without an earlier version', () => {
    expect(newOperations([first], [{ ...first, errorMessage: 'again' }, second])).toEqual([second]);
    expect(newOperations([first, second], [second])).toEqual([]);
    const newest = operation({ id: 3, status: 'failed' });
    expect(newOperations([second, first], [newest, { ...second }, first])).toEqual([newest]);
    expect(newOperations([second, first], [newest, second])).toEqual([newest]);
  });

  it('include an operation of another table with a known id', () => {
    const other = { ...first, identity: 'other' };
    expect(newOperations([first], [first, other])).toEqual([other]);
  });
});
