import { attemptOf } from '../domain/held-failures.ts';
import type { Attempt } from '../domain/lineage.ts';
import { isOpen, type Operation, operationKey } from '../domain/operation.ts';
import { otherAttempts } from '../domain/resolved-failures.ts';
import { queryOf, type WorkKey } from '../domain/work-key.ts';
import { type EvidenceRow, evidenceOf } from '../domain/works.ts';
import { createFailureGroups } from './failure-groups.ts';

/**
 * Finds, for the failures of one phase and table, the later attempts that completed. The rows of the totals and of the polls, and
 * those of later-attempts.ts, show which rows may be attempts of the same work: they have a digest of the source query, or a mark
 * of `migtop/worker`. Those are read by their ids, with their queries, and domain/lineage.ts decides. So no query is looked
 * for in the table.
 *
 * A row that was an attempt may stop being one: it is deleted, fails, or gets another id, table, name, source query or mark. Polls show
 * this of some rows (`follow`); of the others nothing does, so they are read again from time to time (`doubt`).
 */
export interface FailureLineage {
  /** Adds a failure or replaces its last version. @param isKnown whether an earlier version of it was judged */
  put(id: number, row: EvidenceRow, isKnown?: boolean): void;
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
  /**
   * Takes the rows that were read, by id; an id of `asked` without a row is gone. Ids that this did not want are ignored. Rows that others
   * repeat have to be offered after it.
   */
  take(asked: readonly number[], read: ReadonlyMap<number, Operation>): void;
  /** Takes a row that a poll has read. Returns false if it was an attempt and may be one of another work now, or none. */
  follow(operation: Operation, work: WorkKey | null): boolean;
  /** Removes a row that is no attempt at a work of this phase and table. */
  drop(id: number): void;
  /** The rows that were read as attempts. */
  attempts(): Iterable<number>;
  /** Takes an attempt as it is now; null if it is gone. Returns whether it may be an attempt at another work. */
  confirm(id: number, row: Operation | null): boolean;
  /** The failures of which something else may be known than before. */
  resolve(): Iterable<AttemptsOfFailure>;
  /** Forgets the rows that are kept: the next change of their groups reads them again. */
  forget(): void;
}

/** How many rows are kept after their groups were decided, of all phases and tables. */
export interface DecidedRows {
  rows: number;
}

const maxKept = 20_000;

/** The other attempts at the work of a failure. */
export interface AttemptsOfFailure {
  readonly id: number;
  /** The completed attempt that resolves it; null if there is none. */
  readonly by: number | null;
  /** When that attempt completed. */
  readonly at: number | null | undefined;
  /** The newest that is open. */
  readonly open: number | undefined;
}

interface Answer {
  readonly seen: string;
  /** Null if the row was gone. */
  readonly attempt: Attempt | null;
}

/**
 * `kept` is shared by all phases and tables: together they keep at most `maxKept` rows of decided groups.
 *
 * @param onCandidate takes each row that may be an attempt, and each that may be none any more
 */
export function createFailureLineage(
  kept: DecidedRows,
  onCandidate?: (id: number, isCandidate: boolean) => void,
): FailureLineage {
  const groups = createFailureGroups((id, isCandidate) => {
    // It may come back with another query: `seen` does not tell that apart.
    if (!isCandidate) forgetAnswer(id);
    onCandidate?.(id, isCandidate);
  });
  const answers = new Map<number, Answer>();
  /** The ids among `answers` whose groups are decided. */
  const decided = new Set<number>();
  /** The source queries of these rows. */
  const texts = new Map<string, string>();
  /** The version that was seen of each row that is read now. */
  const asking = new Map<number, string>();

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

  /** The part of a row that is compared. Most rows have the query of others, of up to 2,000 characters, which is kept once. */
  function shortened(row: Operation): Attempt {
    const { mark } = attemptOf(row);
    const sourceQuery = row.sourceQuery === null ? null : (texts.get(row.sourceQuery) ?? row.sourceQuery);
    if (sourceQuery !== null) texts.set(sourceQuery, sourceQuery);
    const { id, phase, tableName, operation, status, startedAt, completedAt } = row;
    const { recordsProcessed, totalRecords, batchSize } = row;
    const counters = { recordsProcessed, totalRecords, batchSize };
    return { id, phase, tableName, operation, status, startedAt, completedAt, ...counters, sourceQuery, mark };
  }

  /** Also of a read in progress: the row may have changed since it began. */
  function forgetAnswer(id: number): void {
    undecide(id);
    answers.delete(id);
    asking.delete(id);
  }

  function hasUnseen(): boolean {
    for (const _ of groups.unseen()) return true;
    return false;
  }

  const isAnswered = ([id, seen]: readonly [id: number, seen: string]): boolean => answers.get(id)?.seen === seen;

  return {
    put(id, row, isKnown) {
      forgetAnswer(id);
      groups.put(id, row, isKnown);
    },
    remove: groups.remove,
    offer(rows) {
      if (groups.isEmpty()) return;
      for (const row of rows) if (row.status !== 'failed' && !groups.hasFailure(row.id)) groups.offer(row);
    },
    hasGrown: groups.hasGrown,
    isChanged: () => groups.changed.size > 0 || hasUnseen(),
    wanted(limit) {
      const ids = new Set(groups.unseen());
      for (const key of groups.changed) {
        for (const member of groups.membersOf(key)) {
          if (isAnswered(member)) continue;
          const [id, seen] = member;
          asking.set(id, seen);
          ids.add(id);
        }
        if (ids.size >= limit) break;
      }
      return [...ids].slice(0, limit);
    },
    take(asked, read) {
      groups.takeUnseen(asked);
      if (asking.size === 0) return;
      for (const id of asked) {
        const seen = asking.get(id);
        const row = read.get(id);
        if (seen === undefined) continue;
        asking.delete(id);
        undecide(id);
        answers.set(id, { seen, attempt: row === undefined ? null : shortened(row) });
        const candidate = groups.candidate(id);
        if (candidate === undefined) continue;
        candidate.read = row === undefined ? '' : versionOf(row);
        const work = row === undefined ? null : evidenceOf(row).work;
        if (row !== undefined && work !== null) candidate.shown ??= workShown(row, work);
      }
    },
    follow(operation, work) {
      const candidate = groups.candidate(operation.id);
      if (candidate === undefined || work === null) return true;
      const shown = workShown(operation, work);
      const isOther = candidate.shown !== undefined && candidate.shown !== shown;
      candidate.shown = shown;
      return !isOther;
    },
    drop: groups.drop,
    attempts: groups.candidates,
    confirm(id, row) {
      const candidate = groups.candidate(id);
      // One that was not read yet is read before it counts.
      if (candidate?.read === undefined || candidate.read === (row === null ? '' : versionOf(row))) return false;
      if (row !== null && row.status !== 'failed' && groups.isOfSameWork(evidenceOf(row))) {
        forgetAnswer(id);
        candidate.read = undefined;
        groups.change(id);
        return false;
      }
      groups.drop(id);
      return true;
    },
    *resolve() {
      for (const key of groups.changed) {
        const members = groups.membersOf(key);
        // They are read in this order.
        if (!members.every(isAnswered)) return;
        groups.changed.delete(key);
        const attempts = members.flatMap(([id]) => answers.get(id)?.attempt ?? []);
        const { resolved, open } = otherAttempts(attempts);
        for (const [id] of members) decide(id);
        const ends = new Map(attempts.map(({ id, completedAt }) => [id, completedAt]));
        for (const id of groups.failuresOf(key)) {
          const by = resolved.get(id) ?? null;
          yield { id, by, at: by === null ? undefined : ends.get(by), open: open.get(id) };
        }
      }
    },
    forget() {
      texts.clear();
      for (const id of decided) undecide(id);
    },
  };
}

/** Tells two versions of a row apart, also if the relation has no `xmin`. */
function versionOf(operation: Operation): string {
  const { version, ...fields } = operation;
  return `${operationKey(operation)} ${version ?? JSON.stringify(fields)}`;
}

/** Tells apart the works of which a row may be an attempt. */
function workShown(operation: Operation, work: WorkKey): string {
  return `${operation.identity} ${queryOf(work)} ${attemptOf(operation).mark?.repeats}`;
}
