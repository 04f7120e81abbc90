import type { Ahead } from './ahead.ts';
import { largest, smallest } from './extremes.ts';
import type { Left } from './left.ts';
import type { Span } from './snapshot.ts';
import { sum } from './sum.ts';
import type { Throughput } from './throughput.ts';

/** The records that a table has left and has done. */
type Amounts = Pick<Left, 'records' | 'fewest' | 'done'>;

/** The rest of a table, in records. */
export interface TableLeftover {
  /** How many records of it a worker does in a second, by its completed batches; null if unknown. */
  readonly speed: number | null;
  /** How many records are left and done; null if unknown. */
  readonly left: Amounts | null;
}

/** The work of one table, in records. */
export interface TableWork extends TableLeftover {
  /** The records that were processed in the last hour; undefined if none were. */
  readonly throughput: Throughput | undefined;
  readonly ahead: readonly Ahead[];
  /** Spans that take out the records of paused workers (domain/stopped-work.ts). */
  readonly stopped: readonly Span[];
}

/** The work of several tables. In place of each record stand the seconds that a worker needs for it. */
export interface WorkerSeconds {
  readonly throughput: Throughput;
  readonly ahead: readonly Ahead[];
  readonly stopped: readonly Span[];
  readonly left: Amounts;
}

/** Tables differ if a worker processes this many times as many records of one as of another in a second. */
const differentTimes = 1.5;

/**
 * The rest of several tables, and the work that is done in them, in seconds of one worker. Records of two tables may take quite different
 * times: then a rate in records changes with the tables that are worked on, and says little about the others. Null if the tables differ
 * little, or if the rest of one is unknown, or the speed of all that have records left.
 */
export function leftInWorkerSeconds(tables: readonly TableLeftover[]): Amounts | null {
  return secondsLeft(withSpeeds(tables));
}

function secondsLeft(tables: readonly TableLeftover[]): Amounts | null {
  const speeds = tables.map(({ speed }) => speed ?? 0);
  if (speeds.length < 2 || smallest(speeds) <= 0 || largest(speeds) < differentTimes * smallest(speeds)) return null;
  const sums = { records: 0, fewest: 0, done: 0 };
  for (const { speed, left } of tables) {
    if (left === null || speed === null) return null;
    sums.records += left.records / speed;
    sums.fewest += left.fewest / speed;
    sums.done += left.done / speed;
  }
  return sums;
}

/**
 * The tables; one that has not completed a batch yet is expected to take as long for each record as the others that have records left, on
 * average, if these have half of the rest or more.
 */
function withSpeeds<Table extends TableLeftover>(tables: readonly Table[]): readonly Table[] {
  const open = tables.filter(({ left }) => (left?.records ?? 0) > 0);
  const known = open.flatMap(({ speed }) => (speed !== null && speed > 0 ? [speed] : []));
  const rest = (isKnown: boolean): number =>
    sum(open.map(({ speed, left }) => ((speed !== null) === isKnown ? (left?.records ?? 0) : 0)));
  if (known.length === 0 || rest(true) < rest(false)) return tables;
  const speed = known.length / sum(known.map((one) => 1 / one));
  return tables.map((table) => (table.speed === null ? { ...table, speed } : table));
}

/**
 * The work of several tables in seconds of one worker. Null as in `leftInWorkerSeconds`.
 *
 * @param whole the throughput of all of them, in records
 */
export function inWorkerSeconds(whole: Throughput, given: readonly TableWork[]): WorkerSeconds | null {
  const tables = withSpeeds(given);
  const left = secondsLeft(tables);
  if (left === null) return null;
  const slices: number[] = whole.slices.map(() => 0);
  const ahead: Ahead[] = [];
  const stopped: Span[] = [];
  for (const { speed, throughput, ...table } of tables) {
    if (speed === null) continue;
    for (const [slice, records] of throughput?.slices.entries() ?? []) {
      const place = (throughput?.first ?? 0) + slice - whole.first;
      if (place >= 0 && place < slices.length) slices[place] = (slices[place] ?? 0) + records / speed;
    }
    ahead.push(...table.ahead.map((one) => ({ ...one, records: one.records / speed, usual: usualIn(one, speed) })));
    stopped.push(...table.stopped.map((span) => ({ ...span, records: span.records / speed })));
  }
  return { throughput: { ...whole, slices }, ahead, stopped, left };
}

const usualIn = ({ usual }: Ahead, speed: number): Ahead['usual'] =>
  usual && { recordsPerSecond: usual.recordsPerSecond / speed, offBy: usual.offBy / speed };
