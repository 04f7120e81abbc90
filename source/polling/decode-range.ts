import { decodeSpan } from '../database/decode.ts';
import { kept, ofKind, type Tagged } from '../database/tagged-rows.ts';
import type { RangeCount } from '../domain/range-count.ts';
import type { HistorySpan } from '../domain/snapshot.ts';
import { decodeBatches, decodeGroup, decodeKeys, decodeRows } from './decode-counts.ts';

/**
 * Decodes the count of one id range (sql/queries/range.sql).
 *
 * @param limit maximum number of rows that the query counted; null for all
 */
export function decodeRange(
  rows: readonly Tagged[],
  limit: number | null,
): { counted: RangeCount; history: readonly HistorySpan[] } {
  const groups = ofKind(rows, 'count').map(decodeGroup);
  const [brief] = ofKind(rows, 'brief');
  let operations = 0;
  let reachedId: bigint | null = null;
  for (const group of groups) {
    operations += group.operations;
    const { lowestId } = group;
    if (lowestId !== null && (reachedId === null || lowestId < reachedId)) reachedId = lowestId;
  }
  return {
    counted: {
      counts: kept(groups.map(({ count }) => count)),
      rows: kept(ofKind(rows, 'evidence').flatMap(decodeRows)),
      attempts: kept(ofKind(rows, 'attempt').flatMap(decodeRows)),
      keys: kept(ofKind(rows, 'keys').map(decodeKeys)),
      batches: kept(ofKind(rows, 'batches').map(decodeBatches)),
      unreadable: groups.flatMap(({ count, status }) =>
        count.kind === 'ok' || count.unreadable.kind === 'row' ? [] : [{ ...count.unreadable, status }],
      ),
      ...(brief !== undefined && { brief: { isShort: Array.isArray(brief) && brief[0] === true } }),
      reachedId: limit !== null && operations >= limit ? reachedId : null,
    },
    history: kept(ofKind(rows, 'span').map(decodeSpan)),
  };
}
