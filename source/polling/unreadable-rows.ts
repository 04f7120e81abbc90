import type { Unreadable } from '../domain/operation.ts';
import { tableKey } from '../domain/rate-keys.ts';
import type { MutableRange } from './id-range.ts';

/** The unreadable rows of all ranges, by their problem. */
export function unreadableIn(ranges: readonly MutableRange[]): Unreadable[] {
  const problems = new Map<string, number>();
  for (const range of ranges) {
    for (const { problem, operations } of range.unreadable)
      problems.set(problem, (problems.get(problem) ?? 0) + operations);
  }
  return [...problems].map(([problem, operations]) => ({ kind: 'rows', operations, problem }));
}

/** The keys of the tables (`tableKey`) of the rows of all ranges of which only the status cannot be read. */
export function unreadableTables(ranges: readonly Pick<MutableRange, 'unreadable'>[]): ReadonlySet<string> {
  const tables = new Set<string>();
  for (const { unreadable } of ranges)
    for (const { table } of unreadable) if (table !== undefined) tables.add(tableKey(table.phase, table.tableName));
  return tables;
}
