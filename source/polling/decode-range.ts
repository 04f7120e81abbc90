import { decodeSpan } from '../database/decode.ts';
import { kept, ofKind, type Tagged } from '../database/tagged-rows.ts';
import type { Status } from '../domain/operation.ts';
import type { RangeCount } from '../domain/range-count.ts';
import type { HistorySpan } from '../domain/snapshot.ts';
import { countColumns, decodeCount, decodeRow } from './decode-counts.ts';

/**
 * Decodes the count of one id range (sql/queries/range.sql).
 *
 * @param limit maximum number of rows that the query counted; null for all
 */
export function decodeRange(
  rows: readonly Tagged[],
  limit: number | null,
): { counted: RangeCount; history: readonly HistorySpan[] } {
  const bodies = ofKind(rows, 'count');
  const decoded = bodies.map(decodeCount);
  let operations = 0;
  let reachedId: bigint | null = null;
  for (const body of bodies as (readonly unknown[])[]) {
    operations += Number(body[3]);
    const lowest = body[countColumns.length];
    // Null for rows without an id.
    if (lowest != null && (reachedId === null || BigInt(String(lowest)) < reachedId))
      reachedId = BigInt(String(lowest));
  }
  return {
    counted: {
      counts: kept(decoded),
      rows: kept(ofKind(rows, 'evidence').map(decodeRow)),
      attempts: kept(ofKind(rows, 'attempt').map(decodeRow)),
      unreadable: decoded.flatMap((one, index) =>
        one.kind === 'ok' || one.unreadable.kind === 'row'
          ? []
          : [{ ...one.unreadable, status: (bodies as (readonly unknown[])[])[index]?.[2] as Status }],
      ),
      reachedId: limit !== null && operations >= limit ? reachedId : null,
    },
    history: kept(ofKind(rows, 'span').map(decodeSpan)),
  };
}
