import { hasParameter, namesRange, withoutRetry, withSingleBlanks } from './lineage.ts';
import type { Operation } from './operation.ts';

/**
 * The work that a row is an attempt of: `r` if the source query names its range, `p` if it has a parameter, else `q`; `+` if the name of the operation
 * has `retry` in it, else `-`; a digest of the query, with single blanks; `:500` if the query ends with `LIMIT 500`, or reads 500 keys; `~` and a digest
 * of the query as it is stored, if that is another text; and after `q`, `@` and a digest of the name of the operation without `retry`.
 */
export type WorkKey = string;

/** Whether the source query names its range: rows with one such query are attempts of one work. */
export const isRanged = (work: WorkKey): boolean => work.startsWith('r');
/** Whether the source query has a parameter: its text does not say which records it reads. */
export const isParameterized = (work: WorkKey): boolean => work.startsWith('p');
/** Whether the name of the operation has `retry` in it, in any case. */
export const isRetryKey = (work: WorkKey): boolean => work[1] === '+';
/** Returns one key for all rows whose source queries differ in white space at most, or in semicolons at the end. */
export const queryOf = (work: WorkKey): string => work.slice(2).replace(/[~@].*/, '');
/** Returns one key for all rows with exactly the same source query. */
export const exactQueryOf = (work: WorkKey): string => work.slice(2).replace(/@.*/, '');
/** Returns one key for all rows of one query whose operations have the same name, or the name of a retry of it; empty for other queries. */
export const nameOf = (work: WorkKey): string => /@(.*)/.exec(work)?.[1] ?? '';

/** The number of records to which the source query limits itself, by a LIMIT at its end or between two keys; null without these. */
export function limitOfWork(work: WorkKey): number | null {
  const [, limit] = /:(\d+)/.exec(work) ?? [];
  return limit === undefined ? null : Number(limit);
}

/**
 * Null without a source query, or for an empty one. `keyOf` gives the result of `keyOfQuery`, computed or kept: for an operation without
 * `queryKey`, whose source query is as it was read.
 */
export function workKeyOf(
  { operation, sourceQuery, queryKey }: Pick<Operation, 'operation' | 'sourceQuery' | 'queryKey'>,
  keyOf: (query: string) => string,
): WorkKey | null {
  const key = queryKey ?? (sourceQuery === null ? '' : keyOf(sourceQuery));
  if (key === '') return null;
  // Names make a difference only for queries that name no range and have no parameter.
  const name = key.startsWith('q') ? `@${digest(withoutRetry(operation))}` : '';
  return `${key[0]}${/retry/i.test(operation) ? '+' : '-'}${key.slice(1)}${name}`;
}

/**
 * The work key of a source query, without what depends on the name of the operation; empty for an empty query.
 *
 * @param sourceQuery as it is stored, or as sql/queries/fragments/compared-query.sql shortens it: all that compare queries read the same text
 */
export function keyOfQuery(sourceQuery: string): string {
  const query = withSingleBlanks(sourceQuery)
    .replace(/[ ;]+$/, '')
    .replace(/^ /, '');
  if (query === '') return '';
  const exact = query === sourceQuery ? '' : `~${digest(sourceQuery)}`;
  if (namesRange(query)) return `r${digest(query)}${limitOf(query)}${exact}`;
  return `${hasParameter(query) ? 'p' : 'q'}${digest(query)}${exact}`;
}

/**
 * `:500` for a query that ends with `LIMIT 500`, with an OFFSET or not, or with `FETCH NEXT 500 ROWS ONLY`, or that reads the whole numbers of
 * a column between two that are 500 apart; else nothing.
 */
function limitOf(query: string): string {
  const limit = query.match(
    / (?:limit (\d{1,9})(?: offset \d{1,18})?|offset \d{1,18} limit (\d{1,9})|fetch (?:first|next) (\d{1,9}) rows? only)$/i,
  );
  if (limit !== null) return `:${Number(limit[1] ?? limit[2] ?? limit[3])}`;
  const keys = keysOf(query);
  return keys > 0 ? `:${keys}` : '';
}

/** How many whole numbers a query reads of one column: `id BETWEEN 1 AND 500`, `id > 0 AND id <= 500`; 0 if it does not say that. */
function keysOf(query: string): number {
  // sql/reports has the same expressions.
  if (/ (?:or|not) /i.test(query)) return 0;
  const [, first, last] = /[\w."] between '?(\d{1,15})'? and '?(\d{1,15})'?(?![\w.'-])/i.exec(query) ?? [];
  if (last !== undefined) return Number(last) - Number(first) + 1;
  const [, column, above, from, other, below, to] =
    /([\w."]+) ?(>=?) ?'?(\d{1,15})'? and ([\w."]+) ?(<=?) ?'?(\d{1,15})'?(?![\w.'-])/i.exec(query) ?? [];
  if (to === undefined || column?.toLowerCase() !== other?.toLowerCase()) return 0;
  return Number(to) - Number(from) + (above === '>=' ? 1 : 0) - (below === '<' ? 1 : 0);
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
