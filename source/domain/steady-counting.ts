import type { Memo } from './memo.ts';
import type { NamedCounting } from './progress.ts';
import type { Total } from './snapshot.ts';
import { summaryOf } from './summary.ts';

/** How a table of one phase is counted, and since when its rows show another way. */
export interface SteadyCounting {
  /** Null while no way of counting is proven. */
  readonly counting: NamedCounting | null;
  /** Since when the rows show another way, on the database's clock; null if they do not. */
  readonly otherSince: number | null;
  /** The last total, and the same with the kept way of counting: both stay the same objects while the table does not change. */
  readonly total: Total;
  readonly kept: Total;
}

/** By table, of one phase. */
export type SteadyCountings = ReadonlyMap<string, SteadyCounting>;

/** For how many seconds the rows of a table must show another way of counting before migtop counts it that way. */
const steadySeconds = 30;

/**
 * Keeps the way of counting of each table until its rows have shown another one for half a minute: a running batch may make
 * a table unclear for some seconds, and its figures must not jump back and forth.
 *
 * @param totals of one phase
 * @returns the totals, with the kept way of counting in `named`, and the state for the next poll
 */
export function steadyTotals(
  before: SteadyCountings,
  totals: readonly Total[],
  takenAt: number,
  memo: Memo,
): { totals: readonly Total[]; countings: SteadyCountings } {
  const countings = new Map<string, SteadyCounting>();
  const kept = totals.map((total): Total => {
    if (total.named !== undefined) return total;
    const known = before.get(total.tableName);
    const isSettled = known?.total === total && known.otherSince === null;
    const counting = isSettled ? known : countingAfter(known, total, takenAt, memo);
    countings.set(total.tableName, counting);
    return counting.kept;
  });
  return { totals: kept, countings };
}

function countingAfter(known: SteadyCounting | undefined, total: Total, takenAt: number, memo: Memo): SteadyCounting {
  const { counting, isProven } = memo(summaryOf, total);
  const was = known?.counting ?? null;
  const otherSince = was === null || was === counting ? null : (known?.otherSince ?? takenAt);
  if (known !== undefined && was !== null && otherSince !== null && takenAt - otherSince < steadySeconds) {
    const isSame = known.total === total && known.kept !== total;
    return { counting: was, otherSince, total, kept: isSame ? known.kept : { ...total, named: was } };
  }
  return { counting: isProven && counting !== 'unclear' ? counting : null, otherSince: null, total, kept: total };
}
