import { attemptOf } from '../domain/held-failures.ts';
import { isOpen, type Operation } from '../domain/operation.ts';
import { otherAttempts, type TimedAttempt } from '../domain/resolved-failures.ts';
import type { EvidenceRow } from '../domain/works.ts';

/**
 * Finds, for the failures of one phase and table, the later attempts that completed. The rows of the totals and of the polls, and
 * those of later-attempts.ts, show which rows may be attempts of the same work: they have a digest of the source query, or a mark
 * of `migtop/worker`. Those are read by their ids, with their queries, and domain/lineage.ts decides. So no query is looked
 * for in the table.
 */
export interface FailureLineage {
  /** Adds a failure or replaces its last version. */
  put(id: number, row: EvidenceRow): void;
  /** Removes an operation that has not failed any more. */
  remove(id: number): void;
  /** Rows of the table that may be later attempts. Rows that have failed are ignored. */
  offer(rows: readonly EvidenceRow[]): void;
  /** Whether failures were added since this was asked last: rows that were offered before may be their attempts. */
  hasGrown(): boolean;
  /** Whether there is anything to read or to decide. */
  isChanged(): boolean;
  /** The ids to read before `resolve` can decide, at most `limit`. */
  wanted(limit: number): number[];
  /** Takes the rows that were read, by id; an id of `asked` without a row is gone. Ids that this did not want are ignored. */
  take(asked: readonly number[], read: ReadonlyMap<number, Operation>): void;
  /** The failures of which something else may be known than before. */
  resolve(): Iterable<AttemptsOfFailure>;
  /** Forgets the rows that are kept: the next change of their groups reads them again. */
  forget(): void;
}

/** How many rows are kept after their groups were decided, of all phases and tables: they have texts of up to 2,000 characters. */
export interface DecidedRows {
  rows: number;
}

const maxKept = 2000;

/** The other attempts at the work of a failure. */
export interface AttemptsOfFailure {
  readonly id: number;
  /** The completed attempt that resolves it; null if there is none. */
  readonly by: number | null;
  /** The newest that is open. */
  readonly open: number | undefined;
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

/** The failures of one source query, or of one row that was repeated, and the rows that may be attempts at the same work. */
interface Group {
  readonly failures: Map<number, Known>;
  /** Undefined until there is one: most failures have no other attempt, and an empty map takes memory. */
  candidates?: Map<number, Known>;
}

export function createFailureLineage(kept: DecidedRows): FailureLineage {
  const groups = new Map<string, Group>();
  const keys = new Map<number, string>();
  /** The groups of each candidate. */
  const candidateKeys = new Map<number, Set<string>>();
  /** The groups to read and to decide, in this order. */
  const changed = new Set<string>();
  const answers = new Map<number, Answer>();
  /** Of these, the rows of groups that are decided. */
  const decided = new Set<number>();
  /** The version that was seen of each row that is read now. */
  const asking = new Map<number, string>();
  let hasGrown = false;

  const groupAt = (key: string): Group => groups.get(key) ?? { failures: new Map() };

  function removeFailure(id: number): void {
    const key = keys.get(id);
    if (key === undefined) return;
    const group = groupAt(key);
    keys.delete(id);
    group.failures.delete(id);
    if (group.failures.size > 0) {
      if (group.candidates !== undefined) changed.add(key);
      return;
    }
    for (const candidate of group.candidates?.keys() ?? []) leave(candidate, key);
    groups.delete(key);
    changed.delete(key);
  }

  function removeCandidate(id: number): void {
    for (const key of candidateKeys.get(id) ?? []) {
      groupAt(key).candidates?.delete(id);
      changed.add(key);
    }
    candidateKeys.delete(id);
  }

  function leave(candidate: number, key: string): void {
    const others = candidateKeys.get(candidate);
    others?.delete(key);
    if (others?.size === 0) candidateKeys.delete(candidate);
  }

  /** The groups to which a row may belong: by its query, and by the row that it repeats. */
  function keysOf(row: EvidenceRow): readonly string[] {
    const digest = digestOf(row);
    const repeats = repeatsOf(row);
    const byQuery = digest !== null && groups.has(digest) ? digest : undefined;
    const byMark = repeats === null ? undefined : keys.get(repeats);
    if (byQuery === undefined) return byMark === undefined ? none : [byMark];
    return byMark === undefined || byMark === byQuery ? [byQuery] : [byQuery, byMark];
  }

  /** The rows of a group that are compared; none if it has no other attempts than the failures. */
  function membersOf({ failures, candidates = new Map() }: Group): [number, Known][] {
    return candidates.size === 0 ? [] : [...candidates, ...[...failures].slice(0, 2 * maxAlike - candidates.size)];
  }

  /** A row that has ended is not read again for each other row of its group that changes. */
  function decide(id: number): void {
    const attempt = answers.get(id)?.attempt ?? null;
    if (decided.has(id)) return;
    if (attempt === null || isOpen(attempt.status) || kept.rows >= maxKept) {
      answers.delete(id);
      return;
    }
    decided.add(id);
    kept.rows++;
  }

  function undecide(id: number): void {
    if (!decided.delete(id)) return;
    answers.delete(id);
    kept.rows--;
  }

  const isAnswered = ([id, { seen }]: readonly [number, Known]): boolean => answers.get(id)?.seen === seen;

  return {
    put(id, row) {
      undecide(id);
      const known = knownOf(row);
      const key = known.digest ?? `repeats ${known.repeats ?? id}`;
      if (keys.get(id) === key && groupAt(key).failures.get(id)?.seen === known.seen) return;
      removeFailure(id);
      removeCandidate(id);
      const group = groupAt(key);
      groups.set(key, group);
      group.failures.set(id, known);
      keys.set(id, key);
      if (group.candidates !== undefined) changed.add(key);
      hasGrown = true;
    },
    remove: removeFailure,
    offer(rows) {
      if (keys.size === 0) return;
      for (const row of rows) {
        if (row.status === 'failed' || keys.has(row.id)) continue;
        const found = keysOf(row);
        if (found.length === 0) continue;
        const known = knownOf(row);
        for (const key of found) {
          const group = groupAt(key);
          const before = group.candidates?.get(row.id);
          if (before?.seen === known.seen) continue;
          if (before === undefined && (group.candidates?.size ?? 0) >= maxAlike) continue;
          group.candidates ??= new Map();
          group.candidates.set(row.id, known);
          candidateKeys.set(row.id, (candidateKeys.get(row.id) ?? new Set()).add(key));
          changed.add(key);
        }
      }
    },
    hasGrown() {
      const had = hasGrown;
      hasGrown = false;
      return had;
    },
    isChanged: () => changed.size > 0,
    wanted(limit) {
      const ids = new Set<number>();
      for (const key of changed) {
        for (const member of membersOf(groupAt(key))) {
          if (isAnswered(member)) continue;
          const [id, { seen }] = member;
          asking.set(id, seen);
          ids.add(id);
        }
        if (ids.size >= limit) break;
      }
      return [...ids].slice(0, limit);
    },
    take(asked, read) {
      if (asking.size === 0) return;
      for (const id of asked) {
        const seen = asking.get(id);
        const row = read.get(id);
        if (seen === undefined) continue;
        asking.delete(id);
        undecide(id);
        answers.set(id, { seen, attempt: row === undefined ? null : attemptOf(row) });
      }
    },
    *resolve() {
      for (const key of changed) {
        const group = groupAt(key);
        const members = membersOf(group);
        // They are read in this order.
        if (!members.every(isAnswered)) return;
        changed.delete(key);
        const attempts = members.flatMap(([id]) => answers.get(id)?.attempt ?? []);
        const { resolved, open } = otherAttempts(attempts);
        for (const [id] of members) decide(id);
        for (const id of group.failures.keys()) yield { id, by: resolved.get(id) ?? null, open: open.get(id) };
      }
    },
    forget() {
      for (const id of decided) undecide(id);
    },
  };
}

const none: readonly string[] = [];

function knownOf(row: EvidenceRow): Known {
  return { seen: `${row.status} ${row.completedAt}`, digest: digestOf(row), repeats: repeatsOf(row) };
}

/** The digest of a source query, without the letters that say whether it names a range and a retry (domain/works.ts). */
const digestOf = ({ work }: EvidenceRow): string | null => (work === null ? null : work.slice(2));
const repeatsOf = ({ mark }: EvidenceRow): number | null => mark?.repeats ?? null;
