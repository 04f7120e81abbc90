import { counterColumns } from '../domain/control-columns.ts';
import { visibleName } from '../domain/visible-name.ts';

/** Whether a JSON value is a valid counter: a whole number within the range of bigint. */
export function isCount(value: unknown): boolean {
  return Number.isInteger(value) && Math.abs(value as number) < 2 ** 63;
}

/** The invalid counters of a row, in words (`batch_size is NaN`); NULL is valid. */
export function unreadableCounters(row: unknown): string[] {
  if (typeof row !== 'object' || row === null) return [];
  return Object.entries(row).flatMap(([name, value]: [string, unknown]) =>
    !counterColumns.includes(name) || value === null || isCount(value)
      ? []
      : [`${name} is ${visibleName(String(value)).slice(0, 30)}`],
  );
}

/** A counter as bigint; NULL for other numbers. The CASEs are nested so that a number out of range is never converted. */
export function wholeNumber(name: string): string {
  const largest = '9223372036854775807';
  return `CASE WHEN ${name} OPERATOR(pg_catalog.>) (-${largest})::bigint AND ${name} OPERATOR(pg_catalog.<) ${largest}::bigint THEN CASE WHEN ${name}::bigint OPERATOR(pg_catalog.=) ${name} THEN ${name}::bigint END END`;
}
