import { namesRange } from './lineage.ts';
import type { Operation } from './operation.ts';

/**
 * The work that a row is an attempt of: `r` if the source query names its range, else `q`; `+` if the name of the operation
 * has `retry` in it, else `-`; a digest of the query; and `:500` if the query ends with `LIMIT 500`.
 */
export type WorkKey = string;

/** Whether the source query names its range: rows with one such query are attempts of one work. */
export const isRanged = (work: WorkKey): boolean => work.startsWith('r');
/** Whether the name of the operation has `retry` in it, in any case. */
export const isRetryKey = (work: WorkKey): boolean => work[1] === '+';
/** Returns the digest of the source query, with its limit, without the two characters before it. */
export const queryOf = (work: WorkKey): string => work.slice(2);

/** The number of records to which the source query limits itself; null if it ends without a LIMIT. */
export function limitOfWork(work: WorkKey): number | null {
  const colon = work.indexOf(':');
  return colon < 0 ? null : Number(work.slice(colon + 1));
}

/** Null without a source query, or for an empty one. `keyOf` gives the result of `keyOfQuery`, computed or kept. */
export function workKeyOf(
  { operation, sourceQuery }: Pick<Operation, 'operation' | 'sourceQuery'>,
  keyOf: (query: string) => string,
): WorkKey | null {
  const key = sourceQuery === null ? '' : keyOf(sourceQuery);
  return key === '' ? null : `${key[0]}${/retry/i.test(operation) ? '+' : '-'}${key.slice(1)}`;
}

/** `r` if a source query names its range, else `q`, a digest of the query, and its limit; empty for an empty query. */
export function keyOfQuery(sourceQuery: string): string {
  const query = sourceQuery
    .replace(/\s+/g, ' ')
    .replace(/[\s;]+$/, '')
    .trim();
  if (query === '') return '';
  return namesRange(query) ? `r${digest(query)}${limitOf(query)}` : `q${digest(query)}`;
}

/** Queries above this length, in characters, are compared by their beginning: what they end with is not known. */
const longestQuery = 400;

/** `:500` for a query that ends with `LIMIT 500`, with an OFFSET or not, or with `FETCH NEXT 500 ROWS ONLY`; else nothing. */
function limitOf(query: string): string {
  if (query.length > longestQuery) return '';
  const limit = query.match(
    / (?:limit (\d{1,9})(?: offset \d{1,18})?|offset \d{1,18} limit (\d{1,9})|fetch (?:first|next) (\d{1,9}) rows? only)$/i,
  );
  return limit === null ? '' : `:${Number(limit[1] ?? limit[2] ?? limit[3])}`;
}

/** 53 bits of a text, to compare the queries of some thousand rows without keeping them. */
function digest(text: string): string {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 2_654_435_761);
    low = Math.imul(low ^ code, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return (4_294_967_296 * (2_097_151 & low) + (high >>> 0)).toString(36);
}
