import { decodeOperation } from '../database/decode.ts';
import { filterSql } from '../database/filter-sql.ts';
import type { Statement } from '../database/literals.ts';
import { query } from '../database/query.ts';
import { kept, type Tagged } from '../database/tagged-rows.ts';
import type { Target } from '../database/target.ts';
import type { Ids, ResolvedFilter, ResolvedTerm } from '../domain/filter/resolve.ts';
import { createMemo, type Memo } from '../domain/memo.ts';
import type { Operation } from '../domain/operation.ts';

export interface PageRequest {
  /**
   * `older`: from this id downwards; null starts at the newest. `newer`: above this id; null starts at the oldest. The result
   * is newest first in both directions.
   */
  readonly direction: 'older' | 'newer';
  readonly from: number | null;
  readonly filter: ResolvedFilter;
  readonly limit: number;
}

/** Maximum number of queries that are sent to fill one page. */
const maxQueries = 40;

/** Maximum number of ids that one query sends from one set of them. */
const idsPerQuery = 5000;

const highestId = '9223372036854775807';
const lowestId = '-9223372036854775808';

type Read = (statement: Statement) => Promise<readonly Tagged[]>;

/** Reads the operations that pass a filter, by the table's key. A short page is always the last one. */
export function createPages(read: Read, target: () => Target): (request: PageRequest) => Promise<Operation[]> {
  // Many pages are read with the same sets of ids.
  const memo = createMemo();
  return (request) => readPage(read, target(), request, memo);
}

async function readPage(
  read: Read,
  target: Target,
  { direction, from, filter, limit }: PageRequest,
  memo: Memo,
): Promise<Operation[]> {
  const newer = direction === 'newer';
  const operations: Operation[] = [];
  let next: number | null = from;
  // Unreadable rows are in no list, and of large sets of ids each query gets only some.
  for (let sent = 0; sent < maxQueries && operations.length < limit; sent++) {
    const part = partOf(filter, next, newer, memo);
    const rows = await read(pageStatement(target, { direction, from: next, filter: part.filter, limit }));
    operations.push(...kept(rows.map((row) => decodeOperation(row.body))));
    const last = (rows.at(-1)?.body as { id?: unknown } | undefined)?.id;
    if (rows.length === limit && typeof last === 'number') next = newer ? last : last - 1;
    else if (part.end === null) break;
    else next = newer ? part.end : part.end - 1;
  }
  const page = operations.slice(0, limit);
  return newer ? page.reverse() : page;
}

/** The query of a page; `filter` is sent as it is, however many ids it has. */
export function pageStatement(target: Target, { direction, from, filter, limit }: PageRequest): Statement {
  const newer = direction === 'newer';
  const bounds = { from: from ?? (newer ? lowestId : highestId), limit };
  return withFilter(query(newer ? 'page-newer' : 'page-older', target, bounds), filter);
}

/** The ids of those of some operations that pass a filter, by their whole texts. */
export async function readPassing(
  read: Read,
  target: Target,
  filter: ResolvedFilter,
  ids: readonly number[],
): Promise<number[]> {
  const rows = await read(withFilter(query('passing', target, { ids }), filter));
  return rows.flatMap(({ body }) => {
    const { id } = body as { readonly id?: unknown };
    return typeof id === 'number' ? [id] : [];
  });
}

function withFilter({ text, values = [] }: Statement, filter: ResolvedFilter): Statement {
  const condition = filterSql(filter, values.length + 1);
  // As a function: `$` in the condition is no pattern.
  return { text: text.replace('true /* filter */', () => condition.sql), values: [...values, ...condition.values] };
}

interface Part {
  readonly filter: ResolvedFilter;
  /** The last id, in the direction of reading, that this part of the filter covers; null: it covers all. */
  readonly end: number | null;
}

/** The filter with as many ids of each set, in the direction of reading, as one query sends. */
function partOf(filter: ResolvedFilter, from: number | null, newer: boolean, memo: Memo): Part {
  const sets = filter.terms.flatMap((term) => (term.field === 'ids' ? term.values.map(({ ids }) => ids) : []));
  const ahead = new Map(sets.map((ids) => [ids, idsAhead(memo(inOrder, ids), from, newer)]));
  const ends = [...ahead.values()].flatMap((ids) => ids[idsPerQuery - 1] ?? []);
  const end = ends.length === 0 ? null : newer ? Math.min(...ends) : Math.max(...ends);
  const isCovered = (id: number): boolean => end === null || (newer ? id <= end : id >= end);
  const partOfSet = ({ kind, ids }: Ids): Ids => ({
    kind,
    ids: new Set((ahead.get(ids) ?? []).slice(0, idsPerQuery).filter(isCovered)),
  });
  const terms = filter.terms.map(
    (term): ResolvedTerm => (term.field === 'ids' ? { ...term, values: term.values.map(partOfSet) } : term),
  );
  if (end === null) return { filter: { terms }, end };
  const range = newer ? { from: null, to: end } : { from: end, to: null };
  return { filter: { terms: [...terms, { negated: false, field: 'id', values: [range] }] }, end };
}

function inOrder(ids: ReadonlySet<number>): Float64Array {
  return Float64Array.from(ids).sort();
}

/** The sorted ids from one on, in the direction of reading. */
function idsAhead(all: Float64Array, from: number | null, newer: boolean): number[] {
  const at = from === null ? (newer ? 0 : all.length) : firstAbove(all, from);
  return newer
    ? [...all.subarray(at, at + idsPerQuery)]
    : [...all.subarray(Math.max(0, at - idsPerQuery), at)].reverse();
}

/** How many of the sorted ids are up to this one. */
function firstAbove(all: Float64Array, id: number): number {
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((all[middle] ?? 0) <= id) low = middle + 1;
    else high = middle;
  }
  return low;
}
