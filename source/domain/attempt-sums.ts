import { largest, smallest } from './extremes.ts';
import { type Memo, noMemo } from './memo.ts';
import type { RowSums } from './snapshot.ts';
import { sum } from './sum.ts';
import {
  type AttemptsByWork,
  batchSizeOf,
  counterOf,
  type EvidenceRow,
  isSideRow,
  totalNamed,
  type WorkFigures,
  workOf,
} from './works.ts';

/** Works with a total above 0, added up. */
export interface WorkSums {
  readonly works: number;
  readonly smallestTotal: number | null;
  readonly largestTotal: number | null;
  /** How many works have a total that is their batch size. */
  readonly unitWorks: number;
  /** How many works reached their total and have a completed attempt. */
  readonly reachedWorks: number;
  /** How many works did not, and have an attempt that is open or was skipped, or none that is completed; and their records. */
  readonly unfinishedWorks: number;
  readonly unfinishedRecords: number;
}

/** Whether a work has a total above 0. */
export const isSized = ({ total }: WorkFigures): boolean => total !== null && total > 0;

/** Whether a row has all records of a total above 0. */
export function hasAllRecords(row: Pick<EvidenceRow, 'recordsProcessed' | 'totalRecords'>): boolean {
  const total = totalNamed(row);
  return total !== null && total > 0 && counterOf(row) >= total;
}

/** Adds up works, all of which have a total above 0. */
export function workSumsOf(works: readonly WorkFigures[]): WorkSums {
  const totals = works.map(({ total }) => total ?? 0);
  const unfinished = works.filter(({ isUnfinished }) => isUnfinished);
  return {
    works: works.length,
    smallestTotal: totals.length === 0 ? null : smallest(totals),
    largestTotal: totals.length === 0 ? null : largest(totals),
    unitWorks: works.filter(({ isUnit }) => isUnit).length,
    reachedWorks: works.filter(({ isReached }) => isReached).length,
    unfinishedWorks: unfinished.length,
    unfinishedRecords: sum(unfinished.map(({ records }) => records)),
  };
}

/** The attempts of works with several of them: their sums as rows, and as works. */
export interface AttemptSums {
  readonly single: { readonly main: SingleSums; readonly side: SingleSums };
  readonly joined: { readonly main: WorkSums; readonly side: WorkSums };
  /** By how much the records and the totals of the works differ from those of their rows. */
  readonly records: number;
  readonly totals: number;
  /** The totals of the works of one batch. */
  readonly sideTotals: number;
}

/** @param memo keeps the figures of each work: most works are the same arrays as before */
export function attemptSumsOf(attempts: AttemptsByWork, memo: Memo = noMemo): AttemptSums {
  const works = attempts.map((work) => memo(workOf, work));
  const rows = attempts.flat();
  const sides = works.filter(({ isSide }) => isSide);
  return {
    single: { main: singleSums(rows, false), side: singleSums(rows, true) },
    joined: {
      main: workSumsOf(works.filter((work) => isSized(work) && !work.isSide)),
      side: workSumsOf(sides.filter(isSized)),
    },
    records: sum(works.map((work) => work.records)) - sum(rows.map(counterOf)),
    totals:
      sum(works.map((work) => work.total ?? work.records)) - sum(rows.map((row) => totalNamed(row) ?? counterOf(row))),
    sideTotals: sum(sides.map(({ total }) => total ?? 0)),
  };
}

/** The sums of `RowSums` that rows which are joined to works take part in. */
export type SingleSums = Pick<
  RowSums,
  'works' | 'unitWorks' | 'reachedWorks' | 'unfinishedWorks' | 'unfinishedRecords' | 'records' | 'totals'
>;

/** The sums of the main or the side rows among some rows, each counted as a work. */
function singleSums(rows: readonly EvidenceRow[], isSide: boolean): SingleSums {
  const sums = {
    works: 0,
    unitWorks: 0,
    reachedWorks: 0,
    unfinishedWorks: 0,
    unfinishedRecords: 0,
    records: 0,
    totals: 0,
  };
  for (const row of rows) {
    if (isSideRow(row) !== isSide) continue;
    const counter = counterOf(row);
    const total = totalNamed(row);
    sums.records += counter;
    sums.totals += total ?? 0;
    if (total === null || total === 0) continue;
    sums.works++;
    if (total === batchSizeOf(row)) sums.unitWorks++;
    if (row.status === 'completed' && counter >= total) sums.reachedWorks++;
    if (row.status === 'completed') continue;
    sums.unfinishedWorks++;
    sums.unfinishedRecords += counter;
  }
  return sums;
}
