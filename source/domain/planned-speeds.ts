import { largest } from './extremes.ts';
import type { Left } from './left.ts';
import { sum } from './sum.ts';
import type { TableSummary } from './summary.ts';

/** The records that a table has left and has done. */
export type Amounts = Pick<Left, 'records' | 'fewest' | 'done'>;

/** The rest of a table, in records. */
export interface TableLeftover {
  /** How many records of it a worker does in a second, by its completed batches; null if unknown. */
  readonly speed: number | null;
  /** How many records a batch of it usually has; null if unknown. */
  readonly batch: number | null;
  /** How many records are left and done; null if unknown. */
  readonly left: Amounts | null;
}

/** Tables, each with a speed if one of them has one. */
export interface ExpectedSpeeds<Table extends TableLeftover> {
  readonly tables: readonly Table[];
  /** By which share of the time of all of them this time may be longer or shorter, since the speeds of some are expected only. */
  readonly offBy: number;
}

/** How many records a batch of a table usually has: a completed one, else a pending one; null if unknown, or if its rows are several batches. */
export function usualBatch(table: TableSummary): number | null {
  const { recordsPerSecond, averageBatchSeconds, pendingBatches, largestBatch } = table;
  if (pendingBatches === null) return null;
  if (recordsPerSecond !== null && averageBatchSeconds !== null) return recordsPerSecond * averageBatchSeconds;
  return pendingBatches.rows === 0 ? largestBatch : pendingBatches.records / pendingBatches.rows;
}

/**
 * The tables; one that has not completed a batch yet is expected to be as fast as the others that have records left, on average: with each
 * batch, if the batches of all others differ much less in time than their records do, and if its batches are not much larger; else with each record, if
 * the others have half of the rest or more. Otherwise its speed stays unknown.
 */
export function withSpeeds<Table extends TableLeftover>(tables: readonly Table[]): ExpectedSpeeds<Table> {
  return byBatches(tables) ?? { tables: byRecords(tables), offBy: 0 };
}

const isPlanned = ({ speed }: TableLeftover): boolean => speed === null;
const recordsOf = ({ left }: TableLeftover): number => left?.records ?? 0;

/** The tables with speeds by the time of each batch; null if nothing shows that it is the same for larger and smaller ones. */
function byBatches<Table extends TableLeftover>(tables: readonly Table[]): ExpectedSpeeds<Table> | null {
  const known = tables.flatMap(({ speed, batch, left }) =>
    speed !== null && speed > 0
      ? [{ recordSeconds: 1 / speed, batch: batch ?? 0, isOpen: (left?.records ?? 0) > 0 }]
      : [],
  );
  const largestBatch = largest(known.map(({ batch }) => batch));
  const isKnownSize = (batch: number | null): boolean =>
    batch !== null && batch > 0 && batch <= mostTimes * largestBatch;
  if (known.length === 0 || !known.every(({ batch }) => batch > 0)) return null;
  if (!tables.every((table) => !isPlanned(table) || recordsOf(table) === 0 || isKnownSize(table.batch))) return null;
  const batchSeconds = known.map(({ recordSeconds, batch }) => recordSeconds * batch);
  const difference = spreadOf(batchSeconds);
  if (leastTimes * difference >= spreadOf(known.map(({ recordSeconds }) => recordSeconds))) return null;
  const ofOpen = batchSeconds.filter((_, index) => known[index]?.isOpen === true);
  const usualSeconds = meanOf(ofOpen.length > 0 ? ofOpen : batchSeconds);
  // One without records left has perhaps no batch; its speed changes nothing.
  const all = tables.map((table) =>
    isPlanned(table) ? { ...table, speed: (table.batch || largestBatch) / usualSeconds } : table,
  );
  const seconds = all.map((table) => (recordsOf(table) > 0 ? recordsOf(table) / (table.speed ?? 1) : 0));
  const expected = sum(seconds.filter((_, index) => tables[index]?.speed === null));
  return { tables: all, offBy: expected > 0 ? (deviations * difference * expected) / sum(seconds) : 0 };
}

/** The tables with speeds by the time of each record, unless those that are known have less than half of the rest. */
function byRecords<Table extends TableLeftover>(tables: readonly Table[]): readonly Table[] {
  const open = tables.filter((table) => recordsOf(table) > 0);
  const known = open.flatMap(({ speed }) => (speed !== null && speed > 0 ? [speed] : []));
  const rest = (ofPlanned: boolean): number => sum(open.filter((one) => isPlanned(one) === ofPlanned).map(recordsOf));
  if (known.length === 0 || rest(false) < rest(true)) return tables;
  const speed = known.length / sum(known.map((one) => 1 / one));
  return tables.map((table) => (isPlanned(table) ? { ...table, speed } : table));
}

/** How many standard deviations an expected speed may be off. */
const deviations = 1.5;

/** Batches of more than this many times the records of the largest one may take longer. */
const mostTimes = 2;

/** The times of records have to differ this many times as much as those of batches. */
const leastTimes = 1.4;

const meanOf = (values: readonly number[]): number => sum(values) / values.length;

/** How far values usually are from their mean, as a share of it: the standard deviation of their logarithms. */
function spreadOf(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const logs = values.map(Math.log);
  const mean = meanOf(logs);
  return Math.sqrt(sum(logs.map((one) => (one - mean) ** 2)) / (logs.length - 1));
}
