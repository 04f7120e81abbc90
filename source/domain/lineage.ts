import { createLinks, type Links } from './links.ts';
import type { Mark } from './mark.ts';
import type { Operation } from './operation.ts';
import { tableKey } from './rate-keys.ts';

/** The fields of a row that show which work it is an attempt of. */
export interface Attempt
  extends Pick<
    Operation,
    | 'id'
    | 'phase'
    | 'tableName'
    | 'operation'
    | 'status'
    | 'recordsProcessed'
    | 'totalRecords'
    | 'batchSize'
    | 'sourceQuery'
    | 'startedAt'
    | 'completedAt'
  > {
  readonly mark: Mark | null;
}

/**
 * Groups the rows that are attempts of one work: each group in order of id, the groups in order of their first id.
 *
 * Two rows of one phase and table are attempts of one work if
 * - the worker library marked one of them as repeating the other;
 * - they have the same source query and it names a range (LIMIT and OFFSET, or a column compared with values), with any
 *   names of operations: the same query over another range is another work;
 * - they have the same source query without a range, and the same name or the name of a retry of it, and the rows of that
 *   query are evidently not batches of one table: the library ran the whole query, or a counter is above its batch,
 *   or the batch is as large as the total and at most one is completed. A query with a parameter (`id > $1`)
 *   belongs to many ranges;
 * - they have the same source query, and one is named as a retry of the other: `retry_batch_` with its id, or `_retry`
 *   after, or `retry_` before its name, if only one row has that name. The other one may be a retry itself.
 *
 * A name alone is no evidence: `retry_batch_15` may mean the fifteenth batch. Rows without a source query are separate works.
 * The groups are the connected rows, so the order of the rows makes no difference.
 */
export function attemptsOf<Row extends Attempt>(rows: readonly Row[]): Row[][] {
  const sorted = [...rows].sort((a, b) => a.id - b.id);
  const works = createLinks<number>();
  for (const table of Map.groupBy(sorted, ({ phase, tableName }) => tableKey(phase, tableName)).values()) {
    const ids = new Set(table.map(({ id }) => id));
    for (const { id, mark } of table) {
      if (mark?.repeats != null && ids.has(mark.repeats)) works.join(id, mark.repeats);
    }
    const withQuery = table.filter(({ sourceQuery }) => sourceQuery !== null && sourceQuery.trim() !== '');
    const canonical = canonicalOnce();
    for (const [query, same] of Map.groupBy(withQuery, ({ sourceQuery }) => canonical(sourceQuery ?? ''))) {
      if (namesRange(query)) for (const { id } of same) works.join(id, same[0]?.id ?? id);
      else joinByName(same, works);
    }
  }
  return [...Map.groupBy(sorted, ({ id }) => works.find(id)).values()];
}

/** The attempts of the work of one row, in order of id. */
export function attemptsOfRow<Row extends Attempt>(rows: readonly Row[], id: number): Row[] {
  return attemptsOf(rows).find((group) => group.some((row) => row.id === id)) ?? [];
}

/** Rows of one source query that names no range. */
function joinByName(rows: readonly Attempt[], works: Links<number>): void {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const byName = Map.groupBy(rows, ({ operation }) => operation);
  for (const named of Map.groupBy(rows, ({ operation }) => withoutRetry(operation)).values()) {
    if (areWholes(named)) {
      for (const { id } of named) works.join(id, named[0]?.id ?? id);
      continue;
    }
    const repeated = named.filter(({ operation }) => !isRetryName(operation));
    if (repeated.length !== 1) continue;
    for (const { id } of named) works.join(id, repeated[0]?.id ?? id);
  }
  for (const row of rows) {
    const repeated = byId.get(repeatedByName(row.operation) ?? Number.NaN);
    // If there is a row `batch_15`, `retry_batch_15` means that one.
    if (repeated !== undefined && mayRepeat(row, repeated) && !byName.has(`batch_${repeated.id}`))
      works.join(row.id, repeated.id);
    // A retry of a retry, such as `retry_retry_batch_15`.
    const named = byName.get(repeatedNames(row.operation).find((name) => byName.has(name)) ?? '') ?? [];
    const [only] = named;
    if (only !== undefined && named.length === 1 && isRetryName(only.operation) && mayRepeat(row, only))
      works.join(row.id, only.id);
  }
}

/** The name of a retry (specification, "Error Tracking and Recovery"). */
export function retryName(id: number): string {
  return `retry_batch_${id}`;
}

/** The id in the name of a retry; null in other names. */
function repeatedByName(operation: string): number | null {
  const [, id] = /^retry_batch_(-?\d{1,16})$/.exec(operation) ?? [];
  return id === undefined ? null : Number(id);
}

/** Whether an attempt of a work is named or marked as a retry of the one with this id. */
export function isRetryOf({ operation, mark }: Pick<Attempt, 'operation' | 'mark'>, id: number): boolean {
  return mark?.repeats === id || operation === retryName(id);
}

type Begun = Pick<Attempt, 'id' | 'status' | 'startedAt'>;

/**
 * Whether a row may be the retry of another one that its name says. A retry mostly has a higher id. Where ids are not in the order of
 * time, it waits in the queue, or it began later.
 */
export function mayRepeat(row: Begun, repeated: Begun): boolean {
  if (row.id === repeated.id) return false;
  if (row.id > repeated.id || row.status === 'pending') return true;
  return row.startedAt !== null && repeated.startedAt !== null && row.startedAt > repeated.startedAt;
}

/**
 * Whether a row may have been there when another one was started: it waits in the queue, it began earlier, or its id is lower.
 * Ids need not be in the order of time.
 */
export function wasThereBefore(row: Begun, started: Begun): boolean {
  if (row.id === started.id) return false;
  if (row.id < started.id || row.status === 'pending') return true;
  return row.startedAt === null || started.startedAt === null || row.startedAt < started.startedAt;
}

/** Whether rows of one name and query without a range are attempts at the whole query, not batches of it. */
function areWholes(rows: readonly Attempt[]): boolean {
  if (hasParameter(rows[0]?.sourceQuery ?? '')) return false;
  return rows.some(({ mark }) => mark?.ofOperation === true) || areSizedAsWholes(rows);
}

/**
 * Whether the sizes of rows with one name, and one query without a range and a parameter, show that each reads all of the query: a counter is
 * above its batch, or each batch is as large as its total. A query that was completed twice belongs to batches that each have
 * their own total.
 */
export function areSizedAsWholes(
  rows: readonly Pick<Operation, 'status' | 'recordsProcessed' | 'totalRecords' | 'batchSize'>[],
): boolean {
  const isWithin = (size: number | null, batch: number | null): boolean =>
    size !== null && size >= 0 && batch !== null && batch > 0 && size <= batch;
  return (
    rows.some(
      ({ recordsProcessed, batchSize }) =>
        (batchSize ?? 0) > 0 && !isWithin(Math.max(0, recordsProcessed ?? 0), batchSize),
    ) ||
    (rows.filter(({ status }) => status === 'completed').length < 2 &&
      rows.every(({ batchSize, totalRecords }) => isWithin(totalRecords, batchSize)))
  );
}

/**
 * The name of the operation that a retry repeats, by its own name: `copy` for `retry_copy`, `copy_retry`, `copy-retry-2`, and for
 * a retry of these: `retry_retry_copy`.
 */
export function withoutRetry(operation: string): string {
  // sql/reports has the same expressions.
  return operation.replace(/^(?:retry[_-])+(?=.)/is, '').replace(/(?<=.)(?:[_-]retry(?:[_-]?\d+)?)+$/is, '');
}

/** The names of the row that a retry may repeat, the likeliest first: `copy_2`, else `retry_copy`, for `retry_copy_2`. */
function repeatedNames(operation: string): readonly string[] {
  const first = operation.replace(/^retry[_-](?=.)/i, '');
  const second = operation.replace(/(?<=.)[_-]retry([_-]?\d+)?$/i, '');
  // The second retry of `copy`, if no row is called `copy_2`.
  const third = isRetryName(operation) ? operation.replace(/(?<=.)[_-]\d{1,4}$/, '') : operation;
  return [first, second, third].filter((name) => name !== operation);
}

/** Whether a name begins with `retry_` or `retry-`, or ends with `_retry` or `-retry`, also before a number, in any case. */
export function isRetryName(operation: string): boolean {
  return withoutRetry(operation) !== operation;
}

/**
 * A query in a form in which texts can be compared: outside of quotes in lower case with single spaces and without
 * comments, LIMIT before OFFSET, `OFFSET 0` left out, FETCH FIRST as LIMIT, BETWEEN as two comparisons.
 */
export function canonicalQuery(query: string): string {
  let text = '';
  for (const [token] of query.matchAll(
    /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*.*?\*\/|[ \t-\r]+|[^'" \t-\r/-]+|./gs,
  )) {
    if (token.startsWith('--') || (token.startsWith('/*') && token.length > 3) || /^[ \t-\r]/.test(token)) text += ' ';
    else text += token.startsWith("'") || token.startsWith('"') ? quoted(token) : token.toLowerCase();
  }
  text = withSingleBlanks(text)
    .replace(/^ /, '')
    .replace(/[ ;]+$/, '')
    .replace(/ ?(<=|>=|<>|!=|=|<|>|,|\(|\)) ?/g, '$1')
    .replace(/([\w."]+) between ([^\s()]+) and ([^\s()]+)/g, '$1>=$2 and $1<=$3');
  const { base, limit, offset } = rangeOf(text);
  return `${base}${limit === null ? '' : ` limit ${limit}`}${offset === null || /^0+$/.test(offset) ? '' : ` offset ${offset}`}`;
}

/** A query with one blank for white space: blanks, tabs and line ends, as PostgreSQL reads a statement, and no other characters. */
export function withSingleBlanks(query: string): string {
  // A single blank is not replaced: most queries have no other white space, and are returned without a copy.
  return query.replace(/ [ \t-\r]+|[\t-\r][ \t-\r]*/g, ' ');
}

/** The canonical form of each text, computed once: attempts of one work mostly have the same text. */
export function canonicalOnce(): (query: string) => string {
  const known = new Map<string, string>();
  return (query) => {
    const canonical = known.get(query) ?? canonicalQuery(query);
    known.set(query, canonical);
    return canonical;
  };
}

/** A quoted text, escaped so that no later replacement matches inside it. */
function quoted(text: string): string {
  return text.replace(/[ \t-\r<>=!,;()]/g, (character) => `\\${character.charCodeAt(0)}`);
}

/** Splits LIMIT and OFFSET, in any order and spelling, from the end of a query. */
function rangeOf(text: string): { base: string; limit: string | null; offset: string | null } {
  let [base, limit, offset]: [string, string | null, string | null] = [text, null, null];
  for (;;) {
    const [found, kind, count] =
      /(?:^| )(?:(limit|offset) (\w+)(?: rows?)?|fetch (?:first|next) (\d+) rows? only)$/.exec(base) ?? [];
    const value = count ?? /\d+/.exec(found ?? '')?.[0];
    if (found === undefined || value === undefined) return { base, limit, offset };
    if (kind === 'offset') offset ??= value;
    else limit ??= value;
    base = base.slice(0, -found.length);
  }
}

/** The records of a canonical query's LIMIT and OFFSET; null if it does not end in a LIMIT. */
export function limitsOf(sourceQuery: string | null): { base: string; limit: number; offset: number } | null {
  if (sourceQuery === null) return null;
  const { base, limit, offset } = rangeOf(canonicalQuery(sourceQuery));
  if (limit === null || !/^\d{1,15}$/.test(limit) || !/^\d{1,15}$/.test(offset ?? '0')) return null;
  return { base, limit: Number(limit), offset: Number(offset ?? '0') };
}

/**
 * Whether a query names its range of the table: by LIMIT or OFFSET, or by a column's lowest or highest value. A query with a
 * parameter has the same text for every range.
 */
export function namesRange(query: string): boolean {
  if (hasParameter(query)) return false;
  return / (limit|offset) \d/i.test(query) || /[\w."] ?(<=|>=|<|>|between) ?[\d'-]/i.test(query);
}

/**
 * Returns which fields must be equal for two rows to be attempts at the same work: only the query, if it names a range; also the
 * name, if it has no parameter; null if the rows of that query may be of many works (`attemptsOf`).
 */
export function linkOfQuery(query: string | null): 'query' | 'name' | null {
  if (query === null || query.trim() === '') return null;
  if (namesRange(canonicalQuery(query))) return 'query';
  return hasParameter(query) ? null : 'name';
}

/** Whether a query has a parameter: `$1`, `:first`, `?`, `%s`, `@first` or `{first}`. */
export function hasParameter(query: string): boolean {
  const code = query.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, '""');
  return /\$\d|(?<![:\w]):[a-z_]|[<>=,( \t-\r]\?|%s|%\(|@[a-z_]|\{\w*\}/i.test(code);
}
