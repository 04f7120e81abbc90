import { setImmediate as nextTurn } from 'node:timers/promises';
import { decodeSpan } from '../database/decode.ts';
import { kept, ofKind, type Tagged } from '../database/tagged-rows.ts';
import type { CountedRow, RangeCount } from '../domain/range-count.ts';
import type { HistorySpan } from '../domain/snapshot.ts';
import { decodeBatches, decodeGroup, decodeKeys, decodeRow, decodeRows, rowBodies } from './decode-counts.ts';

/** A count of an id range, and the throughput in it. */
interface DecodedRange {
  readonly counted: RangeCount;
  readonly history: readonly HistorySpan[];
}

/**
 * Milliseconds of decoding after which pending keys are handled, and how many rows are decoded before the time is checked again.
 */
const sliceMs = 8;
const sliceRows = 64;

/** `decodeRange` for a count of many rows, during which keys are taken. */
export async function decodeInSlices(rows: readonly Tagged[], limit: number | null): Promise<DecodedRange> {
  const evidence = await rowsInSlices(ofKind(rows, 'evidence'));
  const attempts = await rowsInSlices(ofKind(rows, 'attempt'));
  return decodeRange(
    rows.filter(({ kind }) => kind !== 'evidence' && kind !== 'attempt'),
    limit,
    { evidence, attempts },
  );
}

async function rowsInSlices(bodies: readonly unknown[]): Promise<readonly CountedRow[]> {
  const decoded: CountedRow[] = [];
  let startedMs = performance.now();
  for (const all of bodies.map(rowBodies)) {
    for (let first = 0; first < all.length; first += sliceRows) {
      decoded.push(...kept(all.slice(first, first + sliceRows).map(decodeRow)));
      if (performance.now() - startedMs < sliceMs) continue;
      await nextTurn();
      startedMs = performance.now();
    }
  }
  return decoded;
}

/**
 * Decodes the count of one id range (sql/queries/range.sql).
 *
 * @param limit maximum number of rows that the query counted; null for all
 * @param single its single rows, if they are decoded
 */
export function decodeRange(
  rows: readonly Tagged[],
  limit: number | null,
  single?: { readonly evidence: readonly CountedRow[]; readonly attempts: readonly CountedRow[] },
): DecodedRange {
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
      rows: single?.evidence ?? kept(ofKind(rows, 'evidence').flatMap(decodeRows)),
      attempts: single?.attempts ?? kept(ofKind(rows, 'attempt').flatMap(decodeRows)),
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
