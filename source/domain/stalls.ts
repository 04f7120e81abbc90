import { stillSeconds, type Track } from './last-progress.ts';
import { elapsedSeconds, type Operation, secondsSince } from './operation.ts';
import type { Snapshot, Total, WorkerConnection } from './snapshot.ts';

/** Why a running operation is taken to be stalled, and for how long it has been still, as far as can be told. */
export interface Stall {
  readonly kind: /** Its worker's connection waits for a lock that other processes hold. */
    | 'blocked'
    /** Its worker names its connections, and has none any more. */
    | 'no session'
    /** It was watched for longer than its usual gap, and did not progress. */
    | 'still'
    /** It has taken much longer than usual, or nothing tells what is usual; not watched for long enough to be sure. */
    | 'suspected';
  readonly seconds: number;
  /** How long a batch usually takes, in seconds; null where that is not known. */
  readonly usualSeconds: number | null;
}

/** Still for less than this, nothing is stalled; nor is it before this many times its usual gap. */
const leastSeconds = 30;
const overdueGaps = 3;

/** The same where its worker has no connection. (A pool closes a connection that was idle for ten seconds.) */
const leastSecondsAlone = 15;
const overdueGapsAlone = 1.5;

/** A first batch that was watched for longer than this is stalled, also where nothing tells how long a batch takes. */
const firstBatchSeconds = 600;

/** What began longer ago than this tells nothing of its batches: it may have stood still for most of the time. */
const recentSeconds = 3600;

type Moment = Pick<Snapshot, 'takenAt' | 'zone'>;

/** A suspicion needs this share of an operation's time to be unexplained by the records it has. */
const unexplainedShare = 0.5;

/**
 * Judges a running operation, from the first snapshot on; null where nothing speaks for a stall.
 *
 * @param usual seconds that a batch of its table usually takes (`usualBatchSeconds`)
 * @param isNamed whether its worker is known to name its connections
 */
export function stallOf(
  track: Track | undefined,
  operation: Operation,
  snapshot: Moment,
  usual: number | null,
  session: WorkerConnection | undefined,
  isNamed: boolean,
): Stall | null {
  if (operation.status !== 'running') return null;
  const { takenAt, zone } = snapshot;
  const watched = track === undefined ? 0 : stillSeconds(track, takenAt);
  const hasMoved = track?.lastProgressAt !== null && track !== undefined;
  const seen = track !== undefined && track.gapSeconds > 0 ? track.gapSeconds : usual;
  const gap = seen ?? ownBatchSeconds(operation, snapshot);
  const seconds = hasMoved
    ? watched
    : Math.max(watched, unexplainedSeconds(operation, snapshot, track?.writerOffset ?? 0, usual) ?? 0);
  const stall = (kind: Stall['kind']): Stall => ({ kind, seconds, usualSeconds: gap });
  if (session !== undefined && session.blockedBy.length > 0) return stall('blocked');
  const elapsed = secondsSince(operation.startedAt, takenAt, zone) ?? 0;
  // Watched or not: most of its time has to be unexplained by the records that it has.
  const isUnexplained = hasMoved || watched >= seconds || seconds >= unexplainedShare * elapsed;
  if (session === undefined && isNamed && isUnexplained) {
    const alone = hasMoved || usual !== null ? seconds : Math.max(seconds, sinceStart(operation, track, snapshot));
    if (alone > Math.max(leastSecondsAlone, overdueGapsAlone * (seen ?? 0)))
      return { ...stall('no session'), seconds: alone };
  }
  const overdue = Math.max(leastSeconds, overdueGaps * (gap ?? 0));
  // Of a first batch nothing tells how long it takes.
  const isFirstBatch = !hasMoved && gap === null && (operation.recordsProcessed ?? 0) <= 0;
  if (watched > overdue) return stall(isFirstBatch && watched <= firstBatchSeconds ? 'suspected' : 'still');
  if (hasMoved || gap === null || seconds <= overdue) return null;
  if (!isUnexplained) return null;
  return stall(watched > gap ? 'still' : 'suspected');
}

/** Seconds since the start of an operation: all that is known of one whose table says nothing of a usual batch. */
function sinceStart(operation: Operation, track: Track | undefined, { takenAt, zone }: Moment): number {
  if ((track?.writerOffset ?? 0) !== 0) return 0;
  return secondsSince(operation.startedAt, takenAt, zone) ?? 0;
}

/** How long each batch of a running operation has taken on the average; null where that says nothing. */
function ownBatchSeconds(
  { startedAt, batchSize, recordsProcessed }: Operation,
  { takenAt, zone }: Moment,
): number | null {
  const elapsed = secondsSince(startedAt, takenAt, zone);
  const records = recordsProcessed ?? 0;
  if (elapsed === null || elapsed > recentSeconds || batchSize === null || batchSize <= 0 || records <= 0) return null;
  return (elapsed * Math.min(records, batchSize)) / records;
}

/** How long a running operation has been at its next records, judged by the records that it has; null where unknown. */
function unexplainedSeconds(
  operation: Operation,
  { takenAt, zone }: Moment,
  writerOffset: number,
  usual: number | null,
): number | null {
  if (writerOffset !== 0) return null;
  const elapsed = elapsedSeconds(operation, takenAt, zone);
  if (elapsed === null || usual === null) return null;
  const { batchSize, recordsProcessed } = operation;
  const batches = batchSize !== null && batchSize > 0 ? Math.max(0, recordsProcessed ?? 0) / batchSize : 0;
  return Math.max(0, elapsed - batches * usual);
}

/**
 * How long a batch of a table usually takes, in seconds, over its completed operations: an operation may hold many
 * batches. Null where none was completed with both timestamps.
 */
export function usualBatchSeconds(total: Total): number | null {
  const { timedOperations, timedSeconds, timedRecords, largestBatch } = total;
  if (timedOperations <= 0) return null;
  const batches = largestBatch !== null && largestBatch > 0 ? timedRecords / largestBatch : 0;
  return timedSeconds / Math.max(timedOperations, batches);
}
