import type { NamedCounting } from './progress.ts';
import type { Total } from './snapshot.ts';
import { countingOf } from './summary.ts';

/** How a table of one phase is counted, and since when its rows show another way. */
export interface SteadyCounting {
  readonly counting: NamedCounting;
  /** Since when the rows show another way, on the database's clock; null if they do not. */
  readonly otherSince: number | null;
  /** The last total, and the same with the kept way of counting: both stay the same objects while the table does not change. */
  readonly total: Total;
  readonly kept: Total;
}

/** By phase and table, without the tables that have no proven way of counting. */
export type SteadyCountings = ReadonlyMap<string, SteadyCounting>;

/** For how many seconds the rows of a table must show another way of counting before migtop counts it that way. */
const steadySeconds = 30;

/**
 * Keeps the way of counting of each table until its rows have shown another one for half a minute: a running batch may make
 * a table unclear for some seconds, and its figures must not jump back and forth.
 *
 * @returns the totals, with the kept way of counting in `named`, and the state for the next poll
 */
export function steadyTotals(
  before: SteadyCountings,
  totals: readonly Total[],
  takenAt: number,
): { totals: readonly Total[]; countings: SteadyCountings } {
  const countings = new Map<string, SteadyCounting>();
  const kept = totals.map((total): Total => {
    if (total.named !== undefined) return total;
    const key = `${total.phase} ${total.tableName}`;
    const known = before.get(key);
    if (known?.total === total && known.otherSince === null) {
      countings.set(key, known);
      return total;
    }
    const { counting, isProven } = countingOf(total);
    const otherSince = known === undefined || known.counting === counting ? null : (known.otherSince ?? takenAt);
    if (known !== undefined && otherSince !== null && takenAt - otherSince < steadySeconds) {
      const isSame = known.total === total && known.kept !== total;
      const named = isSame ? known.kept : { ...total, named: known.counting };
      countings.set(key, { counting: known.counting, otherSince, total, kept: named });
      return named;
    }
    if (isProven && counting !== 'unclear') countings.set(key, { counting, otherSince: null, total, kept: total });
    return total;
  });
  return { totals: kept, countings };
}
