import {
  attempt,
  bigIdentifier,
  counter,
  type Decoded,
  exact,
  identifier,
  integer,
  known,
  line,
  named,
  optional,
  timestamp,
  visible,
} from '../database/decode.ts';
import type { CountedBatches } from '../domain/batch-tally.ts';
import { isPhase, isStatus } from '../domain/operation.ts';
import type { Count, CountedKeys, CountedRow } from '../domain/range-count.ts';
import { evidenceOf } from '../domain/works.ts';

/** The columns of a group, in the order in which sql/queries/range.sql and snapshot.sql send them. */
const countColumns = [
  'phase',
  'table_name',
  'status',
  'operations',
  'records_processed',
  'largest_processed',
  'totals',
  'records_without_total',
  'rows_with_total',
  'works',
  'smallest_total',
  'largest_total',
  'unit_works',
  'reached_works',
  'evidence',
  'outside',
  'bare',
  'bare_outside',
  'smallest_evidence',
  'largest_evidence',
  'evidence_records',
  'smallest_bare',
  'largest_batch',
  'pending_sized',
  'pending_sizes',
  'started_at',
  'completed_at',
  'timed_operations',
  'timed_records',
  'timed_micros',
  'is_side',
] as const;

const groupColumns = [...countColumns, 'lowest_id'] as const;

/** Decodes one group of a count (sql/queries/range.sql). */
export function decodeCount(body: unknown): Decoded<Count> {
  const count = decodeReadable(body);
  if (count.kind === 'ok' || count.unreadable.kind === 'row') return count;
  const place = attempt(named(body, countColumns), (row) => ({
    phase: known(row, 'phase', isPhase),
    tableName: visible(row, 'table_name'),
  }));
  return place.kind === 'ok' ? { ...count, unreadable: { ...count.unreadable, table: place.value } } : count;
}

function decodeReadable(body: unknown): Decoded<Count> {
  return attempt(named(body, countColumns), (row) => {
    const sum = (name: (typeof countColumns)[number]): number => optional(row, name, integer) ?? 0;
    const extreme = (name: (typeof countColumns)[number]): number | null => optional(row, name, integer);
    return {
      phase: known(row, 'phase', isPhase),
      tableName: visible(row, 'table_name'),
      status: known(row, 'status', isStatus),
      isSide: row.is_side === true,
      operations: integer(row, 'operations'),
      recordsProcessed: sum('records_processed'),
      largestProcessed: extreme('largest_processed'),
      totals: sum('totals'),
      recordsWithoutTotal: sum('records_without_total'),
      rowsWithTotal: sum('rows_with_total'),
      works: sum('works'),
      smallestTotal: extreme('smallest_total'),
      largestTotal: extreme('largest_total'),
      unitWorks: sum('unit_works'),
      reachedWorks: sum('reached_works'),
      evidence: sum('evidence'),
      outside: sum('outside'),
      bare: sum('bare'),
      bareOutside: sum('bare_outside'),
      smallestEvidence: extreme('smallest_evidence'),
      largestEvidence: extreme('largest_evidence'),
      evidenceRecords: sum('evidence_records'),
      smallestBare: extreme('smallest_bare'),
      largestBatch: extreme('largest_batch'),
      pendingSized: sum('pending_sized'),
      pendingSizes: sum('pending_sizes'),
      startedAt: optional(row, 'started_at', timestamp),
      completedAt: optional(row, 'completed_at', timestamp),
      timedOperations: integer(row, 'timed_operations'),
      timedRecords: sum('timed_records'),
      timedMicros: sum('timed_micros'),
    };
  });
}

interface Group {
  readonly count: Decoded<Count>;
  readonly operations: number;
  readonly status: string | null;
  /** Null for rows without an id. */
  readonly lowestId: bigint | null;
}

/** Decodes a group of sql/queries/range.sql, of which the ids are known too. */
export function decodeGroup(body: unknown): Group {
  const fields = named(body, groupColumns);
  const place = attempt(fields, (row) => ({
    operations: integer(row, 'operations'),
    status: typeof row.status === 'string' ? row.status : null,
    lowestId: optional(row, 'lowest_id', bigIdentifier),
  }));
  const unknown = { operations: 0, status: null, lowestId: null };
  return { count: decodeCount(fields), ...(place.kind === 'ok' ? place.value : unknown) };
}

const rowColumns = [
  'phase',
  'table_name',
  'id',
  'status',
  'records_processed',
  'total_records',
  'batch_size',
  'started_at',
  'completed_at',
  'operation',
  'source_query',
  'validation_query',
] as const;

/** Decodes the single rows of one kind that are kept with the sums (sql/queries/range.sql). */
export function decodeRows(body: unknown): Decoded<CountedRow>[] {
  return rowBodies(body).map(decodeRow);
}

/** The values of each such row: the query sends an array for each field. */
export function rowBodies(body: unknown): unknown[][] {
  const columns: unknown[][] = Array.isArray(body) ? body.filter(Array.isArray) : [];
  return (columns[0] ?? []).map((_, index) => columns.map((column) => column[index]));
}

/** Decodes one such row, as snapshot.sql sends it. */
export function decodeRow(body: unknown): Decoded<CountedRow> {
  return attempt(named(body, rowColumns), (row) => ({
    phase: known(row, 'phase', isPhase),
    tableName: visible(row, 'table_name'),
    row: evidenceOf({
      id: identifier(row, 'id'),
      status: known(row, 'status', isStatus),
      recordsProcessed: optional(row, 'records_processed', counter),
      totalRecords: optional(row, 'total_records', counter),
      batchSize: optional(row, 'batch_size', counter),
      startedAt: optional(row, 'started_at', timestamp),
      completedAt: optional(row, 'completed_at', timestamp),
      operation: line(row, 'operation'),
      sourceQuery: optional(row, 'source_query', exact),
      validationQuery: optional(row, 'validation_query', line),
    }),
  }));
}

/** Decodes the digests of the source queries of one phase and table (sql/queries/range.sql). */
export function decodeKeys(body: unknown): Decoded<CountedKeys> {
  return attempt(named(body, ['phase', 'table_name', 'single', 'several', 'is_cut']), (row) => ({
    phase: known(row, 'phase', isPhase),
    tableName: visible(row, 'table_name'),
    single: decodeDigests(row.single),
    several: Array.isArray(row.several) ? row.several.filter(isDigestCount) : [],
    isCut: row.is_cut === true,
  }));
}

const batchColumns = [
  'table_name',
  'batch_size',
  'batches',
  'timed',
  'micros',
  'counted_micros',
  'records',
  'lowest',
  'highest',
] as const;

/** Decodes the sums of the batches of one table and batch size (sql/queries/range.sql). */
export function decodeBatches(body: unknown): Decoded<CountedBatches> {
  return attempt(named(body, batchColumns), (row) => ({
    tableName: visible(row, 'table_name'),
    batchSize: optional(row, 'batch_size', counter),
    batches: integer(row, 'batches'),
    timed: integer(row, 'timed'),
    micros: optional(row, 'micros', integer) ?? 0,
    countedMicros: optional(row, 'counted_micros', integer) ?? 0,
    records: optional(row, 'records', integer) ?? 0,
    lowest: optional(row, 'lowest', counter),
    highest: optional(row, 'highest', counter),
  }));
}

/** Whether a count was this session's turn, and how many sessions of migtop there are (sql/queries/range.sql). */
export function decodeTurn(body: unknown): { readonly isMine: boolean; readonly sessions: number } {
  const [isMine, sessions] = Array.isArray(body) ? body : [];
  return { isMine: isMine !== false, sessions: typeof sessions === 'number' ? sessions : 1 };
}

function decodeDigests(text: unknown): number[] {
  if (typeof text !== 'string') return [];
  const bytes = Buffer.from(text, 'base64');
  return Array.from({ length: bytes.length >> 2 }, (_, index) => bytes.readInt32BE(4 * index));
}

function isDigestCount(value: unknown): value is [number, number] {
  return Array.isArray(value) && typeof value[0] === 'number' && typeof value[1] === 'number';
}
