import { laterFirst } from './operation.ts';
import { suggestionFor } from './suggestions.ts';
import type { JudgedFailure, KindSummary } from './triage.ts';
import { validationAdvice } from './validation-advice.ts';

/** The failures of one kind, and their numbers. */
export interface KindGroup {
  readonly failures: Set<JudgedFailure>;
  readonly tables: Map<string, { unresolved: number; failed: number }>;
  /** How many failures have each worker, and each SQLSTATE. */
  readonly workers: Map<number, number>;
  readonly states: Map<string | null, number>;
  unresolved: number;
  accepted: number;
  retried: number;
  validations: number;
  /** Null: one of these failures was removed. */
  ends: Ends | null;
  /** Null: the group has changed since it was made. */
  summary: KindSummary | null;
}

/** The first and the last time of the failures of a kind, and the newest failure. */
interface Ends {
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  readonly newest: JudgedFailure | null;
}

const noEnds: Ends = { firstSeenAt: Number.POSITIVE_INFINITY, lastSeenAt: Number.NEGATIVE_INFINITY, newest: null };

/** A kind without failures. */
export const emptyKindGroup = (): KindGroup => ({
  failures: new Set(),
  tables: new Map(),
  workers: new Map(),
  states: new Map(),
  unresolved: 0,
  accepted: 0,
  retried: 0,
  validations: 0,
  ends: noEnds,
  summary: null,
});

/** Adds a failure of the kind. */
export function addToKind(group: KindGroup, failure: JudgedFailure): void {
  group.failures.add(failure);
  count(group, failure, 1);
  if (group.ends !== null) group.ends = endsWith(group.ends, failure);
}

/** Removes a failure that was added: the object itself. */
export function removeFromKind(group: KindGroup, failure: JudgedFailure): void {
  group.failures.delete(failure);
  count(group, failure, -1);
  if (group.ends !== null && isEnd(group.ends, failure)) group.ends = null;
}

/** Sums up the failures of a kind. `parents`: the parent tables of the foreign keys that its errors name. */
export function summaryOfKind(kind: string, group: KindGroup, parents: readonly string[]): KindSummary {
  const { summary } = group;
  if (summary !== null && summary.parents.join('\n') === parents.join('\n')) return summary;
  group.ends ??= endsOf(group);
  const { firstSeenAt, lastSeenAt, newest } = group.ends;
  const [first = null] = group.states.keys();
  const sqlState = group.states.size === 1 ? first : null;
  const failed = group.failures.size;
  group.summary = {
    kind,
    sqlState,
    failed,
    unresolved: group.unresolved,
    accepted: group.accepted,
    ...(group.retried > 0 && { retried: group.retried }),
    tables: [...group.tables]
      .map(([tableName, counts]) => ({ tableName, ...counts }))
      .sort((a, b) => b.unresolved - a.unresolved || b.failed - a.failed || (a.tableName < b.tableName ? -1 : 1)),
    workers: [...group.workers.keys()].sort((a, b) => a - b),
    firstSeenAt: Number.isFinite(firstSeenAt) ? firstSeenAt : null,
    lastSeenAt: Number.isFinite(lastSeenAt) ? lastSeenAt : null,
    newestId: newest?.id ?? 0,
    suggestion: suggestionFor(kind, sqlState) ?? (group.validations === failed ? validationAdvice(kind) : null),
    parents,
  };
  return group.summary;
}

/** The order of failures: the unresolved ones first, each part the newest first. */
export function unresolvedFirst(a: JudgedFailure, b: JudgedFailure): number {
  return rankOf(a) - rankOf(b) || laterFirst(a.failedAt, b.failedAt) || b.id - a.id;
}

const rankOf = ({ resolution }: JudgedFailure): number => (resolution.kind === 'unresolved' ? 0 : 1);

/** Adds to the number of a key; a number of 0 is left out. */
export function addCount<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  const sum = (counts.get(key) ?? 0) + by;
  if (sum === 0) counts.delete(key);
  else counts.set(key, sum);
}

function count(group: KindGroup, failure: JudgedFailure, by: 1 | -1): void {
  const { tableName, workerId, resolution, sqlState } = failure;
  const isUnresolved = resolution.kind === 'unresolved';
  const table = group.tables.get(tableName) ?? { unresolved: 0, failed: 0 };
  table.failed += by;
  if (isUnresolved) {
    table.unresolved += by;
    group.unresolved += by;
    if (failure.openAttempt !== undefined) group.retried += by;
  }
  if (table.failed === 0) group.tables.delete(tableName);
  else group.tables.set(tableName, table);
  if (resolution.kind === 'accepted') group.accepted += by;
  if (failure.phase === 'validation') group.validations += by;
  if (workerId !== null) addCount(group.workers, workerId, by);
  addCount(group.states, sqlState, by);
  group.summary = null;
}

function endsOf({ failures }: KindGroup): Ends {
  let ends = noEnds;
  for (const failure of failures) ends = endsWith(ends, failure);
  return ends;
}

function endsWith(ends: Ends, failure: JudgedFailure): Ends {
  const { failedAt } = failure;
  const newest = ends.newest === null || unresolvedFirst(failure, ends.newest) < 0 ? failure : ends.newest;
  if (failedAt === null || !Number.isFinite(failedAt)) return newest === ends.newest ? ends : { ...ends, newest };
  const firstSeenAt = Math.min(ends.firstSeenAt, failedAt);
  const lastSeenAt = Math.max(ends.lastSeenAt, failedAt);
  const isSame = newest === ends.newest && firstSeenAt === ends.firstSeenAt && lastSeenAt === ends.lastSeenAt;
  return isSame ? ends : { firstSeenAt, lastSeenAt, newest };
}

function isEnd({ firstSeenAt, lastSeenAt, newest }: Ends, failure: JudgedFailure): boolean {
  return failure === newest || failure.failedAt === firstSeenAt || failure.failedAt === lastSeenAt;
}
