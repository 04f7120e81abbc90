import type { Operation } from './operation.ts';

/** A start may be committed so much later than its timestamp. */
export const lateSeconds = 5;

/** Time zones differ by multiples of a quarter of an hour, and by 14 hours at most. */
const zoneStepSeconds = 900;
const farthestZoneSeconds = 26 * 3600;

/** What an operation was, of which no poll has brought a row before. */
export type Origin =
  /** It was pending, and held nothing. */
  | 'untouched'
  /** It was not in the table. */
  | 'inserted'
  | 'unknown';

/**
 * Whether all records of an operation that no poll has shown before were processed since the last poll.
 *
 * Records that a row held before it was first seen are no throughput: a running row may go on with the work of an
 * earlier life. So one that may have held some counts only up to its batch; and nothing counts that began or ended
 * long ago.
 *
 * @param since when the last poll was taken
 */
export function isFresh(operation: Operation, origin: Origin, since: number, takenAt: number): boolean {
  const { status, startedAt, completedAt, recordsProcessed, batchSize } = operation;
  switch (status) {
    case 'pending':
    case 'skipped':
      return false;
    case 'completed':
    case 'failed':
      return isRecent(byDatabaseClock(completedAt ?? startedAt, takenAt), since, takenAt);
    case 'running':
    case 'paused':
      if (!isRecent(startedAt, since, takenAt)) return false;
      if (origin === 'untouched') return true;
      if (batchSize === null || batchSize <= 0) return origin === 'inserted';
      return (recordsProcessed ?? 0) <= batchSize;
  }
}

/** Whether a timestamp lies between two polls. */
function isRecent(timestamp: number | null, since: number, takenAt: number): boolean {
  return timestamp !== null && timestamp >= since - lateSeconds && timestamp <= takenAt + lateSeconds;
}

/** A timestamp that may be of a writer in another time zone, as the nearest to now that it can be. */
function byDatabaseClock(timestamp: number | null, takenAt: number): number | null {
  if (timestamp === null || !Number.isFinite(timestamp)) return null;
  const zone = Math.round((timestamp - takenAt) / zoneStepSeconds) * zoneStepSeconds;
  return Math.abs(zone) > farthestZoneSeconds ? timestamp : timestamp - zone;
}

/**
 * How far the clock of a row's writer is from the database's, in seconds; 0 where nothing says that it differs.
 *
 * A start in the future shows it at once. A row that appeared since the last poll and yet began hours ago, to within
 * seconds of a time zone's distance, shows it too.
 *
 * @param since when the last poll was taken, where the row has appeared since; else null
 */
export function writerOffset(startedAt: number | null, since: number | null, takenAt: number): number {
  if (startedAt === null || !Number.isFinite(startedAt)) return 0;
  const ahead = startedAt - takenAt;
  const zone = Math.round(ahead / zoneStepSeconds) * zoneStepSeconds;
  if (zone === 0 || Math.abs(zone) > farthestZoneSeconds) return 0;
  if (since === null) {
    if (ahead <= lateSeconds) return 0;
    // It may have begun just now, or some time ago: most zones differ by whole hours.
    return Math.abs(ahead - zone) <= lateSeconds ? zone : Math.ceil(ahead / 3600) * 3600;
  }
  const isNow = startedAt - zone >= since - lateSeconds && startedAt - zone <= takenAt + lateSeconds;
  return isNow ? zone : 0;
}
