import { isFresh, lateSeconds, writerOffset } from '../domain/first-seen.ts';
import type { Operation, Status } from '../domain/operation.ts';
import type { Changes, ChangesRequest } from './changes.ts';
import type { Horizon } from './horizon.ts';
import { type IdRange, type IdRanges, lowestId } from './id-range.ts';
import type { RecentHistory } from './recent-history.ts';
import { isSince, type RowCache } from './row-cache.ts';
import { endedAbove, type Summed } from './summed.ts';
import type { Unreported } from './unreported.ts';

/** The parts of a ledger that a changed row changes. */
export interface LedgerParts {
  readonly cache: RowCache;
  readonly horizon: Horizon;
  readonly unreported: Unreported;
  readonly history: RecentHistory;
  /** Whether every poll counts and follows the rows of a status. */
  isFew(status: Status): boolean;
}

/** One poll, as far as it is taken. */
export interface Taking {
  readonly changes: Changes;
  readonly request: ChangesRequest;
  readonly ranges: IdRanges;
  /** The id range that was counted in the same snapshot. */
  readonly justCounted: IdRange | null;
  /** The poll before; null if this is the first one. */
  readonly before: Changes | null;
  /** The rows above this id are in the sums of the same snapshot (summed.ts); null if there are none. */
  readonly summedAbove: bigint | null;
  /** Takes each change of a row since the poll before: `known` is its old version, if that was read. */
  readonly onChange?: ((known: Operation | null, now: Operation) => void) | undefined;
}

/** Whether a count of the same snapshot has the row with this id. */
function isInCount(id: number, { ranges, justCounted, summedAbove }: Taking): boolean {
  return ranges.at(id) === justCounted || (summedAbove !== null && id > summedAbove);
}

/**
 * Takes the sums of new rows, and the rows of a poll.
 *
 * @param top the highest id of the poll before
 * @returns how many rows have changed, and how many of them were new and had ended (if the poll has sums: without those it fetched)
 */
export function takeRows(
  summed: Summed | null,
  parts: LedgerParts,
  taking: Taking,
  top: bigint,
): { readonly followed: number; readonly ended: number } {
  const { changes, ranges } = taking;
  const added = summed === null ? 0 : takeSummed(summed, parts, ranges);
  let followed = added;
  for (const operation of changes.operations) followed += takeRow(operation, parts, taking) ? 1 : 0;
  takeUnreadable(parts, taking);
  takeGone(parts, taking);
  ranges.judgeShared();
  const fetched = endedAbove(changes.operations, top);
  return { followed, ended: summed === null ? fetched : added - fetched };
}

/** Takes the sums of new rows. Returns how many of them have ended. */
function takeSummed(
  { counted, history: spans, gains }: Summed,
  { unreported, history }: LedgerParts,
  ranges: IdRanges,
): number {
  ranges.append(counted);
  history.add(spans);
  unreported.summed(gains);
  return counted.counts.reduce((rows, { status, operations }) => rows + (status === 'completed' ? operations : 0), 0);
}

/** Takes a row into the row cache and its id range. Returns false if it has not changed since the last poll. */
function takeRow(operation: Operation, parts: LedgerParts, taking: Taking): boolean {
  const { cache, horizon, unreported, history, isFew } = parts;
  const { changes, request, ranges, before, summedAbove } = taking;
  const known = cache.get(operation.id);
  const now = cache.take(operation);
  if (now === null || before === null) return false;
  // Read because of its status, and not changed since the last poll: its range has it already.
  const { version } = operation;
  if (known === undefined && version !== null && request.since !== null && !isSince(version, request.since))
    return false;
  unreported.changed(now);
  taking.onChange?.(known ?? null, now);
  const range = ranges.at(operation.id);
  const isSummed = summedAbove !== null && operation.id > summedAbove;
  const isCounted = range.countedAt !== null && !isInCount(operation.id, taking);
  if (known?.completedAt !== operation.completedAt && !isSummed) history.addOperation(operation);
  if (known !== undefined) {
    // A row that was loaded again under the same id is another operation.
    if (known.identity === operation.identity)
      unreported.gain(operation.id, (operation.recordsProcessed ?? 0) - (known.recordsProcessed ?? 0));
    if (known.startedAt !== operation.startedAt) unreported.begun(operation.id);
    if (!isCounted) return true;
    ranges.remove(range, known, now);
    ranges.add(range, now);
    return true;
  }
  const isNew = horizon.isNew(operation.id);
  const { startedAt, completedAt } = operation;
  // By the clock of the database, if it began since the last poll in another time zone: that it was pending confirms this. A row that
  // started two hours ago and ended a minute later began then: in the other zone it would end in the future.
  const ahead = isFew('pending') ? writerOffset(startedAt, before.takenAt, changes.takenAt) : 0;
  const offset = completedAt !== null && completedAt - ahead > changes.takenAt + lateSeconds ? 0 : ahead;
  const began = (startedAt ?? 0) - offset;
  // A lower id that no poll has read before: the row was pending, or it was run again. A row that is paused before its start was pending.
  const isBegun =
    !horizon.wasSummed(operation.id) &&
    (operation.status === 'skipped' ||
      (operation.status === 'paused' && operation.startedAt === null) ||
      (operation.status !== 'pending' &&
        began >= Math.min(horizon.startedAfter(before, isFew('pending')), before.takenAt - lateSeconds)));
  // If polls do not count the pending operations, nothing confirms that this row was one of them: a guess.
  const wasPending = isBegun && !isNew && isCounted && ranges.removePending(range, operation, !isFew('pending'));
  const origin = wasPending ? 'untouched' : isNew ? 'inserted' : 'unknown';
  const mayCount = isNew || wasPending || (isBegun && !isCounted);
  const isBegunSince = mayCount && isFresh(operation, origin, before.takenAt, changes.takenAt);
  if (isBegunSince) unreported.gain(operation.id, operation.recordsProcessed ?? 0);
  if (isNew || (wasPending && isBegunSince)) unreported.inserted(operation.id);
  if (!isCounted) return true;
  if (isNew || wasPending) ranges.add(range, operation);
  else ranges.markStale(range);
  return true;
}

/** Removes failed rows that are none any more, although no poll has seen a change; their id ranges are counted again. */
export function dropFailed(ids: readonly number[], cache: RowCache, ranges: IdRanges): void {
  for (const id of ids) {
    if (cache.get(id)?.status !== 'failed') continue;
    cache.remove(id);
    ranges.markStale(ranges.at(BigInt(id)));
  }
}

/** Marks the ranges as stale that have changed rows which cannot be read. A version that could be read is not shown any more. */
function takeUnreadable(parts: LedgerParts, taking: Taking): void {
  const { changes, ranges, before } = taking;
  // While a transaction is open, each poll reads the rows again that were written after its begin.
  const known = new Set(before?.unreadable.flatMap((row) => (row.kind === 'row' ? [`${row.id} ${row.version}`] : [])));
  for (const row of changes.unreadable) {
    if (row.kind !== 'row') continue;
    remove(row.id, parts, taking);
    if (isInCount(row.id, taking)) continue;
    if (row.version === undefined || !known.has(`${row.id} ${row.version}`)) ranges.markStale(ranges.at(row.id));
  }
}

/** Takes the rows that the poll named, or whose status it read entirely, and did not get. */
function takeGone(parts: LedgerParts, taking: Taking): void {
  const { cache, unreported } = parts;
  const { changes, request } = taking;
  const answered = new Set(changes.operations.map(({ id }) => id));
  // Most polls read no status entirely.
  const isNamed = request.entire.length > 0;
  const named = isNamed ? [...cache.all()].filter(({ status }) => request.entire.includes(status)) : [];
  for (const id of [...request.watched, ...named.map(({ id }) => id)]) {
    if (!answered.has(id)) remove(id, parts, taking);
  }
  if (request.isFull) unreported.setUnreadable(changes.unreadable);
}

/** Removes a row that a poll did not get, or cannot read any more. */
function remove(id: number, { cache, unreported }: LedgerParts, { ranges, justCounted }: Taking): void {
  const known = cache.get(id);
  if (known === undefined) return;
  cache.remove(id);
  unreported.gone(id);
  const range = ranges.at(id);
  if (range.countedAt === null || range === justCounted) return;
  ranges.remove(range, known, null);
  // It may have changed to a status that no poll reads.
  ranges.markStale(range);
}

/** Moves on to the highest id of a poll. A full highest range is closed: higher ids become a new one. */
export function advanceIds(
  changes: Changes,
  { ranges, horizon }: { readonly ranges: IdRanges; readonly horizon: Horizon },
  rangeRows: number,
): void {
  const highest = changes.highestId ?? lowestId;
  if (highest < horizon.top()) for (const range of ranges.all()) if (range.last > highest) ranges.markStale(range);
  horizon.advance(changes);
  const top = ranges.at(highest);
  const isFull = highest - top.first > BigInt(rangeRows);
  if (isFull && top.countedAt !== null && !top.isStale) ranges.cutAbove(highest, changes.takenAt);
}
