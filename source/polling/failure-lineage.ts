import { attemptOf } from '../domain/held-failures.ts';
import type { Operation } from '../domain/operation.ts';
import { openAttempts, resolvedBy, type TimedAttempt } from '../domain/resolved-failures.ts';
import type { EvidenceRow } from '../domain/works.ts';

/**
 * Finds, for the failures of one phase and table, the later attempts that completed. The rows of the totals and of the polls show
 * which rows may be attempts of the same work: they have a digest of the source query, or a mark of `migtop/worker`. Those
 * are read by their ids, with their queries, and domain/lineage.ts decides. So no query is looked for in the table.
 */
export interface FailureLineage {
  /** Adds a failure or replaces its last version. */
  put(id: number, row: EvidenceRow): void;
  /** Removes an operation that has not failed any more. */
  remove(id: number): void;
  /** The ids of the failures. */
  ids(): Iterable<number>;
  /** Rows of the table that may be later attempts. Rows that have failed are ignored. */
  offer(rows: readonly EvidenceRow[]): void;
  /** The ids to read before `resolve` can decide, at most `limit`. */
  wanted(limit: number): number[];
  /** Takes the rows that were read, by id; an id of `asked` without a row is gone. Ids that this did not want are ignored. */
  take(asked: readonly number[], read: ReadonlyMap<number, Operation>): void;
  /** What is known of the other attempts; null if nothing has changed since the last call. */
  resolve(): OtherAttempts | null;
}

/** Attempts of the same work, by the id of the failure. */
export interface OtherAttempts {
  /** The completed attempt that resolves it. */
  readonly resolved: ReadonlyMap<number, number>;
  /** The newest that is open. */
  readonly open: ReadonlyMap<number, number>;
}

/** Maximum number of rows of one source query that are compared. */
const maxAlike = 200;

interface Known {
  /** The version that was seen in the totals or in a poll. */
  readonly seen: string;
  readonly digest: string | null;
  readonly repeats: number | null;
}

interface Answer {
  readonly seen: string;
  /** Null if the row was gone. */
  readonly attempt: TimedAttempt | null;
}

export function createFailureLineage(): FailureLineage {
  const failures = new Map<number, Known>();
  const candidates = new Map<number, Known>();
  const byDigest = new Map<string, Set<number>>();
  const answers = new Map<number, Answer>();
  /** The version that was seen of each row that is read now. */
  const asking = new Map<number, string>();
  let isChanged = false;

  function forget(id: number): void {
    const digest = failures.get(id)?.digest ?? null;
    failures.delete(id);
    answers.delete(id);
    if (digest === null) return;
    const alike = byDigest.get(digest);
    alike?.delete(id);
    if (alike?.size === 0) byDigest.delete(digest);
  }

  const isRelevant = ({ digest, repeats }: Known): boolean =>
    (digest !== null && byDigest.has(digest)) || (repeats !== null && failures.has(repeats));

  /** The rows of each source query that a failure has in common with another row. */
  function* groups(): Generator<ReadonlyMap<number, Known>> {
    const alike = new Map<string, Map<number, Known>>();
    for (const [id, known] of candidates) {
      if (!isRelevant(known)) continue;
      const repeated = known.repeats === null ? undefined : failures.get(known.repeats);
      const key = known.digest !== null && byDigest.has(known.digest) ? known.digest : `repeats ${known.repeats}`;
      const group = alike.get(key) ?? new Map<number, Known>();
      alike.set(key, group);
      if (group.size >= maxAlike) continue;
      group.set(id, known);
      if (repeated !== undefined && known.repeats !== null) group.set(known.repeats, repeated);
    }
    for (const [key, group] of alike) {
      for (const id of byDigest.get(key) ?? []) {
        const failure = failures.get(id);
        if (failure !== undefined && group.size < 2 * maxAlike) group.set(id, failure);
      }
      yield group;
    }
  }

  return {
    put(id, row) {
      const known = knownOf(row);
      if (failures.get(id)?.seen === known.seen) return;
      forget(id);
      candidates.delete(id);
      failures.set(id, known);
      isChanged = true;
      if (known.digest === null) return;
      const alike = byDigest.get(known.digest);
      if (alike === undefined) byDigest.set(known.digest, new Set([id]));
      else alike.add(id);
    },
    remove(id) {
      if (!failures.has(id)) return;
      forget(id);
      isChanged = true;
    },
    ids: () => failures.keys(),
    offer(rows) {
      if (failures.size === 0) return;
      for (const row of rows) {
        if (row.status === 'failed' || failures.has(row.id)) continue;
        const known = knownOf(row);
        if (!isRelevant(known) || candidates.get(row.id)?.seen === known.seen) continue;
        candidates.set(row.id, known);
        isChanged = true;
      }
    },
    wanted(limit) {
      if (!isChanged) return [];
      const ids: number[] = [];
      for (const group of groups()) {
        for (const [id, { seen }] of group) {
          if (answers.get(id)?.seen === seen) continue;
          asking.set(id, seen);
          ids.push(id);
        }
        if (ids.length >= limit) return ids.slice(0, limit);
      }
      return ids;
    },
    take(asked, read) {
      if (asking.size === 0) return;
      for (const id of asked) {
        const seen = asking.get(id);
        const row = read.get(id);
        if (seen === undefined) continue;
        asking.delete(id);
        answers.set(id, { seen, attempt: row === undefined ? null : attemptOf(row) });
      }
    },
    resolve() {
      if (!isChanged || this.wanted(1).length > 0) return null;
      isChanged = false;
      const resolved = new Map<number, number>();
      const open = new Map<number, number>();
      for (const group of groups()) {
        const attempts = [...group.keys()].flatMap((id) => answers.get(id)?.attempt ?? []);
        for (const [id, by] of resolvedBy(attempts)) if (by !== null) resolved.set(id, by);
        for (const [id, by] of openAttempts(attempts)) open.set(id, by);
      }
      for (const id of answers.keys()) if (!failures.has(id) && !candidates.has(id)) answers.delete(id);
      return { resolved, open };
    },
  };
}

/** The digest of a source query, without the letters that say whether it names a range and a retry (domain/works.ts). */
function knownOf({ status, completedAt, work, mark }: EvidenceRow): Known {
  return {
    seen: `${status} ${completedAt}`,
    digest: work === null ? null : work.slice(2),
    repeats: mark?.repeats ?? null,
  };
}
