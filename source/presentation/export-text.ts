import { type ControlColumn, controlColumns } from '../domain/control-columns.ts';
import { type FailureKind, failureKind } from '../domain/failure-kind.ts';
import type { Operation } from '../domain/operation.ts';
import type { Zone } from '../domain/zone.ts';
import { localTimestamp } from './figures.ts';
import { redactedOperation } from './redacted-operation.ts';

export interface ExportOptions {
  /** The time zone of the table's writers. */
  readonly zone: Zone | undefined;
  /** Whether to leave values out of errors and queries. */
  readonly redact: boolean;
  /** For many operations, one of `createKinds`. */
  readonly kindOf?: (error: string | null) => FailureKind;
}

/** The first line of the CSV. Lines end with CR LF (RFC 4180). */
export const csvHeader = `${controlColumns.join(',')}\r\n`;

/** A line of CSV by RFC 4180. NULL is an empty field, an empty text is `""`. */
export function csvLine(given: Operation, { zone, redact }: ExportOptions): string {
  const one = redact ? redactedOperation(given) : given;
  const row: Readonly<Record<ControlColumn, string | number | null>> = {
    id: one.id,
    phase: one.phase,
    table_name: one.tableName,
    operation: one.operation,
    status: one.status,
    records_processed: one.recordsProcessed,
    total_records: one.totalRecords,
    started_at: timestamp(one.startedAt, zone),
    completed_at: timestamp(one.completedAt, zone),
    error_message: one.errorMessage,
    batch_size: one.batchSize,
    worker_id: one.workerId,
    source_query: one.sourceQuery,
    validation_query: one.validationQuery,
  };
  return `${controlColumns.map((column) => csvField(row[column])).join(',')}\r\n`;
}

/**
 * A field of CSV. A text that begins with `=`, `+`, `-`, `@` (also of full width), a tab or a line break gets an apostrophe before it: a spreadsheet would run it as
 * a formula, and workers write these texts.
 */
function csvField(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r\n＝＋－＠]/.test(value) ? `'${value}` : value;
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function timestamp(at: number | null, zone: Zone | undefined): string | null {
  if (at === Number.POSITIVE_INFINITY) return 'infinity';
  if (at === Number.NEGATIVE_INFINITY) return '-infinity';
  return localTimestamp(at, zone);
}

/** A line of NDJSON, with the names of `migtop show ID --json`. */
export function ndjsonLine(given: Operation, { zone, redact, kindOf = failureKind }: ExportOptions): string {
  const one = redact ? redactedOperation(given) : given;
  const isFailed = one.status === 'failed';
  return JSON.stringify({
    id: one.id,
    phase: one.phase,
    tableName: one.tableName,
    operation: one.operation,
    status: one.status,
    workerId: one.workerId,
    recordsProcessed: one.recordsProcessed,
    totalRecords: one.totalRecords,
    batchSize: one.batchSize,
    startedAt: localTimestamp(one.startedAt, zone),
    completedAt: localTimestamp(one.completedAt, zone),
    errorMessage: one.errorMessage,
    ...(isFailed ? kindOf(given.errorMessage) : { kind: null, sqlState: null }),
    sourceQuery: one.sourceQuery,
    validationQuery: one.validationQuery,
  });
}
