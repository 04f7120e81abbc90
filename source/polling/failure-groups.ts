import { createLinks } from '../domain/links.ts';
import type { EvidenceRow } from '../domain/works.ts';
import {
  type Candidate,
  digestOf,
  isCompleted,
  type KnownAttempt,
  knownOf,
  repeatsOf,
  seenOf,
} from './attempt-candidates.ts';

/**
 * Divides the failures of one phase and table, and the rows that may be attempts at their works, into groups: rows with the same
 * source query, and rows of which one repeats the other, also over rows in between (1 failed, 2 was skipped, 3 repeats 2).
 */
export interface FailureGroups {
  /** Adds a failure or replaces its last version: then it is decided again, whatever its attempts are now. */
  put(id: number, row: EvidenceRow, isKnown?: boolean): void;
  remove(id: number): void;
  /** Removes a row that is no attempt any more. */
  drop(id: number): void;
  hasFailure(id: number): boolean;
  /** Whether there is no failure. */
  isEmpty(): boolean;
  /** Adds a row that has not failed, if it may be an attempt at a failed work. Most rows are not. Its work may be another one than before. */
  offer(row: EvidenceRow): void;
  /** A row that may be an attempt; undefined if this one is not. */
  candidate(id: number): Candidate | undefined;
  /** The rows that may be attempts at the works of failures. */
  candidates(): Iterable<number>;
  /** Whether a row, as it was read, may be an attempt at the same works as before. */
  isOfSameWork(row: EvidenceRow): boolean;
  /** Decides again about the works of which a row may be an attempt. */
  change(id: number): void;
  /** Whether rows that were offered before may belong to a group now. */
  hasGrown(): boolean;
  /**
   * The ids of rows that others repeat and that no poll and no total has shown: a row of a large table that has ended is in none
   * of them if no other row has its query.
   */
  unseen(): Iterable<number>;
  /** Takes rows of `unseen` that were read: those that are attempts are offered. */
  takeUnseen(ids: Iterable<number>): void;
  /** The keys of the groups to read and to decide, in this order. */
  readonly changed: Set<string>;
  /** The failures of a group that are compared: the newest ones, in order of id. */
  failuresOf(key: string): readonly number[];
  /** The rows of a group that are compared, each with the version that was seen; none if it has no other attempts than the failures. */
  membersOf(key: string): [id: number, seen: string][];
}

/** Without a failure: rows that repeat one that is not known yet. Of each row, the version that was seen. */
interface Group {
  readonly failures: Map<number, string>;
  /** Undefined until there is one: most failures have no other attempt, and an empty map takes memory. */
  candidates?: Map<number, Candidate>;
}

/** Maximum number of rows of a group that are compared with its failures, and of these failures. */
const maxAlike = 2000;
const maxFailures = 5000;

/** Maximum number of groups without a failure. */
const maxUnclaimed = 5000;

const rowKey = (id: number): string => `row ${id}`;

/**
 * Bounded by `maxAlike`, `maxFailures` and `maxUnclaimed`: rows beyond them are not compared.
 *
 * @param onCandidate takes each row that becomes a candidate, and each that is none any more
 */
export function createFailureGroups(onCandidate: (id: number, isCandidate: boolean) => void = () => {}): FailureGroups {
  /** By the key of `links`. */
  const groups = new Map<string, Group>();
  const links = createLinks<string>();
  /** The rows that were joined with others: their keys are made for no other row. */
  const linked = new Set<number>();
  const changed = new Set<string>();
  /** The group of each failure, and of each candidate: the key of its query, or of the row itself. */
  const failureKeys = new Map<number, string>();
  const candidateKeys = new Map<number, string>();
  /** The rows that others repeat and that are not known: those to read, and those that were read. */
  const unread = new Set<number>();
  const read = new Set<number>();
  let unclaimed = 0;
  let hasGrown = false;

  const groupAt = (key: string): Group => groups.get(key) ?? { failures: new Map() };

  /** Makes one group of two. */
  function join(one: string, other: string): void {
    const joined = links.join(one, other);
    if (joined === null) return;
    const [into, from] = joined;
    const old = groups.get(from);
    if (old === undefined) return;
    const group = groupAt(into);
    if (groups.has(into) && (group.failures.size === 0 || old.failures.size === 0)) unclaimed--;
    groups.delete(from);
    const isUndecided = changed.delete(from);
    groups.set(into, group);
    for (const [id, seen] of old.failures) group.failures.set(id, seen);
    for (const [id, candidate] of old.candidates ?? []) {
      if (!addCandidate(into, id, candidate) && !group.candidates?.has(id)) forgetCandidate(id);
    }
    if ((isUndecided || group.candidates !== undefined) && group.failures.size > 0) changed.add(into);
  }

  /** Joins a row with the one that it repeats, and thereby with all before it. */
  function joinRepeated(id: number, repeats: number): void {
    const key = rowKey(repeats);
    linked.add(id).add(repeats);
    if (!failureKeys.has(repeats) && !candidateKeys.has(repeats) && !read.has(repeats)) unread.add(repeats);
    join(rowKey(id), key);
    const query = failureKeys.get(repeats);
    if (query !== undefined) join(query, key);
  }

  /** Returns false if the group has this version of it already, or as many as are compared. */
  function addCandidate(key: string, id: number, candidate: Candidate): boolean {
    const group = groupAt(key);
    const before = group.candidates?.get(id);
    if (before?.seen === candidate.seen) return false;
    if (before === undefined && (group.candidates?.size ?? 0) >= maxAlike && !makePlace(group, id, candidate))
      return false;
    group.candidates ??= new Map();
    group.candidates.set(id, candidate);
    candidateKeys.set(id, key);
    unread.delete(id);
    onCandidate(id, true);
    if (group.failures.size > 0) changed.add(key);
    return true;
  }

  /**
   * Removes a completed row of a full group for a newer one: it resolves the failures that the other one resolves, and those that came
   * after that one. The other rows stay, so that most failures keep the attempt that resolves them.
   */
  function makePlace({ candidates }: Group, id: number, { seen }: Candidate): boolean {
    if (candidates === undefined || linked.has(id) || !isCompleted(seen)) return false;
    let newest = Number.NEGATIVE_INFINITY;
    for (const [one, candidate] of candidates) {
      if (one > newest && !linked.has(one) && isCompleted(candidate.seen)) newest = one;
    }
    if (newest >= id || !candidates.delete(newest)) return false;
    forgetCandidate(newest);
    return true;
  }

  function forgetCandidate(id: number): void {
    candidateKeys.delete(id);
    read.delete(id);
    onCandidate(id, false);
  }

  function drop(id: number): void {
    const own = candidateKeys.get(id);
    if (own === undefined) return;
    forgetCandidate(id);
    const key = links.find(own);
    const { failures, candidates } = groupAt(key);
    // Rows that were too many to be compared may have its place now.
    hasGrown ||= (candidates?.size ?? 0) >= maxAlike;
    candidates?.delete(id);
    if (failures.size > 0) changed.add(key);
    else if (candidates?.size === 0 && groups.delete(key)) unclaimed--;
  }

  function candidateOf(id: number): Candidate | undefined {
    const own = candidateKeys.get(id);
    return own === undefined ? undefined : groupAt(links.find(own)).candidates?.get(id);
  }

  /** Failures arrive in any order: those that are compared are the same in each session. */
  function newestFailures(key: string): number[] {
    return [...groupAt(key).failures.keys()].sort((a, b) => a - b).slice(-maxFailures);
  }

  /** Whether a row may belong to a group: its query is that of the group, or it was joined with its rows. */
  function isOf(key: string, row: EvidenceRow): boolean {
    const digest = digestOf(row);
    return (
      (digest !== null && links.find(digest) === key) || (linked.has(row.id) && links.find(rowKey(row.id)) === key)
    );
  }

  function remove(id: number): void {
    const own = failureKeys.get(id);
    if (own === undefined) return;
    failureKeys.delete(id);
    const key = links.find(own);
    const { failures, candidates } = groupAt(key);
    failures.delete(id);
    if (failures.size > 0) {
      if (candidates !== undefined) changed.add(key);
      return;
    }
    for (const candidate of candidates?.keys() ?? []) forgetCandidate(candidate);
    groups.delete(key);
    changed.delete(key);
  }

  /** The group to which a row may belong, by the rows that it repeats or that repeat it, and by its query; null if to none. */
  function keyOf(id: number, { digest, repeats }: Omit<KnownAttempt, 'seen'>): string | null {
    if (repeats !== null) {
      const isFound = linked.has(repeats) || failureKeys.has(repeats);
      const isJoined = isFound || unclaimed < maxUnclaimed;
      if (isJoined) joinRepeated(id, repeats);
      // The repeated row may have been offered before.
      hasGrown ||= isJoined && !isFound;
    }
    if (!linked.has(id)) {
      const key = digest === null ? null : links.find(digest);
      return key !== null && groups.has(key) ? key : null;
    }
    const own = rowKey(id);
    if (digest !== null && links.find(digest) !== links.find(own)) {
      join(digest, own);
      // As may have been rows of its query.
      hasGrown = true;
    }
    const key = links.find(own);
    if (!groups.has(key)) {
      unclaimed++;
      groups.set(key, { failures: new Map() });
    }
    return key;
  }

  return {
    put(id, row, isKnown = false) {
      const known = knownOf(row);
      const own = known.digest ?? rowKey(id);
      if (!isKnown && failureKeys.get(id) === own && groupAt(links.find(own)).failures.get(id) === known.seen) return;
      // The attempts at the same work stay known.
      if (failureKeys.get(id) !== own) remove(id);
      drop(id);
      failureKeys.set(id, own);
      unread.delete(id);
      if (known.repeats !== null) joinRepeated(id, known.repeats);
      // Most failures are repeated by no row, and repeat none.
      if (linked.has(id)) join(own, rowKey(id));
      const key = links.find(own);
      const group = groupAt(key);
      if (groups.has(key) && group.failures.size === 0) unclaimed--;
      groups.set(key, group);
      group.failures.set(id, known.seen);
      if (isKnown || group.candidates !== undefined) changed.add(key);
      hasGrown = true;
    },
    remove,
    drop,
    hasFailure: (id) => failureKeys.has(id),
    isEmpty: () => failureKeys.size === 0,
    offer(row) {
      const before = candidateKeys.get(row.id);
      // The totals have most rows without their work.
      const isElsewhere = before !== undefined && row.work !== null && !isOf(links.find(before), row);
      const shown = candidateOf(row.id)?.shown;
      if (isElsewhere) drop(row.id);
      const key = keyOf(row.id, { digest: digestOf(row), repeats: repeatsOf(row) });
      if (key !== null) addCandidate(key, row.id, { seen: seenOf(row), ...(shown === undefined ? {} : { shown }) });
    },
    candidate: candidateOf,
    *candidates() {
      for (const [id, own] of candidateKeys) if (groupAt(links.find(own)).failures.size > 0) yield id;
    },
    isOfSameWork(row) {
      const own = candidateKeys.get(row.id);
      return own !== undefined && isOf(links.find(own), row);
    },
    change(id) {
      const own = candidateKeys.get(id);
      if (own !== undefined && groupAt(links.find(own)).failures.size > 0) changed.add(links.find(own));
    },
    hasGrown() {
      const had = hasGrown;
      hasGrown = false;
      return had;
    },
    *unseen() {
      for (const id of unread) if (groupAt(links.find(rowKey(id))).failures.size > 0) yield id;
    },
    takeUnseen(ids) {
      for (const id of ids) if (unread.delete(id)) read.add(id);
    },
    changed,
    failuresOf: newestFailures,
    membersOf(key) {
      const { failures, candidates = new Map<number, Candidate>() } = groupAt(key);
      if (candidates.size === 0 || failures.size === 0) return [];
      const members = newestFailures(key).map((id): [number, string] => [id, failures.get(id) ?? '']);
      for (const [id, { seen }] of candidates) members.push([id, seen]);
      return members;
    },
  };
}
