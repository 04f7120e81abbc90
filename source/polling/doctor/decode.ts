import { eachOf, fieldsOf, type JsonFields } from '../../database/fields.ts';
import { cleanLine } from '../../domain/clean-text.ts';
import type { FoundRow, FoundValue } from '../../domain/doctor/rows.ts';
import type { IdSequence } from '../../domain/doctor/sequence.ts';
import type { Holding } from '../../domain/doctor/server.ts';
import type { Structure } from '../../domain/doctor/structure.ts';
import type { Start } from '../../domain/doctor/zone-shift.ts';
import { separated } from '../../domain/separated.ts';
import type { CoveringOperation } from '../../domain/source-ranges/coverage.ts';
import { visibleName } from '../../domain/visible-name.ts';

/** The values of a row that was sent as an array. A value that does not fit is left out with its row. */
export function cells(body: unknown): readonly unknown[] {
  return Array.isArray(body) ? body : [];
}

/** Returns a value as text on one line, cleaned; '' for null. */
export function cellText(value: unknown): string {
  return value === null || value === undefined ? '' : cleanLine(String(value));
}

/** A table's name as operations have it (`decodeOperation`). */
export function name(value: unknown): string {
  return value === null || value === undefined ? '' : visibleName(String(value));
}

/** Returns a finite number; null for any other value, also for a number that was sent as a text. */
export function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/**
 * Decodes sql/queries/doctor/sequence.sql. Null if `next` or `limit` is missing: this role may not read the sequence.
 */
export function decodeSequence(body: unknown): IdSequence | null {
  const fields = fieldsOf(body);
  const [next, limit] = [number(fields.next), number(fields.limit)];
  if (next === null || limit === null) return null;
  return { sequence: String(fields.sequence), next, highest: number(fields.highest), limit };
}

/** The name of the sequence, quoted, also if this role may not read it. */
export function sequenceName(body: unknown): string {
  return String(fieldsOf(body).sequence);
}

/** Decodes sql/queries/doctor/structure.sql. A missing number counts as 0, a missing list as empty. */
export function decodeStructure(body: unknown): Structure {
  const fields = fieldsOf(body);
  const checked = eachOf(fields.checked);
  return {
    rows: number(fields.rows) ?? 0,
    bytes: number(fields.bytes) ?? 0,
    isPartitioned: fields.is_partitioned === true,
    hasKey: fields.has_key === true,
    nullable: texts(fields.nullable),
    checked: checked.map((one) => ({
      column: String(one.column),
      name: String(one.name),
      isValid: one.is_valid === true,
    })),
    indexed: texts(fields.indexed),
    invalid: texts(fields.invalid),
  };
}

/** Decodes a row of sql/queries/doctor/starts.sql; empty without an id or a start. `at` is in seconds since 1970. */
export function decodeStart(body: unknown): Start[] {
  const [id, workerId, at] = cells(body).map(number);
  return id == null || at == null ? [] : [{ id, workerId: workerId ?? null, at, tableName: name(cells(body)[3]) }];
}

/** Decodes a row of sql/queries/doctor/ranges.sql; empty without an id. A counter that is no finite number is null. */
export function decodeCovering(body: unknown): CoveringOperation[] {
  const [id, tableName, status, query, records] = cells(body);
  if (typeof id !== 'number') return [];
  return [
    {
      id,
      tableName: name(tableName),
      status: cellText(status),
      sourceQuery: typeof query === 'string' ? query : null,
      recordsProcessed: number(records),
    },
  ];
}

/**
 * Decodes a value of sql/queries/doctor/values.sql; empty for a column other than `status` and `phase`. Operations without a
 * numeric id are left out of `found`, but `rows` counts them.
 */
export function decodeValue(body: unknown): FoundValue[] {
  const { column, value, ids, names, tables, rows } = fieldsOf(body);
  if (column !== 'status' && column !== 'phase') return [];
  const known = cells(ids).flatMap((one, index) => {
    const id = number(one);
    return id === null ? [] : [{ id, tableName: name(cells(names)[index]) }];
  });
  return [
    { column, value: String(value), found: known, tables: cells(tables).map(name), rows: number(rows) ?? known.length },
  ];
}

/**
 * Decodes a row of sql/queries/doctor/counters.sql, timestamps.sql or ends.sql, by its kind; empty for another kind or
 * without an id.
 */
export function decodeFound(kind: string, body: unknown): FoundRow[] {
  const fields = fieldsOf(body);
  const id = number(fields.id);
  if (id === null || (kind !== 'counters' && kind !== 'timestamps' && kind !== 'ends')) return [];
  const about = {
    counters: () =>
      `${amount(fields.records)} of ${amount(fields.total)} records, batch size ${amount(fields.batch_size)}`,
    timestamps: () => `started ${shown(fields.started)}, completed ${shown(fields.completed)}`,
    ends: () => cellText(fields.status),
  }[kind]();
  return [
    {
      check: kind,
      problem: String(fields.problem),
      id,
      tableName: name(fields.table_name),
      text: about,
      rows: number(fields.rows) ?? 1,
    },
  ];
}

/** A number with thousands separators. */
function amount(value: unknown): string {
  const known = number(value);
  return known === null || !Number.isInteger(known) ? shown(value) : separated(known);
}

function shown(value: unknown): string {
  return value === null || value === undefined ? 'none' : cellText(value);
}

/**
 * Decodes the rows of sql/queries/doctor/transactions.sql and ignores those of other kinds. A missing pid or duration is 0;
 * durations are in seconds.
 */
export function decodeHolding(rows: readonly { readonly kind: string; readonly body: unknown }[]): Holding {
  const of = (kind: string): JsonFields[] => rows.filter((row) => row.kind === kind).map(({ body }) => fieldsOf(body));
  return {
    transactions: of('transaction').map((one) => ({
      pid: number(one.pid) ?? 0,
      user: cellText(one.user),
      application: cellText(one.application),
      state: cellText(one.state),
      query: cellText(one.query),
      seconds: number(one.seconds) ?? 0,
      blockedBy: Array.isArray(one.blocked_by) ? one.blocked_by.flatMap((pid) => number(pid) ?? []) : [],
    })),
    prepared: of('prepared').map((one) => ({
      name: String(one.name),
      user: cellText(one.user),
      seconds: number(one.seconds) ?? 0,
    })),
    slots: of('slot').map((one) => cellText(one.name)),
  };
}
