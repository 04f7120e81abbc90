import { laterFirst, type Phase } from './operation.ts';
import { suggestionFor } from './suggestions.ts';
import { sum } from './sum.ts';
import { validationAdvice } from './validation-advice.ts';

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
  /** How many failures of a phase, or of one table in it, are unresolved. */
  unresolvedIn(phase: Phase, tableName?: string): number;
  /** The ids of the failures with such a resolution. */
  idsOf(resolution: Resolution['kind']): readonly number[];
  /** The ids of the failures of a kind: the unresolved ones first, each part the newest first. */
  membersOf(kind: string): readonly number[];
}

/**
 * Groups failures by kind.
 *
 * @param isWhole whether these are all failures of the table, each with its resolution
 * @param parentsOf the parent tables of the foreign keys that the errors of a kind name
 */
export function triageOf(
  failures: Iterable<JudgedFailure>,
  isWhole: boolean,
  parentsOf: (kind: string) => readonly string[] = () => [],
): Triage {
  const byId = new Map<number, JudgedFailure>();
  const groups = new Map<string, Group>();
  /** By phase and then by table: a key of both would be made for each failure at each poll. */
  const unresolvedIn = new Map<Phase, Map<string, number>>();
  const counts = { unresolved: 0, resolved: 0, accepted: 0 };
  for (const failure of failures) {
    byId.set(failure.id, failure);
    counts[failure.resolution.kind]++;
    if (failure.resolution.kind === 'unresolved') {
      const tables = entryOf(unresolvedIn, failure.phase, () => new Map<string, number>());
      tables.set(failure.tableName, (tables.get(failure.tableName) ?? 0) + 1);
    }
    addTo(entryOf(groups, failure.kind, emptyGroup), failure);
  }
  const kinds = [...groups].map(([kind, group]) => summaryOf(kind, group, parentsOf(kind))).sort(worstFirst);
  const members = new Map<string, readonly number[]>();
  return {
    isWhole,
    searched: null,
    failed: byId.size,
    ...counts,
    kinds,
    of: (id) => byId.get(id) ?? null,
    all: () => byId.values(),
    unresolvedIn(phase, tableName) {
      const tables = unresolvedIn.get(phase);
      return tableName === undefined ? sum([...(tables?.values() ?? [])]) : (tables?.get(tableName) ?? 0);
    },
    idsOf: (resolution) => [...byId.values()].filter((one) => one.resolution.kind === resolution).map(({ id }) => id),
    membersOf(kind) {
      const known = members.get(kind);
      if (known !== undefined) return known;
      const sorted = (groups.get(kind)?.failures ?? []).sort(unresolvedFirst).map(({ id }) => id);
      members.set(kind, sorted);
      return sorted;
    },
  };
}

export const noFailures: Triage = triageOf([], true);

interface Group {
  readonly failures: JudgedFailure[];
  readonly tables: Map<string, { unresolved: number; failed: number }>;
  readonly workers: Set<number>;
  readonly states: Set<string | null>;
  unresolved: number;
  accepted: number;
  retried: number;
  validations: number;
  firstSeenAt: number;
  lastSeenAt: number;
  newest: JudgedFailure | null;
}

const emptyGroup = (): Group => ({
  failures: [],
  tables: new Map(),
  workers: new Set(),
  states: new Set(),
  unresolved: 0,
  accepted: 0,
  retried: 0,
  validations: 0,
  firstSeenAt: Number.POSITIVE_INFINITY,
  lastSeenAt: Number.NEGATIVE_INFINITY,
  newest: null,
});

const noFailuresYet = () => ({ unresolved: 0, failed: 0 });

/** The value of a key, which is made if there is none. */
function entryOf<Key, Value>(values: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = values.get(key);
  if (known !== undefined) return known;
  const value = make();
  values.set(key, value);
  return value;
}

function addTo(group: Group, failure: JudgedFailure): void {
  const { tableName, workerId, failedAt, resolution, sqlState } = failure;
  const isUnresolved = resolution.kind === 'unresolved';
  group.failures.push(failure);
  const table = entryOf(group.tables, tableName, noFailuresYet);
  table.failed++;
  if (isUnresolved) {
    table.unresolved++;
    group.unresolved++;
    if (failure.openAttempt !== undefined) group.retried++;
  }
  if (resolution.kind === 'accepted') group.accepted++;
  if (failure.phase === 'validation') group.validations++;
  if (workerId !== null) group.workers.add(workerId);
  group.states.add(sqlState);
  if (failedAt !== null && Number.isFinite(failedAt)) {
    group.firstSeenAt = Math.min(group.firstSeenAt, failedAt);
    group.lastSeenAt = Math.max(group.lastSeenAt, failedAt);
  }
  if (group.newest === null || unresolvedFirst(failure, group.newest) < 0) group.newest = failure;
}

function summaryOf(kind: string, group: Group, parents: readonly string[]): KindSummary {
  const [first = null] = group.states;
  const sqlState = group.states.size === 1 ? first : null;
  return {
    kind,
    sqlState,
    failed: group.failures.length,
    unresolved: group.unresolved,
    accepted: group.accepted,
    ...(group.retried > 0 && { retried: group.retried }),
    tables: [...group.tables]
      .map(([tableName, counts]) => ({ tableName, ...counts }))
      .sort((a, b) => b.unresolved - a.unresolved || b.failed - a.failed || (a.tableName < b.tableName ? -1 : 1)),
    workers: [...group.workers].sort((a, b) => a - b),
    firstSeenAt: Number.isFinite(group.firstSeenAt) ? group.firstSeenAt : null,
    lastSeenAt: Number.isFinite(group.lastSeenAt) ? group.lastSeenAt : null,
    newestId: group.newest?.id ?? 0,
    suggestion:
      suggestionFor(kind, sqlState) ?? (group.validations === group.failures.length ? validationAdvice(kind) : null),
    parents,
  };
}

function worstFirst(a: KindSummary, b: KindSummary): number {
  const later = (b.lastSeenAt ?? Number.MIN_SAFE_INTEGER) - (a.lastSeenAt ?? Number.MIN_SAFE_INTEGER);
  return b.unresolved - a.unresolved || later || b.failed - a.failed || (a.kind < b.kind ? -1 : 1);
}

function unresolvedFirst(a: JudgedFailure, b: JudgedFailure): number {
  return rankOf(a) - rankOf(b) || newestFirst(a, b);
}

const rankOf = ({ resolution }: JudgedFailure): number => (resolution.kind === 'unresolved' ? 0 : 1);

function newestFirst(a: JudgedFailure, b: JudgedFailure): number {
  return laterFirst(a.failedAt, b.failedAt) || b.id - a.id;
}
