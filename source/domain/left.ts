import { addedBatches, type BatchesLeft, noBatches, type OpenBatches } from './batches-left.ts';
import { even, type Unevenness } from './eta.ts';
import { largest, smallest } from './extremes.ts';
import { fewestRecords, hasAllRows, leastShare } from './fewest-records.ts';
import type { Memo } from './memo.ts';
import { isLive, type Operation } from './operation.ts';
import { openIn } from './progress.ts';
import { openRecords, remainingRecords } from './remaining.ts';
import type { Busy, TablePlans } from './schedule.ts';
import { sum } from './sum.ts';
import type { TableSummary } from './summary.ts';

/** How many records of a table, or of several, are left and done. */
export interface Left {
  readonly records: number;
  /** The fewest that may be left: a total may be too high. */
  readonly fewest: number;
  readonly done: number;
  /**
   * The time until the last operation ends, as a multiple of the time that all workers together would take if they ended at the same
   * moment: the last operations are not shared by those that have none left.
   */
  readonly unevenness: Unevenness;
  /** How the operations of each table may go on; null if they are not all known, or have no totals of their own. */
  readonly plans: readonly TablePlans[] | null;
  /** The open batches by the time that batches take; null if that is unknown. */
  readonly batches: BatchesLeft | null;
  /** When each running batch will end, if nothing else is left; null if more is left, or if it is unknown. */
  readonly last: readonly Busy[] | null;
}

/** Returns the work that one operation has left. */
export function evenLeft(records: number, done: number): Left {
  return { records, fewest: records, done, unevenness: even, plans: null, batches: null, last: null };
}

/** Returns the work that is left, for an ETA, without the records that are processed but not reported. */
export function unreportedLeft({ records, fewest, done, unevenness, plans, batches, last }: Left, unreported: number) {
  const remaining = records <= 0 ? 0 : Math.max(1, records - unreported);
  return {
    remaining,
    fewest: Math.max(leastShare * remaining, fewest - unreported),
    done: done + unreported,
    unevenness,
    plans,
    batches,
    last,
  };
}

/** Facts about the progress reports of a table, as polls saw them. */
export interface Reported {
  /** How many records a report usually has; null if unknown. */
  readonly records: number | null;
  /** How many records a second an operation processes; null if unknown. */
  readonly speedOf: (operation: Operation) => number | null;
  readonly plans: TablePlans | null;
  readonly batches?: OpenBatches | null;
  /** How many operations failed or were skipped, so that no worker processes their records. */
  readonly givenUp?: number;
}

/**
 * Returns the work that a table has left; null if it is unknown.
 *
 * @param listed the operations of the table and phase that the snapshot lists
 * @param tables all tables of the phase
 */
export function leftOf(
  table: TableSummary,
  listed: readonly Operation[],
  tables: readonly TableSummary[],
  { records: reported, speedOf, plans, batches = null, givenUp = 0 }: Reported,
  memo?: Memo,
): Left | null {
  const records = remainingRecords(table, listed, givenUp);
  if (records === null) return null;
  const begun = begunRecords(listed);
  const planned = openRecords(table, listed);
  return {
    records,
    fewest: fewestRecords(table, { records, begun, planned, reported }, tables, memo),
    done: Math.max(0, table.recordsProcessed),
    unevenness: table.counting === 'own totals' ? unevennessOf(table, records, listed, speedOf) : even,
    plans: plans === null ? null : [plans],
    batches: batches && { ...batches, isWhole: hasAllRows(table, records, planned) },
    last: null,
  };
}

/** How many records the open operations have. */
export function begunRecords(listed: readonly Operation[]): number {
  return listed.reduce((sum, row) => sum + (isLive(row.status) ? Math.max(0, row.recordsProcessed ?? 0) : 0), 0);
}

/** More operations than this end at nearly the same moment for each worker. */
const mostOperations = 2000;

/** Workers take the next operation as soon as they have ended one. */
function unevennessOf(
  { statuses }: TableSummary,
  records: number,
  listed: readonly Operation[],
  speedOf: Reported['speedOf'],
): Unevenness {
  const running = listed.filter(({ status }) => status === 'running');
  const left = running.map(({ recordsProcessed, totalRecords }) =>
    Math.max(0, (totalRecords ?? 0) - Math.max(0, recordsProcessed ?? 0)),
  );
  const others = Math.max(0, openIn(statuses) - left.length);
  const rest = records - sum(left);
  if (left.length < 2 || rest < 0 || others > mostOperations || (others === 0) !== (rest === 0)) return even;
  const known = running.map(speedOf);
  const mean = sum(known.map((speed) => speed ?? 0)) / Math.max(1, known.filter((speed) => speed !== null).length) || 1;
  const speeds = known.map((speed) => Math.max(mean * leastSpeed, speed ?? mean));
  const seconds = left.map((one, index) => one / (speeds[index] ?? mean));
  for (let other = 0; other < others; other++) {
    const first = seconds.indexOf(smallest(seconds));
    seconds[first] = (seconds[first] ?? 0) + rest / others / mean;
  }
  const factor = (until: number): number => Math.max(1, (until * sum(speeds)) / records);
  const last = largest(seconds);
  // The last operation may be a large one.
  const most = largest(running.map(({ totalRecords }) => totalRecords ?? 0));
  const more = others > 0 ? Math.max(0, most - rest / others) / mean : 0;
  return { least: factor(last), most: factor(last + more) };
}

/** An operation counts with at least this share of the usual speed: it may be slow for a while. */
const leastSpeed = 0.3;

/** Adds the work that several tables have left; null if it is unknown for one of them. */
export function addedLeft(parts: readonly (Left | null)[]): Left | null {
  let whole: Left = { records: 0, fewest: 0, done: 0, unevenness: even, plans: [], batches: noBatches, last: [] };
  for (const part of parts) {
    if (part === null) return null;
    whole = {
      records: whole.records + part.records,
      fewest: whole.fewest + part.fewest,
      done: whole.done + part.done,
      unevenness: weighted(whole, part),
      plans: whole.plans === null || part.plans === null ? null : [...whole.plans, ...part.plans],
      batches: addedBatches(whole.batches, part.batches),
      last: addedLast(whole.last, part),
    };
  }
  return whole;
}

/** A table that has nothing left has no running batch. */
function addedLast(before: Left['last'], { last, records }: Left): Left['last'] {
  if (before === null || (last === null && records > 0)) return null;
  return [...before, ...(last ?? [])];
}

function weighted(a: Left, b: Left): Unevenness {
  const records = a.records + b.records;
  const mean = (factor: keyof Unevenness): number =>
    records <= 0 ? 1 : (a.records * a.unevenness[factor] + b.records * b.unevenness[factor]) / records;
  return { least: mean('least'), most: mean('most') };
}
