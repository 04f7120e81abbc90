import { worksOf } from './query-works.ts';
import type { Total } from './snapshot.ts';
import { batchSizeOf, type EvidenceRow, inOrderOfId, workOf } from './works.ts';

/** One work of a table with own totals: `from` is how many records of the table come before it, in order of id. */
export interface PlacedWork {
  readonly rows: readonly EvidenceRow[];
  readonly id: number;
  readonly from: number;
  readonly total: number;
  readonly records: number;
  readonly state: 'open' | 'completed' | 'failed' | 'skipped';
}

/** The works of a table in order of id; null if one names no total, or if not all rows are known. */
export function placedWorks({ rows, hasAllRows }: Total): readonly PlacedWork[] | null {
  if (!hasAllRows) return null;
  const placed: PlacedWork[] = [];
  let from = 0;
  for (const attempts of inOrderOfId(worksOf(rows))) {
    const { total, records, state } = workOf(attempts);
    if (total === null) return null;
    placed.push({ rows: attempts, id: attempts[0]?.id ?? 0, from, total, records: Math.min(total, records), state });
    from += total;
  }
  return placed;
}

/** Whether operations ran one after the other, in order of id: then the time of each record is known by its place. */
export function areInTurn(works: readonly PlacedWork[]): boolean {
  const rows = works.flatMap((work) => (work.state === 'open' || work.state === 'completed' ? work.rows : []));
  if (rows.length !== works.length) return false;
  const begun = rows.filter(({ startedAt }) => startedAt !== null);
  return begun.every(({ startedAt }, index) => {
    const before = begun[index - 1];
    return before === undefined || (before.completedAt !== null && before.completedAt <= (startedAt ?? 0) + 1);
  });
}

/** The total, as a multiple of the batch size. */
export function wholeBatches({ total, rows }: PlacedWork): number {
  const [row] = rows;
  const batch = row === undefined ? null : batchSizeOf(row);
  return batch === null || batch >= total ? total : Math.ceil(total / batch) * batch;
}
