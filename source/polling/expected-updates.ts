import { addBatches, type BatchTallies, batchesIn, batchTallyOf } from '../domain/batch-tally.ts';
import { judge } from '../domain/counting-rules.ts';
import { measureOfTotal } from '../domain/measure.ts';
import { noMemo } from '../domain/memo.ts';
import type { Operation, Phase } from '../domain/operation.ts';
import type { RangeCount } from '../domain/range-count.ts';
import { tableKey } from '../domain/rate-keys.ts';
import type { Total } from '../domain/snapshot.ts';
import { addTally, emptyTally, type Tally, tallyOfCount, totalOf } from '../domain/tally.ts';
import { batchSizeOf, counterOf } from '../domain/works.ts';

/**
 * How many rows polls found that are new since an earlier poll, and how many updates workers need for these and for the others that
 * changed. The statistics of the table are compared with it after a longer time without polls (drift.ts).
 */
export interface Expected {
  readonly added: number;
  readonly updates: number;
}

export const nothingExpected: Expected = { added: 0, updates: 0 };

/** Adds up two numbers of inserts and updates. */
export function bothExpected(a: Expected, b: Expected): Expected {
  return { added: a.added + b.added, updates: a.updates + b.updates };
}

/** How many updates a row that is begun and ends has besides its reports. */
const updatesBesideReports = 2;

/** Reports of the batches of a row after its first one, per full batch: batches may have fewer records than their size. */
const reportsPerBatch = 1.5;

/** Reports per second of rows without a batch size. */
const reportsPerSecond = 2;

/** Whether the counters of a phase and table are cumulative, or may be: then each row counts as one batch. */
type IsCumulative = (table: Table) => boolean;

interface Table {
  readonly phase: Phase;
  readonly tableName: string;
}

/** By the totals of the tables. They are judged only if that is needed. */
function cumulativeIn(totals: () => readonly Total[]): IsCumulative {
  let found: ReadonlySet<string> | null = null;
  return ({ phase, tableName }) => {
    found ??= new Set(
      totals().flatMap((total) => {
        const { counting } = judge(measureOfTotal(total, noMemo));
        return counting === 'cumulative' || counting === 'unclear' ? [tableKey(total.phase, total.tableName)] : [];
      }),
    );
    return found.has(tableKey(phase, tableName));
  };
}

/** How many updates a row needs for a change. */
function updatesOf(
  before: Operation | null,
  now: Operation,
  [from, until]: readonly [from: number, until: number],
  isCumulative: IsCumulative,
): number {
  if (now.status === 'pending' && before === null) return 0;
  const counter = counterOf(now);
  const known = before !== null && before.identity === now.identity ? counterOf(before) : 0;
  // A counter that fell belongs to a new attempt.
  const records = counter >= known ? counter - known : counter;
  const batch = batchSizeOf(now);
  if (before === null && records > (batch ?? 0) && isCumulative(now)) return 1 + updatesBesideReports;
  const begun = Math.max(from, now.startedAt ?? from);
  const seconds = Math.min(Math.max(0, Math.min(until, now.completedAt ?? until) - begun), Math.max(0, until - from));
  const isCounted = now.recordsProcessed !== null;
  const full = isCounted && batch !== null ? records / batch : byTime(isCounted ? records : null, seconds);
  return reportsOf(1, full) + updatesBesideReports;
}

const noRows = { rows: [], hasAllRows: false, attempts: [], marked: null } as const;

/** How many updates explain rows of which only the sums are known, all of them new. */
function updatesOfSums(tally: Tally, batches: BatchTallies, isCumulative: boolean): Expected {
  const { statuses, recordsProcessed, largestBatch, timedRecords, timedSeconds } = totalOf(
    'execution',
    '',
    tally,
    noRows,
  );
  const added = Object.values(statuses).reduce((all, rows) => all + rows, 0);
  const begun = added - statuses.pending;
  if (isCumulative) return { added, updates: (1 + updatesBesideReports) * begun };
  let [full, known, knownSeconds] = [0, 0, 0];
  for (const { batchSize, records, seconds } of batchesIn(batches)) {
    full += batchSizeOf({ batchSize }) === null ? byTime(records, seconds) : records / (batchSize ?? 1);
    known += records;
    knownSeconds += seconds;
  }
  // The others are not completed, or of another phase: their batch sizes are not added up.
  const rest = Math.max(0, recordsProcessed - known);
  if ((largestBatch ?? 0) > 0) full += rest / (largestBatch ?? 1);
  else full += byTime(Math.max(0, timedRecords - known), Math.max(0, timedSeconds - knownSeconds));
  return { added, updates: reportsOf(begun, full) + updatesBesideReports * begun };
}

/** The reports of rows that name no batch size: each adds a record at least. */
function byTime(records: number | null, seconds: number): number {
  return Math.min(records ?? Number.POSITIVE_INFINITY, reportsPerSecond * seconds);
}

/** @param full how many batches the rows have, if each has as many records as its size */
function reportsOf(rows: number, full: number): number {
  return rows + reportsPerBatch * Math.max(0, full - rows);
}

/** A change of a row between two polls. `before`: null if the earlier poll had no such row, or did not read it. */
export type RowChange = readonly [before: Operation | null, now: Operation];

/**
 * Returns how many inserts and updates explain the changes between two polls.
 *
 * @param time the database's time of the earlier and of the later poll
 * @param added.top the highest id of the earlier poll
 * @param added.upTo the new rows are above it and are counted later; null if they are not
 * @param added.summed a count that has the new rows; null if there is none
 */
export function expectedOf(
  changes: readonly RowChange[],
  time: readonly [from: number, until: number],
  added: { readonly top: bigint; readonly upTo: bigint | null; readonly summed: RangeCount | null },
  totals: () => readonly Total[],
): Expected {
  const isCumulative = cumulativeIn(totals);
  const isCounted = added.upTo !== null || added.summed !== null;
  const rows = { added: 0, updates: 0 };
  for (const [before, now] of changes) {
    const isNew = BigInt(now.id) > added.top;
    if (isNew && isCounted) continue;
    rows.added += isNew ? 1 : 0;
    rows.updates += updatesOf(before, now, time, isCumulative);
  }
  return added.summed === null ? rows : bothExpected(rows, updatesOfCount(added.summed, isCumulative));
}

/** Returns how many inserts and updates explain the rows of id ranges, if all of them are new. */
export function expectedIn(
  ranges: readonly { readonly groups: ReadonlyMap<Table, { readonly tally: Tally; readonly batches: BatchTallies }> }[],
  totals: () => readonly Total[],
): Expected {
  const isCumulative = cumulativeIn(totals);
  let expected = nothingExpected;
  for (const { groups } of ranges)
    for (const [group, { tally, batches }] of groups)
      expected = bothExpected(expected, updatesOfSums(tally, batches, isCumulative(group)));
  return expected;
}

function updatesOfCount({ counts, batches }: RangeCount, isCumulative: IsCumulative): Expected {
  const groups = Map.groupBy(counts, ({ phase, tableName }) => tableKey(phase, tableName));
  let expected = nothingExpected;
  for (const [first, ...others] of groups.values()) {
    if (first === undefined) continue;
    const tally = emptyTally();
    for (const count of [first, ...others]) addTally(tally, tallyOfCount(count), 1);
    const sums: BatchTallies = new Map();
    for (const one of batches)
      if (first.phase === 'execution' && one.tableName === first.tableName)
        addBatches(sums, one.batchSize, batchTallyOf(one));
    expected = bothExpected(expected, updatesOfSums(tally, sums, isCumulative(first)));
  }
  return expected;
}
