import type { Phase } from './operation.ts';

/** Whether anybody still has to do something about a failed operation. */
export type Resolution =
  /** No later attempt of the same work has completed, and no operator has accepted the failure. */
  | { readonly kind: 'unresolved' }
  /** The operation `by` has completed the same work since (domain/lineage.ts). */
  | { readonly kind: 'resolved'; readonly by: number }
  /** An operator has accepted the failure, with a note. `at` is on the database's clock; null if only this machine's clock is known. */
  | { readonly kind: 'accepted'; readonly who: string; readonly at: number | null; readonly note: string };

/** A failed operation, as triage sees it. */
export interface FailureState {
  /** Its error without the particulars (domain/failure-kind.ts). */
  readonly kind: string;
  /** The SQLSTATE that its error names. */
  readonly sqlState: string | null;
  readonly resolution: Resolution;
  /** Another attempt of the same work that is pending, running or paused; absent if none is known. */
  readonly openAttempt?: number | undefined;
}

/** A failed operation with the fields by which triage sums up. */
export interface JudgedFailure extends FailureState {
  readonly id: number;
  readonly identity: string;
  readonly version: string | null;
  readonly phase: Phase;
  readonly tableName: string;
  readonly workerId: number | null;
  /** When it ended or, without an end, when it started; null if unknown. */
  readonly failedAt: number | null;
  /** When the operation that resolves it completed; absent if that is not known. */
  readonly resolvedAt?: number | null | undefined;
}

/** All failures of one kind. */
export interface KindSummary {
  readonly kind: string;
  /** The SQLSTATE that all its errors name; null if they name none, or several. */
  readonly sqlState: string | null;
  readonly failed: number;
  readonly unresolved: number;
  readonly accepted: number;
  /** How many unresolved failures have a later attempt that is open; absent if none has. */
  readonly retried?: number;
  /** The table with the most unresolved failures first. */
  readonly tables: readonly KindTable[];
  /** In order; failures without a worker are left out. */
  readonly workers: readonly number[];
  readonly firstSeenAt: number | null;
  readonly lastSeenAt: number | null;
  /** The newest failure, an unresolved one if there is one. */
  readonly newestId: number;
  /** Advice, by the meaning of PostgreSQL's error, or that of validations; null if unknown. */
  readonly suggestion: string | null;
  /** The parent tables of the foreign keys that its errors name. */
  readonly parents: readonly string[];
}

export interface KindTable {
  readonly tableName: string;
  readonly unresolved: number;
  readonly failed: number;
}

/** The failures of the table, grouped and judged. */
export interface Triage {
  /** Whether all failed operations of the table are in it, each with its resolution. */
  readonly isWhole: boolean;
  /**
   * The share of the table in which later attempts of the failures were looked for, 0 to 1; null if that is complete or has not
   * begun.
   */
  readonly searched: number | null;
  readonly failed: number;
  readonly unresolved: number;
  readonly resolved: number;
  readonly accepted: number;
  /** The kind with the most unresolved failures first; of those with the same number, the one with the newest failure. */
  readonly kinds: readonly KindSummary[];
  /** Null for an operation that has not failed, or is not known yet. */
  of(id: number): JudgedFailure | null;
  all(): Iterable<JudgedFailure>;
  /** The failures of which another attempt is open. */
  readonly triedAgain: readonly JudgedFailure[];
  /** How many failures of a phase, or of one table in it, are unresolved. */
  unresolvedIn(phase: Phase, tableName?: string): number;
  /** The ids of the failures with such a resolution. */
  idsOf(resolution: Resolution['kind']): readonly number[];
  /** The ids of the failures of a kind: the unresolved ones first, each part the newest first. */
  membersOf(kind: string): readonly number[];
}
