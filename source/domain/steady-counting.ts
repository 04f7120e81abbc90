import type { NamedCounting } from './progress.ts';
import type { Total } from './snapshot.ts';
import { countingOf } from './summary.ts';

/** How a table of one phase is counted, and how long its rows have spoken for another way. */
export interface SteadyCounting {
  readonly counting: NamedCounting;
  /** Since when the rows speak for another way, on the database's clock; null where they do not. */
  readonly otherSince: number | null;
}

/** By phase and table. A table whose rows do not tell how it counts is not in it. */
export type SteadyCountings = ReadonlyMap<string, SteadyCounting>;

/** For how many seconds the rows of a table must speak for another way of counting before it is counted that way. */
const steadySeconds = 30;

/**
 * Keeps the way in which each table is counted until its rows have spoken for another one for half a minute: a batch that
 * runs may make a table look unclear for some seconds, and its figures must not jump back and forth.
 *
 * @returns the totals, those that are kept named, and what to compare the next ones with
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
    const { counting, isProven } = countingOf(total);
    const known = before.get(key);
    const otherSince = known === undefined || known.counting === counting ? null : (known.otherSince ?? takenAt);
    if (known !== undefined && otherSince !== null && takenAt - otherSince < steadySeconds) {
      countings.set(key, { counting: known.counting, otherSince });
      return { ...total, named: known.counting };
    }
    if (isProven && counting !== 'unclear') countings.set(key, { counting, otherSince: null });
    return total;
  });
  return { totals: kept, countings };
}
