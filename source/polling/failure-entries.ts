import type { Acceptance } from '../domain/acceptance.ts';
import { createKinds } from '../domain/failure-kind.ts';
import type { Operation } from '../domain/operation.ts';
import type { JudgedFailure, Triage } from '../domain/triage.ts';
import { createTriageTally } from '../domain/triage-tally.ts';
import { type FailureEntry, failureEntry, isVersionOf, resolutionOf } from './failure-entry.ts';
import type { AttemptsOfFailure } from './failure-lineage.ts';

/** The failed operations that the failure index knows, each with its resolution. */
export interface FailureEntries {
  size(): number;
  get(id: number): FailureEntry | undefined;
  all(): Iterable<readonly [id: number, entry: FailureEntry]>;
  triage(isWhole: boolean, parentsOf: (kind: string) => readonly string[]): Triage;
  /**
   * Adds a failed operation. Returns its entry, and the failure that it replaces; null if this version of it is known, or if the
   * index is full.
   */
  put(
    operation: Operation,
    at: Pick<FailureEntry, 'listing' | 'isSearched'>,
  ): { readonly entry: FailureEntry; readonly before: JudgedFailure | null } | null;
  /** Returns the failure that was known; null if none was. */
  remove(id: number): JudgedFailure | null;
  /** Takes what is known of the attempts at the same work. */
  resolve(attempts: AttemptsOfFailure): void;
  /** Takes the last acceptance of each operation, by id. */
  accept(known: ReadonlyMap<number, Acceptance>): void;
  /** How often a failure or its resolution changed. */
  changes(): number;
  clear(): void;
}

/** Maximum number of failures in the index. */
export const maxIndexed = 200_000;

/** Holds at most `maxIndexed` failures: further ones are left out until others are removed. */
export function createFailureEntries(): FailureEntries {
  const entries = new Map<number, FailureEntry>();
  const tally = createTriageTally();
  const kindOf = createKinds();
  let accepted: ReadonlyMap<number, Acceptance> = new Map();
  let changes = 0;

  function judged(entry: Pick<FailureEntry, 'failure' | 'by'>): JudgedFailure {
    const resolution = resolutionOf(entry, accepted);
    const { resolution: before } = entry.failure;
    if (before.kind === resolution.kind && JSON.stringify(before) === JSON.stringify(resolution)) return entry.failure;
    return { ...entry.failure, resolution };
  }

  /** Takes a new version of a failure in place of `before`. */
  function replace(before: JudgedFailure | null, after: JudgedFailure | null): void {
    if (before === after) return;
    if (before !== null) tally.remove(before);
    if (after !== null) tally.add(after);
    changes++;
  }

  function judge(entry: FailureEntry, failure = entry.failure): void {
    const after = judged({ failure, by: entry.by });
    replace(entry.failure, after);
    entry.failure = after;
  }

  return {
    size: () => entries.size,
    get: (id) => entries.get(id),
    all: () => entries,
    triage: tally.triage,
    put(operation, at) {
      const { id } = operation;
      const known = entries.get(id);
      if (known !== undefined && isVersionOf(known, operation)) {
        known.listing = at.listing;
        return null;
      }
      if (known === undefined && entries.size >= maxIndexed) return null;
      const entry = failureEntry(operation, kindOf(operation.errorMessage), at, known);
      entries.set(id, entry);
      entry.failure = judged(entry);
      replace(known?.failure ?? null, entry.failure);
      return { entry, before: known?.failure ?? null };
    },
    remove(id) {
      const entry = entries.get(id);
      if (entry === undefined) return null;
      entries.delete(id);
      replace(entry.failure, null);
      return entry.failure;
    },
    resolve({ id, by, at, open }) {
      const entry = entries.get(id);
      if (entry === undefined) return;
      entry.by = by;
      const { failure } = entry;
      const isKnown = failure.openAttempt === open && failure.resolvedAt === at;
      judge(entry, isKnown ? failure : { ...failure, openAttempt: open, resolvedAt: at });
    },
    accept(known) {
      if (known === accepted) return;
      const changed = [...known].flatMap(([id, one]) => (accepted.get(id) === one ? [] : [id]));
      const ids = [...changed, ...[...accepted.keys()].filter((id) => !known.has(id))];
      accepted = known;
      for (const id of ids) {
        const entry = entries.get(id);
        if (entry !== undefined) judge(entry);
      }
    },
    changes: () => changes,
    clear() {
      entries.clear();
      tally.clear();
      changes++;
    },
  };
}
