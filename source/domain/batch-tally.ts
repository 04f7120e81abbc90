import type { Operation } from './operation.ts';
import { isDuration, utc, type Zone } from './zone.ts';

/** The sums of the completed batches of one table and batch size (sql/queries/throughput.sql). */
export interface BatchSums {
  readonly tableName: string;
  readonly batchSize: number | null;
  readonly batchCount: number;
  /** How many batches have a duration, and the seconds of all of them. */
  readonly timedCount: number;
  readonly timedSeconds: number;
  /** The seconds and the counters of the batches that have a duration and a counter. */
  readonly seconds: number | null;
  readonly records: number;
  readonly lowest: number | null;
  readonly highest: number | null;
}

/**
 * The sums of completed execution batches of one table and batch size, as an array of `batchTallyWidth` numbers. Times are whole
 * microseconds, so that sums are exact in any order. The last two are extremes, as maxima: `-Infinity` if there is none.
 */
export type BatchTally = Float64Array;

/** The tallies of one table, by batch size. */
export type BatchTallies = Map<number | null, BatchTally>;

const at = { batches: 0, timed: 1, micros: 2, countedMicros: 3, records: 4, negatedLowest: 5, highest: 6 } as const;

export const batchTallyWidth = at.highest + 1;

/** The first of the extremes. */
const firstExtreme = at.negatedLowest;

const none = Number.NEGATIVE_INFINITY;

function emptyBatchTally(): BatchTally {
  return new Float64Array(batchTallyWidth).fill(none, firstExtreme);
}

/** The sums as sql/queries/range.sql returns them. */
export interface CountedBatches {
  readonly tableName: string;
  readonly batchSize: number | null;
  readonly batches: number;
  readonly timed: number;
  readonly micros: number;
  readonly countedMicros: number;
  readonly records: number;
  readonly lowest: number | null;
  readonly highest: number | null;
}

/** Converts one row of sums; the lowest counter is stored negated, and null as `-Infinity`. */
export function batchTallyOf(counted: CountedBatches): BatchTally {
  const { batches, timed, micros, countedMicros, records, lowest, highest } = counted;
  return Float64Array.of(
    batches,
    timed,
    micros,
    countedMicros,
    records,
    lowest === null ? none : -lowest,
    highest ?? none,
  );
}

/** One operation; null if it is not a completed execution batch with a start and an end. */
export function batchOfOperation(
  operation: Pick<
    Operation,
    'phase' | 'tableName' | 'status' | 'startedAt' | 'completedAt' | 'recordsProcessed' | 'batchSize'
  >,
  zone: Zone = utc,
): CountedBatches | null {
  const { phase, tableName, status, startedAt: start, completedAt: end, recordsProcessed, batchSize } = operation;
  if (phase !== 'execution' || status !== 'completed' || start === null || end === null) return null;
  const isTimed = isDuration(start, end, zone);
  const micros = isTimed ? Math.floor((end - start) * 1_000_000 + 0.5) : 0;
  const counter = isTimed && recordsProcessed !== null && recordsProcessed > 0 ? recordsProcessed : null;
  return {
    tableName,
    batchSize,
    batches: 1,
    timed: isTimed ? 1 : 0,
    micros,
    countedMicros: recordsProcessed !== null && recordsProcessed >= 0 ? micros : 0,
    records: counter ?? 0,
    lowest: counter,
    highest: counter,
  };
}

/** Adds counted batches to the tally of their batch size, in place. */
export function addBatches(to: BatchTallies, batchSize: number | null, added: BatchTally): void {
  const known = to.get(batchSize) ?? emptyBatchTally();
  for (let index = 0; index < batchTallyWidth; index++) {
    const [before, value] = [known[index] ?? 0, added[index] ?? 0];
    known[index] = index < firstExtreme ? before + value : Math.max(before, value);
  }
  to.set(batchSize, known);
}

/**
 * Subtracts the sums of an operation.
 *
 * @param becomes its new version, which is added next; null if it is not one of these batches any more
 * @returns false if it is not part of these tallies, or if an extreme may have shrunk
 */
export function takeBatch(from: BatchTallies, operation: CountedBatches, becomes: CountedBatches | null): boolean {
  const { batchSize } = operation;
  const taken = batchTallyOf(operation);
  const after = becomes?.batchSize === batchSize ? batchTallyOf(becomes) : null;
  const known = from.get(batchSize);
  if (known === undefined) return false;
  for (let index = 0; index < firstExtreme; index++) known[index] = (known[index] ?? 0) - (taken[index] ?? 0);
  const left = known[at.batches] ?? 0;
  if (left <= 0) from.delete(batchSize);
  if (left <= 0) return left === 0;
  const mayShrink = (index: number): boolean => {
    const value = taken[index] ?? none;
    return value > none && value >= (known[index] ?? none) && (after?.[index] ?? none) < value;
  };
  return !mayShrink(at.negatedLowest) && !mayShrink(at.highest);
}

/** The sums of each batch size: how many rows, and of those with a duration the records and the seconds. */
export function batchesIn(
  tallies: BatchTallies,
): { readonly batchSize: number | null; readonly rows: number; readonly records: number; readonly seconds: number }[] {
  return [...tallies].map(([batchSize, tally]) => ({
    batchSize,
    rows: tally[at.batches] ?? 0,
    records: tally[at.records] ?? 0,
    seconds: (tally[at.micros] ?? 0) / 1_000_000,
  }));
}

/** The sums of the tallies of several id ranges, by table and batch size. */
export function batchSumsOf(all: Iterable<readonly [tableName: string, tallies: BatchTallies]>): BatchSums[] {
  const tables = new Map<string, BatchTallies>();
  for (const [tableName, tallies] of all) {
    const known = tables.get(tableName) ?? new Map();
    tables.set(tableName, known);
    for (const [batchSize, tally] of tallies) addBatches(known, batchSize, tally);
  }
  return [...tables].flatMap(([tableName, tallies]) =>
    [...tallies].map(([batchSize, tally]) => sumsOf(tableName, batchSize, tally)),
  );
}

function sumsOf(tableName: string, batchSize: number | null, tally: BatchTally): BatchSums {
  const sum = (index: number): number => tally[index] ?? 0;
  const extreme = (index: number): number | null => (sum(index) > none ? sum(index) : null);
  const negatedLowest = extreme(at.negatedLowest);
  return {
    tableName,
    batchSize,
    batchCount: sum(at.batches),
    timedCount: sum(at.timed),
    timedSeconds: sum(at.micros) / 1_000_000,
    seconds: sum(at.countedMicros) === 0 ? null : sum(at.countedMicros) / 1_000_000,
    records: sum(at.records),
    lowest: negatedLowest === null ? null : -negatedLowest,
    highest: extreme(at.highest),
  };
}
