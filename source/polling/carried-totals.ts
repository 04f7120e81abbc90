import type { Total } from '../domain/snapshot.ts';
import { oldestCount } from './counting-work.ts';
import type { IdRanges } from './id-range.ts';

/** The last complete totals. They are shown, with their age, until the table is counted again. */
export interface CarriedTotals {
  /** Keeps the totals of these ranges if all of them are counted. */
  carry(ranges: IdRanges): void;
  drop(): void;
  totals(): readonly Total[] | null;
  /** When the oldest of them was counted, on the database's clock; null if there are none. */
  countedAt(): number | null;
}

/**
 * Holds no totals until the first `carry` of ranges that are all counted; one with an uncounted range keeps the earlier
 * totals.
 */
export function createCarriedTotals(): CarriedTotals {
  let carried: { readonly totals: readonly Total[]; readonly countedAt: number } | null = null;
  return {
    carry(ranges) {
      const countedAt = oldestCount(ranges.all());
      if (countedAt !== null) carried = { totals: ranges.totals(), countedAt };
    },
    drop() {
      carried = null;
    },
    totals: () => carried?.totals ?? null,
    countedAt: () => carried?.countedAt ?? null,
  };
}
