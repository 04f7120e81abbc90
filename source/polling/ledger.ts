import { isFresh, lateSeconds } from '../domain/first-seen.ts';
import { isLive, type Operation, type Status } from '../domain/operation.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { createCarriedTotals } from './carried-totals.ts';
import {
  type Changes,
  type ChangesRequest,
  type CountingResult,
  type CountingWork,
  firstRequest,
  whyAnew,
} from './changes.ts';
import { coverageOf, nextWork } from './counting-work.ts';
import { createDriftDetection } from './drift.ts';
import { createHorizon } from './horizon.ts';
import { type IdRange, lowestId } from './id-range.ts';
import { createIdRanges } from './id-ranges.ts';
import { judgedLists, type LedgerLimits, liveStatuses, usualLimits } from './ledger-limits.ts';
import { createRowCache, isSince } from './row-cache.ts';
import { createUnreported } from './unreported.ts';

/**
 * The ledger holds the totals of the table and keeps them up to date from the rows that change.
 *
 * The table is divided into id ranges (`id-ranges.ts`). A range is in one of these states:
 *
 *   not counted   `countedAt` is null. Its rows are in no total. The work between polls counts it.
 *   counted       Its sums are those of its rows, as of the last poll. Each poll keeps them up to date.
 *   stale         It was counted, and its sums are known to be wrong. It is counted again soon; its sums are shown meanwhile, and
 *                 the snapshot says so (`coverage.isStale`).
 *   guessed       It was counted, and one change was attributed by a guess. It is counted again soon, too.
 *
 * Each poll reads the rows that were written by a transaction whose end the poll before could not see (`changes.ts`,
 * `horizon.ts`). The ledger looks up each such row in the row cache, which holds the last version that a poll has read:
 *
 *   known         Subtract the old version from its range, add the new one.
 *   new           Its id is above the highest id of the poll before (or at most 512 below, and above that of the first poll): add it.
 *   was pending   Its id is lower, it has started since, and its range holds a pending operation of the same phase and table that
 *                 did nothing yet: subtract that one, add the row. Exact while the pending operations are counted at each poll;
 *                 else a guess.
 *   unknown       Nobody knows what it was: its range becomes stale.
 *   gone          It was asked for and is not in the answer: subtract the old version; its range becomes stale, since the row may have
 *                 become something that no poll reads.
 *
 * The invariant: a counted range that is neither stale nor guessed has the sums that a full count of its rows in the snapshot of
 * the last poll would give. It holds because a range is counted in the same snapshot as a poll: no row is counted twice, and no
 * change falls between a count and the poll after it.
 *
 * Where it can be wrong, and how it heals:
 *
 *   - Somebody changes or deletes a row that no poll reads (an operation that ended long ago). The numbers of rows in each status
 *     (`drift.ts`) and the statistics of the table show most of these; a probe then finds the range. Each range is counted again from
 *     time to time in any case (`counting-work.ts`), and the snapshot shows the age of the oldest count.
 *   - A row is committed more than 512 ids late and has ended: the same.
 *   - Too many rows change in one poll, or another table or server answers (`whyAnew`): forget all and count again. The previous
 *     totals are shown meanwhile with their age (`carried-totals.ts`), unless they are of another table.
 *
 * What polls found and no snapshot has told yet is in `unreported.ts`. docs/polling.md has the promises and the edges.
 */
export interface Ledger {
  request(watched: readonly number[]): ChangesRequest;
  /** Begins again, for a poll of other operations: nothing that was counted is shown any more. */
  restart(): void;
  /** Takes a poll in. False: another table or another server answered, or too much changed: ask again at once. */
  take(changes: Changes, request: ChangesRequest, worked?: CountingResult): boolean;
  /** What is to be done next between polls; null where nothing is. */
  work(): CountingWork | null;
  /** The slice that is to be counted first. */
  top(): IdRange;
  /** Whether a poll has been taken in since the ledger last started over. */
  isBegun(): boolean;
  /** Whether the live rows have to be read again, all of them. */
  isFullDue(): boolean;
  /** Whether all of the table has been counted. */
  isWhole(): boolean;
  /** All that is known now; what changed is told once. */
  snapshot(): Snapshot;
}

export function createLedger(limits: LedgerLimits = usualLimits): Ledger {
  const { mostChanges, listed, mostFollowed, rangeRows } = limits;
  const cache = createRowCache(listed);
  const drift = createDriftDetection(listed);
  const horizon = createHorizon(BigInt(limits.lateIds));
  const unreported = createUnreported();
  const carried = createCarriedTotals();
  let ranges = createIdRanges(limits.mostTallies, limits.sample);
  let last: Changes | null = null;

  const isWhole = (): boolean => ranges.all().every((range) => range.countedAt !== null);

  function isFew(status: Status): boolean {
    const counted = last?.counts[status];
    if (counted !== undefined) return counted <= mostFollowed;
    if (isLive(status)) return true;
    if (status === 'failed' && last === null) return true;
    return isWhole() && ranges.inStatus(status) <= mostFollowed;
  }

  /** All that is known is of another table, or of another server, whose transactions are others. */
  function forget(): void {
    ranges = createIdRanges(limits.mostTallies, limits.sample);
    cache.clear();
    last = null;
    horizon.clear();
    drift.clear();
    unreported.forget();
  }

  function take(changes: Changes, request: ChangesRequest, worked?: CountingResult): boolean {
    const why = whyAnew(last, changes, { floor: horizon.floor(), limit: request.limit });
    if (why !== null) {
      // The totals of before are shown meanwhile, but for those of a table that is no more.
      if (why === 'another table') carried.drop();
      else carried.carry(ranges);
      forget();
      return false;
    }
    const before = last;
    if (before === null) horizon.begin(changes);
    else unreported.compare();
    const fresh = worked?.kind === 'range' ? worked.range : null;
    if (worked?.kind === 'range') {
      ranges.count(worked.range, worked.counted, changes.takenAt);
      unreported.addHistory(worked.history);
    }
    let followed = 0;
    for (const operation of changes.operations)
      followed += takeOne(operation, request, fresh, before, changes.takenAt) ? 1 : 0;
    for (const row of changes.unreadable)
      if (row.kind === 'row' && ranges.at(row.id) !== fresh) stale(ranges.at(row.id));
    takeGone(changes, request, fresh);
    unreported.watched(changes.operations.filter(({ id }) => request.watched.includes(id)));
    advance(changes);
    last = changes;
    // What those transactions wrote may have begun before the first poll: too early for the polls after it.
    if (horizon.endFirstTransactions(changes)) drift.hint(changes.takenAt);
    if (before !== null) drift.takeStatistics(changes, before, followed);
    if (worked?.kind === 'probe') drift.takeProbe(worked, ranges);
    drift.takeCounts(changes, request, cache, ranges);
    cache.prune({ floor: horizon.floor(), startedAfter: startedAfter(changes), watched: request.watched });
    ranges.thin();
    if (isWhole()) carried.drop();
    return true;
  }

  /** Takes a row in. False where it is as it was at the last poll. */
  function takeOne(
    operation: Operation,
    request: ChangesRequest,
    fresh: IdRange | null,
    before: Changes | null,
    takenAt: number,
  ): boolean {
    const known = cache.get(operation.id);
    const now = cache.take(operation);
    if (now === null || before === null) return false;
    // Brought with all of its status, and older than the last poll: it was added up long ago.
    const { version } = operation;
    if (known === undefined && version !== null && request.since !== null && !isSince(version, request.since))
      return false;
    unreported.changed(now);
    const range = ranges.at(operation.id);
    const isCounted = range.countedAt !== null && range !== fresh;
    if (known !== undefined) {
      // A row that was loaded anew under the same id is other work.
      if (known.identity === operation.identity)
        unreported.gain(operation.id, (operation.recordsProcessed ?? 0) - (known.recordsProcessed ?? 0));
      if (!isCounted) return true;
      ranges.remove(range, known, now);
      ranges.add(range, now);
      return true;
    }
    const isNew = horizon.isNew(operation.id);
    // A row below the watermark that we never saw was pending, or it was run again.
    const isBegun =
      operation.status === 'skipped' ||
      (operation.status !== 'pending' &&
        (operation.startedAt ?? 0) >= Math.min(startedAfter(before), before.takenAt - lateSeconds));
    // Where the pending ones are too many to be counted at each poll, nothing would say that this was none of them.
    const wasPending = isBegun && !isNew && isCounted && ranges.removePending(range, operation, !isFew('pending'));
    const origin = wasPending ? 'untouched' : isNew ? 'inserted' : 'unknown';
    const mayCount = isNew || wasPending || (isBegun && !isCounted);
    if (mayCount && isFresh(operation, origin, before.takenAt, takenAt))
      unreported.gain(operation.id, operation.recordsProcessed ?? 0);
    if (isNew) unreported.inserted(operation.id);
    if (!isCounted) return true;
    if (isNew || wasPending) ranges.add(range, operation);
    else stale(range);
    return true;
  }

  /** Rows that were asked for whatever they are, and did not come. */
  function takeGone(changes: Changes, request: ChangesRequest, fresh: IdRange | null): void {
    const brought = new Set(changes.operations.map(({ id }) => id));
    const asked = [...cache.all()].filter(({ status }) => request.entire.includes(status));
    for (const id of [...request.watched, ...asked.map(({ id }) => id)]) {
      const known = brought.has(id) ? undefined : cache.get(id);
      if (known === undefined) continue;
      cache.remove(id);
      unreported.gone(id);
      const range = ranges.at(id);
      if (range.countedAt === null || range === fresh) continue;
      ranges.remove(range, known, null);
      // It may have become something else that no poll brings.
      stale(range);
    }
    if (request.isFull) unreported.setUnreadable(changes.unreadable);
  }

  function stale(range: IdRange): void {
    if (range.countedAt !== null) ranges.markStale(range);
  }

  function advance(changes: Changes): void {
    const highest = changes.highestId ?? lowestId;
    if (highest < horizon.top()) for (const range of ranges.all()) if (range.last > highest) stale(range);
    horizon.advance(changes);
    const top = ranges.at(highest);
    const isFull = highest - top.first > BigInt(rangeRows);
    if (isFull && top.countedAt !== null && !top.isStale) ranges.cutAbove(highest, changes.takenAt);
  }

  const startedAfter = (changes: Changes): number => horizon.startedAfter(changes, isFew('pending'));

  function request(watched: readonly number[]): ChangesRequest {
    const counted = (['running', 'paused', 'failed', 'pending', 'skipped'] as const).filter(isFew);
    if (last === null) return firstRequest({ watched, limit: (judgedLists + 1) * listed, counted });
    const { xmin } = last;
    const isFull = drift.isFullDue();
    const since = xmin % 2 ** 32;
    const floor = horizon.floor();
    return {
      isFull,
      since,
      above: floor,
      startedAfter: horizon.hasStarts() ? startedAfter(last) : null,
      statuses: liveStatuses.filter((status) => status !== 'failed' || isFew(status)),
      ids: cache.idsUpTo(floor),
      entire: isFull ? liveStatuses : [],
      watched: [...watched, ...cache.strangers()],
      known: cache.knownSince(since),
      limit: mostChanges,
      counted,
    };
  }

  return {
    request,
    restart() {
      forget();
      carried.drop();
      unreported.restart();
    },
    take,
    work() {
      if (last === null) return null;
      return nextWork(ranges.all(), last.takenAt, rangeRows, { probe: drift.probe(), hintAt: drift.hintAt() });
    },
    top: () => ranges.at(horizon.top()),
    isBegun: () => last !== null,
    isFullDue: drift.isFullDue,
    isWhole,
    snapshot() {
      if (last === null) throw new Error('The ledger was asked for what it holds before a poll was taken in.');
      const shown = new Map(
        cache
          .live()
          .slice(0, judgedLists * listed)
          .map((row) => [row.id, row]),
      );
      for (const row of unreported.rows()) {
        if (!shown.has(row.id)) shown.set(row.id, cache.get(row.id) ?? row);
      }
      return {
        ...unreported.report(),
        takenAt: last.takenAt,
        totals: carried.totals() ?? ranges.totals(),
        coverage: coverageOf(
          ranges.all(),
          { bottom: horizon.bottom(), top: horizon.top() },
          { carriedAt: carried.countedAt(), isDoubted: drift.probe() !== undefined },
        ),
        counts: last.counts,
        operations: [...shown.values()],
        failures: cache.failures().slice(0, listed),
        sessions: last.sessions,
        unreadable: [...ranges.unreadable(), ...unreported.unreadable()],
      };
    },
  };
}
