import { attemptOf } from '../domain/held-failures.ts';
import type { Operation } from '../domain/operation.ts';
import { type OtherAttempts, otherAttempts, type TimedAttempt } from '../domain/resolved-failures.ts';
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

interface Found {
  readonly attempts: readonly TimedAttempt[];
  readonly others: OtherAttempts;
}

export function createFailureLineage(): FailureLineage {
  const failures = new Map<number, Known>();
  const candidates = new Map<number, Known>();
  const byDigest = new Map<string, Set<number>>();
  const answers = new Map<number, Answer>();
  /** The version that was seen of each row that is read now. */
  const asking = new Map<number, string>();
  let isChanged = false;
  /** The rows of each source query, by its key; null after a change. */
  let grouped: ReadonlyMap<string, ReadonlyMap<number, Known>> | null = null;
  /** What was found out about the rows of each source query, and the rows. */
  let found = new Map<string, Found>();

  function change(): void {
    isChanged = true;
    grouped = null;
  }

  function forget(id: number): void {
    const digest = failures.get(id)?.digest ?? null;
    failures.delete(id);
    answers.delete(id);
    if (digest === null) return;
    const alike = byDigest.get(digest);
    alike?.delete(id);
    if (alike?.size === 0) byDigest.delete(digest);
  }

  const isRelevant = (digest: string | null, repeats: number | null): boolean =>
    (digest !== null && byDigest.has(digest)) || (repeats !== null && failures.has(repeats));

  /** The rows of each source query that a failure has in common with another row. */
  function groups(): ReadonlyMap<string, ReadonlyMap<number, Known>> {
    if (grouped !== null) return grouped;
    const alike = new Map<string, Map<number, Known>>();
    for (const [id, known] of candidates) {
      const { digest, repeats } = known;
      if (!isRelevant(digest, repeats)) continue;
      const repeated = repeats === null ? undefined : failures.get(repeats);
      const key = digest !== null && byDigest.has(digest) ? digest : `repeats ${repeats}`;
      const group = alike.get(key) ?? new Map<number, Known>();
      alike.set(key, group);
      if (group.size >= maxAlike) continue;
      group.set(id, known);
      if (repeated !== undefined && repeats !== null) group.set(repeats, repeated);
    }
    for (const [key, group] of alike) {
      for (const id of byDigest.get(key) ?? []) {
        const failure = failures.get(id);
        if (failure !== undefined && group.size < 2 * maxAlike) group.set(id, failure);
      }
    }
    grouped = alike;
    return alike;
  }

  /** What the rows of one source query show; found out again only after one of them has changed. */
  function foundIn(key: string, group: ReadonlyMap<number, Known>): Found {
    const attempts = [...group.keys()].flatMap((id) => answers.get(id)?.attempt ?? []);
    const before = found.get(key);
    const isSame =
      before?.attempts.length === attempts.length && before.attempts.every((one, index) => one === attempts[index]);
    return isSame ? before : { attempts, others: otherAttempts(attempts) };
  }

  return {
    put(id, row) {
      const known = knownOf(row);
      if (failures.get(id)?.seen === known.seen) return;
      forget(id);
      candidates.delete(id);
      failures.set(id, known);
      change();
      if (known.digest === null) return;
      const alike = byDigest.get(known.digest);
      if (alike === undefined) byDigest.set(known.digest, new Set([id]));
      else alike.add(id);
    },
    remove(id) {
      if (!failures.has(id)) return;
      forget(id);
      change();
    },
    ids: () => failures.keys(),
    offer(rows) {
      if (failures.size === 0) return;
      for (const row of rows) {
        if (row.status === 'failed' || failures.has(row.id)) continue;
        if (!isRelevant(digestOf(row), repeatsOf(row))) continue;
        const known = knownOf(row);
        if (candidates.get(row.id)?.seen === known.seen) continue;
        candidates.set(row.id, known);
        change();
      }
    },
    wanted(limit) {
      if (!isChanged) return [];
      const ids: number[] = [];
      for (const group of groups().values()) {
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
      const resolved = new Map<number, number | null>();
      const open = new Map<number, number>();
      const foundNow = new Map<string, Found>();
      for (const [key, group] of groups()) {
        const one = foundIn(key, group);
        foundNow.set(key, one);
        for (const [id, by] of one.others.resolved) if (by !== null) resolved.set(id, by);
        for (const [id, by] of one.others.open) open.set(id, by);
      }
      found = foundNow;
      for (const id of answers.keys()) if (!failures.has(id) && !candidates.has(id)) answers.delete(id);
      return { resolved, open };
    },
  };
}

function knownOf(row: EvidenceRow): Known {
  return { seen: `${row.status} ${row.completedAt}`, digest: digestOf(row), repeats: repeatsOf(row) };
}

/** The digest of a source query, without the letters that say whether it names a range and a retry (domain/works.ts). */
const digestOf = ({ work }: EvidenceRow): string | null => (work === null ? null : work.slice(2));
const repeatsOf = ({ mark }: EvidenceRow): number | null => mark?.repeats ?? null;
