import { cleanField, cleanText, unsafeInJson } from '../domain/clean-text.ts';
import {
  type ControlColumn,
  controlColumns,
  type ExportedRow,
  numberColumns,
  timestampColumns,
} from '../domain/control-columns.ts';
import { type FailureKind, failureKind } from '../domain/failure-kind.ts';
import { redactError, redactKind, redactSql } from '../domain/redact.ts';
import { escapedJson } from './charset.ts';

export interface ExportOptions {
  /** Whether to leave values out of errors and queries. */
  readonly redact: boolean;
  /** For many operations, one of `createKinds`. */
  readonly kindOf?: (error: string | null) => FailureKind;
  /** The operation that has completed the work of a failed one since; null if none has, or if that is not known. */
  readonly resolvedBy?: (stored: ExportedRow) => number | null;
}

/** The first line of the CSV. Lines end with CR LF (RFC 4180). */
export const csvHeader = `${[...controlColumns, 'kind', 'sql_state', 'resolved_by'].join(',')}\r\n`;

/** A line of CSV by RFC 4180. NULL is an empty field, an empty text is `""`. Control characters are left out of the texts. */
export function csvLine(stored: ExportedRow, options: ExportOptions): string {
  const { redact } = options;
  const clean = withTexts(stored, cleanField);
  const row = redact ? redacted(clean) : clean;
  const field = (column: ControlColumn): string => {
    const value = timestampColumns.includes(column) ? timestamp(row[column]) : row[column];
    return value !== null && isFigure(column, value) ? value : csvField(value);
  };
  const { kind, sqlState, resolvedBy } = failureFields(stored, options);
  const failure = [csvField(kind), csvField(sqlState), resolvedBy ?? ''];
  return `${[...controlColumns.map(field), ...failure].join(',')}\r\n`;
}

/** The fields of a failure that no column has; each null for another operation. */
function failureFields(
  stored: ExportedRow,
  { redact, kindOf = failureKind, resolvedBy }: ExportOptions,
): { readonly kind: string | null; readonly sqlState: string | null; readonly resolvedBy: number | null } {
  if (stored.status !== 'failed') return { kind: null, sqlState: null, resolvedBy: null };
  const { kind, sqlState } = kindOf(stored.error_message === null ? null : cleanText(stored.error_message));
  return { kind: redact ? redactKind(kind) : kind, sqlState, resolvedBy: resolvedBy?.(stored) ?? null };
}

/** A number of any type of PostgreSQL but money, and a timestamp as JSON has it (`0044-03-15T00:00:00 BC`). */
const numberText = /^(-?\d+(\.\d+)?(e[+-]?\d+)?|NaN|-?Infinity)$/;
const timestampText = /^(\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?( BC)?|-?infinity)$/;

/** Whether a value is a number or a timestamp, which no spreadsheet runs as a formula. */
function isFigure(column: ControlColumn, value: string): boolean {
  if (numberColumns.includes(column)) return numberText.test(value);
  return timestampColumns.includes(column) && timestampText.test(value);
}

/** A row with each of its texts changed. */
function withTexts(stored: ExportedRow, change: (text: string) => string): ExportedRow {
  const changed = controlColumns.map((column) => {
    const value = stored[column];
    return [column, value === null || isFigure(column, value) ? value : change(value)];
  });
  return Object.fromEntries(changed);
}

function redacted(row: ExportedRow): ExportedRow {
  const orNull = (text: string | null, redact: (text: string) => string): string | null =>
    text === null ? null : redact(text);
  return {
    ...row,
    error_message: orNull(row.error_message, redactError),
    source_query: orNull(row.source_query, redactSql),
    validation_query: orNull(row.validation_query, redactSql),
  };
}

/**
 * A field of CSV. A text that begins with `=`, `+`, `-`, `@` (also of full width), a tab or a line break gets an apostrophe before it: a spreadsheet would run it as
 * a formula, and workers write these texts.
 */
function csvField(value: string | null): string {
  if (value === null) return '';
  const text = /^[=+\-@\t\r\n＝＋－＠]/.test(value) ? `'${value}` : value;
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A timestamp with six digits of microseconds. */
function timestamp(stored: string | null): string | null {
  return (
    stored?.replace(
      /(T\d\d:\d\d:\d\d)(?:\.(\d+))?/,
      (_, time: string, micros = '') => `${time}.${micros.padEnd(6, '0')}`,
    ) ?? null
  );
}

/** The number if every reader of JSON has it exactly; else its text: above 2^53, with more than 15 digits, or `NaN`. */
function exactNumber(stored: string | null): number | string | null {
  if (stored === null) return null;
  const number = Number(stored);
  const isWhole = /^-?\d+$/.test(stored) && Number.isSafeInteger(number);
  const isShort = Math.abs(number) <= Number.MAX_SAFE_INTEGER && stored.replaceAll(/\D/g, '').length <= 15;
  return (isWhole || isShort) && !Object.is(number, -0) ? number : stored;
}

/**
 * A line of NDJSON, with the names of `migtop show ID --json`. The texts are exact; characters that a terminal would act on are
 * written as escapes of JSON. With `redact` they are cleaned first: a control character could hide a value.
 */
export function ndjsonLine(stored: ExportedRow, options: ExportOptions): string {
  const row = options.redact ? redacted(withTexts(stored, cleanText)) : stored;
  const json = JSON.stringify({
    id: exactNumber(row.id),
    phase: row.phase,
    tableName: row.table_name,
    operation: row.operation,
    status: row.status,
    workerId: exactNumber(row.worker_id),
    recordsProcessed: exactNumber(row.records_processed),
    totalRecords: exactNumber(row.total_records),
    batchSize: exactNumber(row.batch_size),
    startedAt: timestamp(row.started_at),
    completedAt: timestamp(row.completed_at),
    errorMessage: row.error_message,
    ...failureFields(stored, options),
    sourceQuery: row.source_query,
    validationQuery: row.validation_query,
  });
  return escapedJson(json, unsafeInJson);
}
