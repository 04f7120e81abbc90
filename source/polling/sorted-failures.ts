import { endedAt, laterFirst, type Operation } from '../domain/operation.ts';

/** The failed operations among cached rows, newest failure first. */
export interface SortedFailures {
  /** The same array until a failure changes. */
  all(): readonly Operation[];
  /** A version of a row is cached no longer. */
  remove(row: Operation): void;
  /** A version of a row is cached. */
  add(row: Operation): void;
  clear(): void;
}

/** If more rows than this changed, all are sorted again. */
const mostPlaced = 100;

/**
 * In a migration with failures, each poll reads some new ones. Placing these takes less time than sorting a thousand again.
 *
 * @param rows all cached rows
 */
export function createSortedFailures(rows: () => Iterable<Operation>): SortedFailures {
  let sorted: readonly Operation[] | null = null;
  let removed = new Set<Operation>();
  let added = new Set<Operation>();

  function change(row: Operation, to: Set<Operation>, from: Set<Operation>): void {
    if (row.status !== 'failed' || sorted === null) return;
    if (!from.delete(row)) to.add(row);
    if (removed.size + added.size > mostPlaced) forget();
  }

  function forget(): void {
    sorted = null;
    removed = new Set();
    added = new Set();
  }

  function placed(before: readonly Operation[]): readonly Operation[] {
    const after = removed.size === 0 ? [...before] : before.filter((row) => !removed.has(row));
    for (const row of added) after.splice(placeIn(after, row), 0, row);
    return after;
  }

  return {
    all() {
      if (sorted === null) sorted = sortedFailures(rows());
      else if (removed.size + added.size > 0) sorted = placed(sorted);
      removed.clear();
      added.clear();
      return sorted;
    },
    remove: (row) => change(row, removed, added),
    add: (row) => change(row, added, removed),
    clear: forget,
  };
}

/** The failed operations among some rows, newest failure first. SQL orders infinite ends by themselves. */
export function sortedFailures(rows: Iterable<Operation>): readonly Operation[] {
  return [...rows].filter(({ status }) => status === 'failed').sort(newestFailureFirst);
}

/** Where a row belongs: behind all that come before it. */
function placeIn(sorted: readonly Operation[], row: Operation): number {
  let first = 0;
  let end = sorted.length;
  while (first < end) {
    const middle = (first + end) >> 1;
    if (newestFailureFirst(sorted[middle] as Operation, row) <= 0) first = middle + 1;
    else end = middle;
  }
  return first;
}

function newestFailureFirst(a: Operation, b: Operation): number {
  return laterFirst(endedAt(a), endedAt(b)) || b.id - a.id;
}
