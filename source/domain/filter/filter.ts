import type { Phase, Status } from '../operation.ts';
import type { Since } from '../since.ts';
import type { Pattern } from './pattern.ts';

/**
 * A filter in the filter language (docs/operators.md, "Filter language"): an operation passes if it passes every term.
 * `parseFilter` makes it from a text, `printFilter` writes it as one.
 */
export interface Filter {
  readonly terms: readonly Term[];
}

/** One condition. Of several values, one is enough; a negated term passes what the values do not match. */
export type Term = { readonly negated: boolean } & (
  | { readonly field: 'status'; readonly values: readonly Status[] }
  | { readonly field: 'phase'; readonly values: readonly Phase[] }
  /** The name of the table, the kind of the failure, or who acted last on the operation. */
  | { readonly field: 'table' | 'kind' | 'by'; readonly values: readonly Pattern[] }
  | { readonly field: 'id'; readonly values: readonly NumberRange[] }
  | { readonly field: 'worker'; readonly values: readonly (NumberRange | 'none')[] }
  /** Operations that started or ended at this time or later. */
  | { readonly field: 'since'; readonly values: readonly [Since] }
  | { readonly field: 'is'; readonly values: readonly IsName[] }
  /** Text in the name of the table, the operation or the error. */
  | { readonly field: 'text'; readonly values: readonly [Pattern] }
);

/** The fields that are written with a colon: `status:failed`. */
export const fieldNames = ['status', 'phase', 'table', 'worker', 'kind', 'by', 'since', 'id', 'is'] as const;
export type FieldName = (typeof fieldNames)[number];

/** Whole numbers from one to another; null means no limit on that side. */
export interface NumberRange {
  readonly from: number | null;
  readonly to: number | null;
}

/** The values of `is:`, each with the statuses that an operation can have for it. */
const isStatuses = {
  stalled: ['running', 'paused'],
  blocked: ['running', 'paused'],
  dead: ['running', 'paused'],
  unresolved: ['failed'],
  resolved: ['failed'],
  accepted: ['failed'],
  'paused-by-me': ['paused'],
  overwritten: null,
  marked: null,
} as const satisfies Record<string, readonly Status[] | null>;

/** A property of operations that only the monitor knows, from more than the operation's row. */
export type IsName = keyof typeof isStatuses;

export const isNames = Object.keys(isStatuses) as readonly IsName[];

/** The statuses that an operation with the property can have; null: any. */
export function statusesOf(name: IsName): readonly Status[] | null {
  return isStatuses[name];
}

/** The filter that passes everything. */
export const everything: Filter = { terms: [] };
