import type { Ahead } from './ahead.ts';
import { largest, smallest } from './extremes.ts';
import type { Left } from './left.ts';
import { type Amounts, type ExpectedSpeeds, type TableLeftover, withSpeeds } from './planned-speeds.ts';
import type { Span } from './snapshot.ts';
import { sum } from './sum.ts';
import { rateWindowSeconds, sliceSeconds, type Throughput } from './throughput.ts';

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
  readonly left: SecondsLeft;
}

/** The rest of several tables, and what is done of them, in seconds of a worker. */
export interface SecondsLeft extends Amounts {
  /** By which share it may be more or less (domain/planned-speeds.ts). */
  readonly offBy: number;
}

/** Tables differ if a worker processes this many times as many records of one as of another in a second. */
const differentTimes = 1.5;

/**
 * The rest of several tables, and the work that is done in them, in seconds of one worker. Records of two tables may take quite different
 * times: then a rate in records changes with the tables that are worked on, and says little about the others. Null if the tables differ
 * little, or if the rest of one is unknown, or the speed of all that have records left.
 */
export function leftInWorkerSeconds(tables: readonly TableLeftover[]): SecondsLeft | null {
  return secondsLeft(withSpeeds(tables));
}

/** The rest of several tables in seconds of a worker, with the ends that it may have. */
export function inSeconds(left: Left, { offBy, ...seconds }: SecondsLeft): Left {
  const { least, most } = left.unevenness;
  return { ...left, ...seconds, plans: null, unevenness: { least: least / (1 + offBy), most: most * (1 + offBy) } };
}

function secondsLeft({ tables, offBy }: ExpectedSpeeds<TableLeftover>): SecondsLeft | null {
  const speeds = tables.map(({ speed }) => speed ?? 0);
  if (speeds.length < 2 || smallest(speeds) <= 0 || largest(speeds) < differentTimes * smallest(speeds)) return null;
  const sums = { records: 0, fewest: 0, done: 0 };
  for (const { speed, left } of tables) {
    if (left === null || speed === null) return null;
    sums.records += left.records / speed;
    sums.fewest += left.fewest / speed;
    sums.done += left.done / speed;
  }
  return { ...sums, offBy };
}

/**
 * The work of several tables in seconds of one worker. Null as in `leftInWorkerSeconds`.
 *
 * @param whole the throughput of all of them, in records
 */
export function inWorkerSeconds(whole: Throughput, given: readonly TableWork[]): WorkerSeconds | null {
  const expected = withSpeeds(given);
  const left = secondsLeft(expected);
  if (left === null) return null;
  const slices: number[] = whole.slices.map(() => 0);
  const ahead: Ahead[] = [];
  const stopped: Span[] = [];
  for (const { speed, throughput, ...table } of expected.tables) {
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

/** Workers may seem to be at most this many times as fast as the completed batches. */
export const mostEfficiency = 1.4;

/**
 * The throughput since the last minute in which the workers seem to have been much faster than the completed batches: batches of that time
 * were others.
 *
 * @param timed in seconds of a worker
 * @param workedIn for how many seconds workers were at work in a time; null if it is unknown, and before it too
 */
export function sincePlausible(
  timed: Throughput,
  takenAt: number,
  workedIn: (from: number, to: number) => number | null,
): Throughput {
  const { first, slices, since } = timed;
  for (let last = slices.length - 1; last >= 0; last--) {
    const to = (first + last + 1) * sliceSeconds;
    const worked = workedIn(to - rateWindowSeconds, to);
    if (worked === null) break;
    const seconds = sum(slices.slice(Math.max(0, last + 1 - rateWindowSeconds / sliceSeconds), last + 1));
    if (to <= takenAt && seconds > mostEfficiency * worked) return { ...timed, since: Math.max(since, to) };
  }
  return timed;
}
