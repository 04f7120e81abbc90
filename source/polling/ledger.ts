import { isFresh, lateSeconds } from '../domain/first-sight.ts';
import type { Operation, Status, Unreadable } from '../domain/operation.ts';
import type { HistorySpan, Snapshot } from '../domain/snapshot.ts';
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
import { type IdRange, lowestId } from './id-range.ts';
import { createIdRanges } from './id-ranges.ts';
import { judgedLists, type LedgerLimits, liveStatuses, usualLimits } from './ledger-limits.ts';
import { createOpenTransactions } from './open-transactions.ts';
import { createRowCache, isSince } from './row-cache.ts';

/**
 * The totals of the table, kept true from the rows that change. Slices of the table are counted once; from then on
 * each poll brings the rows that were written since the one before, and what such a row was before is taken out of its
 * slice and what it is now is put in. Where it is not known what a row was, or a count says that something was missed,
 * the slice is counted again, in the same snapshot as a poll. So nothing is ever counted twice or not at all.
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
  const { mostChanges, listed, mostFollowed, rangeRows: sliceRows } = limits;
  const lateIds = BigInt(limits.lateIds);
  const cache = createRowCache(listed);
  const drift = createDriftDetection(listed);
  const transactions = createOpenTransactions();
  const carried = createCarriedTotals();
  let ranges = createIdRanges(limits.mostTallies, limits.sample);
  let last: Changes | null = null;
  let watermark = lowestId;
  /** Rows up to this id were there before we were. */
  let startMark = lowestId;
  let bottomId = lowestId;
  let newestStart = Number.NEGATIVE_INFINITY;
  /** While a transaction is open that was so at the first poll, all that began later may be news again and again. */
  let began: { readonly xmax: number; readonly newestStart: number } | null = null;
  let unreadableRows: readonly Unreadable[] = [];

  let changed = new Map<number, Operation>();
  let watchedRows: readonly Operation[] = [];
  let gained: Map<number, number> | null = null;
  let history: HistorySpan[] = [];

  const isWhole = (): boolean => ranges.all().every((range) => range.countedAt !== null);
  const floorOf = (mark: bigint): bigint => (mark - lateIds > lowestId ? mark - lateIds : lowestId);

  function isFew(status: Status): boolean {
    const counted = last?.counts[status];
    if (counted !== undefined) return counted <= mostFollowed;
    if (status === 'running' || status === 'paused') return true;
    if (status === 'failed' && last === null) return true;
    return isWhole() && ranges.inStatus(status) <= mostFollowed;
  }

  /** All that is known is of another table, or of another server, whose transactions are others. */
  function forget(): void {
    ranges = createIdRanges(limits.mostTallies, limits.sample);
    cache.clear();
    last = null;
    newestStart = Number.NEGATIVE_INFINITY;
    drift.clear();
    transactions.clear();
    changed = new Map();
    watchedRows = [];
    gained = null;
  }

  function take(changes: Changes, request: ChangesRequest, worked?: CountingResult): boolean {
    const why = whyAnew(last, changes, { floor: floorOf(watermark), limit: request.limit });
    if (why !== null) {
      // The totals of before are shown meanwhile, but for those of a table that is no more.
      if (why === 'another table') carried.drop();
      else carried.carry(ranges);
      forget();
      return false;
    }
    const before = last;
    if (before === null) {
      startMark = changes.highestId ?? lowestId;
      watermark = startMark;
      bottomId = changes.lowestId ?? startMark;
      const start = changes.newestStart ?? Number.NEGATIVE_INFINITY;
      began = changes.xmin < changes.xmax ? { xmax: changes.xmax, newestStart: start } : null;
    } else gained ??= new Map();
    const fresh = worked?.kind === 'range' ? worked.range : null;
    if (worked?.kind === 'range') {
      ranges.count(worked.range, worked.counted, changes.takenAt);
      history.push(...worked.history);
    }
    let followed = 0;
    for (const operation of changes.operations)
      followed += takeOne(operation, request, fresh, before, changes.takenAt) ? 1 : 0;
    for (const { id } of changes.unreadable) if (id !== null && ranges.at(id) !== fresh) stale(ranges.at(id));
    takeGone(changes, request, fresh);
    watchedRows = changes.operations.filter(({ id }) => request.watched.includes(id));
    advance(changes);
    last = changes;
    if (began !== null && changes.xmin >= began.xmax) {
      // What it wrote may have begun before the first poll: too early for those after it.
      began = null;
      drift.hint(changes.takenAt);
    }
    if (before !== null) drift.takeStatistics(changes, before, followed);
    if (worked?.kind === 'probe') drift.takeProbe(worked, ranges);
    drift.takeCounts(changes, request, cache, ranges);
    transactions.take(changes.takenAt, changes.xmax);
    cache.prune({ floor: floorOf(watermark), startedAfter: windowStart(changes), watched: request.watched });
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
    changed.set(operation.id, now);
    const range = ranges.at(operation.id);
    const isCounted = range.countedAt !== null && range !== fresh;
    if (known !== undefined) {
      // A row that was loaded anew under the same id is other work.
      if (known.identity === operation.identity)
        gain(operation, (operation.recordsProcessed ?? 0) - (known.recordsProcessed ?? 0));
      if (!isCounted) return true;
      ranges.remove(range, known, now);
      ranges.add(range, now);
      return true;
    }
    const isNew = operation.id > watermark || (operation.id > startMark && operation.id > floorOf(watermark));
    // A row below the watermark that we never saw was pending, or it was run again.
    const isBegun =
      operation.status === 'skipped' ||
      (operation.status !== 'pending' &&
        (operation.startedAt ?? 0) >= Math.min(windowStart(before), before.takenAt - lateSeconds));
    // Where the pending ones are too many to be counted at each poll, nothing would say that this was none of them.
    const wasPending = isBegun && !isNew && isCounted && ranges.removePending(range, operation, !isFew('pending'));
    const origin = wasPending ? 'untouched' : isNew ? 'inserted' : 'unknown';
    const mayCount = isNew || wasPending || (isBegun && !isCounted);
    if (mayCount && isFresh(operation, origin, before.takenAt, takenAt))
      gain(operation, operation.recordsProcessed ?? 0);
    if (isNew && gained !== null) gained.set(operation.id, gained.get(operation.id) ?? 0);
    if (!isCounted) return true;
    if (isNew || wasPending) ranges.add(range, operation);
    else stale(range);
    return true;
  }

  function gain({ id }: Operation, records: number): void {
    if (records > 0) gained?.set(id, (gained.get(id) ?? 0) + records);
  }

  /** Rows that were asked for whatever they are, and did not come. */
  function takeGone(changes: Changes, request: ChangesRequest, fresh: IdRange | null): void {
    const brought = new Set(changes.operations.map(({ id }) => id));
    const asked = [...cache.all()].filter(({ status }) => request.entire.includes(status));
    for (const id of [...request.watched, ...asked.map(({ id }) => id)]) {
      const known = brought.has(id) ? undefined : cache.get(id);
      if (known === undefined) continue;
      cache.remove(id);
      changed.delete(id);
      const range = ranges.at(id);
      if (range.countedAt === null || range === fresh) continue;
      ranges.remove(range, known, null);
      // It may have become something else that no poll brings.
      stale(range);
    }
    if (request.isFull) unreadableRows = changes.unreadable;
  }

  function stale(range: IdRange): void {
    if (range.countedAt !== null) ranges.markStale(range);
  }

  function advance(changes: Changes): void {
    const highest = changes.highestId ?? lowestId;
    if (highest < watermark) for (const range of ranges.all()) if (range.last > highest) stale(range);
    watermark = highest;
    newestStart = Math.max(newestStart, changes.newestStart ?? newestStart);
    const top = ranges.at(highest);
    const isFull = highest - top.first > BigInt(sliceRows);
    if (isFull && top.countedAt !== null && !top.isStale) ranges.cutAbove(highest, changes.takenAt);
  }

  /** Operations that started after this moment are looked at. */
  function windowStart({ xmin, takenAt }: Changes): number {
    // Work that began and ended in one transaction shows when that ends; a count of the pending ones says so, if there is one.
    const since = isFew('pending') ? newestStart : Math.min(newestStart, transactions.notBefore(xmin, takenAt));
    return Math.max(since - lateSeconds, began?.newestStart ?? Number.NEGATIVE_INFINITY);
  }

  function request(watched: readonly number[]): ChangesRequest {
    const counted = (['running', 'paused', 'failed', 'pending', 'skipped'] as const).filter(isFew);
    if (last === null) return firstRequest({ watched, limit: (judgedLists + 1) * listed, counted });
    const { xmin } = last;
    const isFull = drift.isFullDue();
    const since = xmin % 2 ** 32;
    const floor = floorOf(watermark);
    return {
      isFull,
      since,
      above: floor,
      startedAfter: Number.isFinite(newestStart) ? windowStart(last) : null,
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
      history = [];
      unreadableRows = [];
    },
    take,
    work() {
      if (last === null) return null;
      return nextWork(ranges.all(), last.takenAt, sliceRows, { probe: drift.probe(), hintAt: drift.hintAt() });
    },
    top: () => ranges.at(watermark),
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
      for (const row of [...watchedRows, ...changed.values()]) {
        if (!shown.has(row.id)) shown.set(row.id, cache.get(row.id) ?? row);
      }
      const snapshot: Snapshot = {
        takenAt: last.takenAt,
        totals: carried.totals() ?? ranges.totals(),
        coverage: coverageOf(
          ranges.all(),
          { bottom: bottomId, top: watermark },
          { carriedAt: carried.countedAt(), isDoubted: drift.probe() !== undefined },
        ),
        counts: last.counts,
        operations: [...shown.values()],
        failures: cache.failures().slice(0, listed),
        gained,
        history,
        sessions: last.sessions,
        unreadable: [...ranges.unreadable(), ...unreadableRows],
      };
      changed = new Map();
      history = [];
      gained = gained === null ? null : new Map();
      return snapshot;
    },
  };
}
