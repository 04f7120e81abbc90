import { cleanField, cleanText, unsafeInJson } from '../domain/clean-text.ts';
import { type ControlColumn, controlColumns } from '../domain/control-columns.ts';
import { type FailureKind, failureKind } from '../domain/failure-kind.ts';
import type { Operation } from '../domain/operation.ts';
import { microTimestamp, type Zone } from '../domain/zone.ts';
import { escapedJson } from './charset.ts';
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

/**
 * A line of CSV by RFC 4180. NULL is an empty field, an empty text is `""`. Control characters are left out of the texts.
 *
 * @param given with its texts as they are stored
 */
export function csvLine(given: Operation, { zone, redact }: ExportOptions): string {
  const clean = withTexts(given, cleanField);
  const one = redact ? redactedOperation(clean) : clean;
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
  return `${controlColumns.map((column) => (isTimestamp(column) ? (row[column] ?? '') : csvField(row[column]))).join(',')}\r\n`;
}

function isTimestamp(column: ControlColumn): boolean {
  return column === 'started_at' || column === 'completed_at';
}

/** An operation with each of its texts changed. */
function withTexts(one: Operation, change: (text: string) => string): Operation {
  const orNull = (text: string | null): string | null => (text === null ? null : change(text));
  return {
    ...one,
    tableName: change(one.tableName),
    operation: change(one.operation),
    errorMessage: orNull(one.errorMessage),
    sourceQuery: orNull(one.sourceQuery),
    validationQuery: orNull(one.validationQuery),
  };
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
  return microTimestamp(at, zone);
}

/**
 * A line of NDJSON, with the names of `migtop show ID --json`. The texts are exact; characters that a terminal would act on are
 * written as escapes of JSON. With `redact` they are cleaned first: a control character could hide a value.
 *
 * @param given with its texts as they are stored
 */
export function ndjsonLine(given: Operation, { zone, redact, kindOf = failureKind }: ExportOptions): string {
  const one = redact ? redactedOperation(withTexts(given, cleanText)) : given;
  const isFailed = one.status === 'failed';
  const kind = isFailed
    ? kindOf(given.errorMessage === null ? null : cleanText(given.errorMessage))
    : { kind: null, sqlState: null };
  const json = JSON.stringify({
    id: one.id,
    phase: one.phase,
    tableName: one.tableName,
    operation: one.operation,
    status: one.status,
    workerId: one.workerId,
    recordsProcessed: one.recordsProcessed,
    totalRecords: one.totalRecords,
    batchSize: one.batchSize,
    startedAt: timestamp(one.startedAt, zone),
    completedAt: timestamp(one.completedAt, zone),
    errorMessage: one.errorMessage,
    ...kind,
    sourceQuery: one.sourceQuery,
    validationQuery: one.validationQuery,
  });
  return escapedJson(json, unsafeInJson);
}
