import { createFailuresById } from './failures-by-id.ts';
import {
  addCount,
  addToKind,
  emptyKindGroup,
  type KindGroup,
  removeFromKind,
  summaryOfKind,
  unresolvedFirst,
} from './kind-group.ts';
import type { Phase } from './operation.ts';
import { sum } from './sum.ts';
import type { JudgedFailure, KindSummary, Triage } from './triage.ts';

/** Failures that are added and removed one by one: a triage costs no more than what has changed since the last one. */
export interface TriageTally {
  /** Adds a failure; another version of it was removed before. */
  add(failure: JudgedFailure): void;
  /** Removes a failure that was added: the object itself. */
  remove(failure: JudgedFailure): void;
  /**
   * The triage of the failures as they are now.
   *
   * @param isWhole whether these are all failures of the table, each with its resolution
   * @param parentsOf the parent tables of the foreign keys that the errors of a kind name
   */
  triage(isWhole: boolean, parentsOf?: (kind: string) => readonly string[]): Triage;
  clear(): void;
}

/** Keeps the failures that are added: as many as its owner removes. */
export function createTriageTally(): TriageTally {
  const byId = createFailuresById();
  const groups = new Map<string, KindGroup>();
  /** By phase and then by table: a key of both would be made for each failure. */
  const unresolvedIn = new Map<Phase, Map<string, number>>();
  const triedAgain = new Set<JudgedFailure>();
  let counts = { unresolved: 0, resolved: 0, accepted: 0 };

  function count({ phase, tableName, resolution }: JudgedFailure, by: 1 | -1): void {
    counts[resolution.kind] += by;
    if (resolution.kind !== 'unresolved') return;
    const tables = unresolvedIn.get(phase) ?? new Map<string, number>();
    unresolvedIn.set(phase, tables);
    addCount(tables, tableName, by);
  }

  return {
    add(failure) {
      byId.put(failure);
      count(failure, 1);
      if (failure.openAttempt !== undefined) triedAgain.add(failure);
      const group = groups.get(failure.kind) ?? emptyKindGroup();
      groups.set(failure.kind, group);
      addToKind(group, failure);
    },
    remove(failure) {
      byId.remove(failure.id);
      count(failure, -1);
      triedAgain.delete(failure);
      const group = groups.get(failure.kind);
      if (group === undefined) return;
      removeFromKind(group, failure);
      if (group.failures.size === 0) groups.delete(failure.kind);
    },
    triage(isWhole, parentsOf = () => []) {
      const failures = byId.now();
      const kinds = [...groups].map(([kind, group]) => summaryOfKind(kind, group, parentsOf(kind))).sort(worstFirst);
      const unresolved = new Map([...unresolvedIn].map(([phase, tables]) => [phase, new Map(tables)]));
      const members = new Map<string, readonly number[]>();
      return {
        isWhole,
        searched: null,
        failed: failures.size,
        ...counts,
        kinds,
        of: (id) => failures.get(id) ?? null,
        all: failures.all,
        triedAgain: [...triedAgain],
        unresolvedIn(phase, tableName) {
          const tables = unresolved.get(phase);
          return tableName === undefined ? sum([...(tables?.values() ?? [])]) : (tables?.get(tableName) ?? 0);
        },
        idsOf: (resolution) =>
          [...failures.all()].filter((one) => one.resolution.kind === resolution).map(({ id }) => id),
        membersOf(kind) {
          const known = members.get(kind);
          if (known !== undefined) return known;
          const ofKind = [...failures.all()].filter((one) => one.kind === kind);
          const sorted = ofKind.sort(unresolvedFirst).map(({ id }) => id);
          members.set(kind, sorted);
          return sorted;
        },
      };
    },
    clear() {
      byId.clear();
      groups.clear();
      unresolvedIn.clear();
      triedAgain.clear();
      counts = { unresolved: 0, resolved: 0, accepted: 0 };
    },
  };
}

/** Groups failures by kind. Each is in the list once. */
export function triageOf(
  failures: Iterable<JudgedFailure>,
  isWhole: boolean,
  parentsOf?: (kind: string) => readonly string[],
): Triage {
  const tally = createTriageTally();
  for (const failure of failures) tally.add(failure);
  return tally.triage(isWhole, parentsOf);
}

export const noFailures: Triage = triageOf([], true);

function worstFirst(a: KindSummary, b: KindSummary): number {
  const later = (b.lastSeenAt ?? Number.MIN_SAFE_INTEGER) - (a.lastSeenAt ?? Number.MIN_SAFE_INTEGER);
  return b.unresolved - a.unresolved || later || b.failed - a.failed || (a.kind < b.kind ? -1 : 1);
}
