import { endedAt, type Operation } from './operation.ts';
import type { Snapshot } from './snapshot.ts';

/** How much later than its timestamp a start may be committed, in seconds. */
export const lateSeconds = 5;

/** Time zones differ from UTC by multiples of a quarter of an hour, up to 14 hours. */
const zoneStepSeconds = 900;
const farthestZoneSeconds = 26 * 3600;

/** The state of an operation before the poll that fetched it for the first time. */
export type Origin =
  /** It was pending, without records. */
  | 'untouched'
  /** It was not in the table. */
  | 'inserted'
  | 'unknown';

/**
 * Whether all records of an operation that no poll has fetched before were processed since the last poll.
 *
 * Records that a row had before it was first seen are no throughput: a running row may continue earlier work. So a row that
 * may have had some counts only if it has at most one batch, and a row that started or ended long ago does not count.
 *
 * @param since when the last poll was taken
 */
export function isFresh(operation: Operation, origin: Origin, since: number, takenAt: number): boolean {
  const { status, startedAt, completedAt, recordsProcessed, batchSize } = operation;
  const isOtherClock = origin === 'untouched' || (startedAt ?? 0) > takenAt;
  switch (status) {
    case 'pending':
    case 'skipped':
      return false;
    case 'completed':
    case 'failed':
      return isRecent(byDatabaseClock(endedAt({ completedAt, startedAt }), takenAt), since, takenAt);
    case 'running':
    case 'paused':
      // A start in the future is one on another clock, or in the hour that exists twice. So is one before the last poll, if the row
      // was pending then.
      if (!isRecent(isOtherClock ? byDatabaseClock(startedAt, takenAt) : startedAt, since, takenAt)) return false;
      if (origin === 'untouched') return true;
      if (batchSize === null || batchSize <= 0) return origin === 'inserted';
      return (recordsProcessed ?? 0) <= batchSize;
  }
}

/**
 * How many records an operation has processed since the last poll.
 *
 * @param known the operation as polls saw it before; undefined if they did not
 * @param isCumulative whether its counter includes the records of earlier operations
 */
export function gainedSince(
  operation: Operation,
  known: Operation | undefined,
  { gained, takenAt }: Pick<Snapshot, 'gained' | 'takenAt'>,
  since: number,
  isCumulative: (operation: Operation) => boolean,
): number {
  const records = operation.recordsProcessed ?? 0;
  const isNew = known === undefined && (gained === null || gained.has(operation.id));
  // The ledger takes a new row with more than a batch for one that continues earlier work.
  if (isNew && isCumulative(operation)) return isFresh(operation, 'untouched', since, takenAt) ? records : 0;
  if (gained !== null) return gained.get(operation.id) ?? 0;
  if (known === undefined) return isFresh(operation, 'inserted', since, takenAt) ? records : 0;
  // A row that was loaded again under the same id is another operation.
  if (known.identity !== operation.identity) return 0;
  return Math.max(0, records - (known.recordsProcessed ?? 0));
}

/** Whether a timestamp lies between two polls. */
function isRecent(timestamp: number | null, since: number, takenAt: number): boolean {
  return timestamp !== null && timestamp >= since - lateSeconds && timestamp <= takenAt + lateSeconds;
}

/** A timestamp of a writer that may be in another time zone, shifted by the zone that makes it nearest to now. */
function byDatabaseClock(timestamp: number | null, takenAt: number): number | null {
  if (timestamp === null || !Number.isFinite(timestamp)) return null;
  const zone = Math.round((timestamp - takenAt) / zoneStepSeconds) * zoneStepSeconds;
  return Math.abs(zone) > farthestZoneSeconds ? timestamp : timestamp - zone;
}

/**
 * How far the clock of a row's writer is ahead of the database's, in seconds; 0 if there is no evidence of a difference.
 *
 * The evidence is a start in the future, or a row that appeared since the last poll although it started hours ago, where
 * the difference is that of a time zone to within seconds.
 *
 * @param since when the last poll was taken, if the row has appeared since; else null
 */
export function writerOffset(startedAt: number | null, since: number | null, takenAt: number): number {
  if (startedAt === null || !Number.isFinite(startedAt)) return 0;
  const ahead = startedAt - takenAt;
  const zone = Math.round(ahead / zoneStepSeconds) * zoneStepSeconds;
  if (zone === 0 || Math.abs(zone) > farthestZoneSeconds) return 0;
  if (since === null) {
    if (ahead <= lateSeconds) return 0;
    // The operation may have started just now, or some time ago: most zones differ by whole hours.
    return Math.abs(ahead - zone) <= lateSeconds ? zone : Math.ceil(ahead / 3600) * 3600;
  }
  const isNow = startedAt - zone >= since - lateSeconds && startedAt - zone <= takenAt + lateSeconds;
  return isNow ? zone : 0;
}
