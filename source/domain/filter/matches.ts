import type { Operation } from '../operation.ts';
import { localSeconds } from '../zone.ts';
import type { NumberRange } from './filter.ts';
import { matchesPattern } from './pattern.ts';
import type { Ids, ResolvedFilter, ResolvedTerm } from './resolve.ts';

/** Whether an operation passes, by the same rules as the condition of database/filter-sql.ts. */
export function matches({ terms }: ResolvedFilter, operation: Operation): boolean {
  return terms.every((term) => passes(term, operation) !== term.negated);
}

function passes(term: ResolvedTerm, operation: Operation): boolean {
  switch (term.field) {
    case 'status':
      return term.values.includes(operation.status);
    case 'phase':
      return term.values.includes(operation.phase);
    case 'table':
      return term.values.some((pattern) => matchesPattern(pattern, operation.tableName, 'part'));
    case 'text':
      return [operation.tableName, operation.operation, operation.errorMessage].some(
        (text) => text !== null && term.values.some((pattern) => matchesPattern(pattern, text, 'anywhere')),
      );
    case 'id':
      return isInRanges(term.values, operation.id);
    case 'worker':
      return isInRanges(term.values, operation.workerId);
    case 'since':
      return [operation.startedAt, operation.completedAt].some(
        (at) => at !== null && localSeconds(at, term.zone) >= term.localSeconds,
      );
    case 'ids':
      return term.values.some((ids) => isAmong(ids, operation));
  }
}

/** Whether a value is in one of the ranges; `none` stands for null. */
export function isInRanges(ranges: readonly (NumberRange | 'none')[], value: number | null): boolean {
  return ranges.some((range) => {
    if (range === 'none' || value === null) return range === 'none' && value === null;
    return (range.from === null || range.from <= value) && (range.to === null || range.to >= value);
  });
}

function isAmong({ kind, ids }: Ids, { id, status }: Operation): boolean {
  return kind === 'only' ? ids.has(id) : status === 'failed' && !ids.has(id);
}
