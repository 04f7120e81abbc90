import { type Memo, noMemo } from './memo.ts';
import { type Operation, secondsSince } from './operation.ts';
import type { Snapshot, Total } from './snapshot.ts';
import { stillSeconds } from './still-seconds.ts';
import { summaryOf } from './summary.ts';
import type { Track } from './tracks.ts';
import {
  type Moment,
  pausedSeconds,
  sinceResume,
  unexplainedSeconds,
  unexplainedWithPauses,
} from './unexplained-time.ts';

/** A session of an operation's worker. `blockedBy`: the processes that hold a lock it waits for. */
export interface BlockedSession {
  readonly blockedBy: readonly number[];
}

/**
 * Why a running operation is considered stalled, and for how long it has made no progress: with its pauses, but not with those
 * after which its worker has had new time.
 */
export interface Stall {
  readonly kind: /** Its worker's connection waits for a lock that other processes hold. */
    | 'blocked'
    /** Its worker names its connections, and has none now. */
    | 'no session'
    /** It was watched for longer than its usual gap, without progress. */
    | 'still'
    /** It takes much longer than usual, or the usual time is unknown; it was not watched for long enough to be sure. */
    | 'suspected';
  readonly seconds: number;
  /** How long a batch usually takes, in seconds; null if unknown. */
  readonly usualSeconds: number | null;
}

/** An operation is stalled after at least this many seconds, and this many usual gaps, without progress. */
const minimumSeconds = 30;
const overdueGaps = 3;

/**
 * Minimum seconds without progress if its worker has no connection. (A pool closes a connection that was idle for ten seconds.)
 */
const minimumSecondsAlone = 15;
const overdueGapsAlone = 1.5;

/** If nothing but the average of an operation shows how long a batch takes, it is used up to this; above, it may have stalled. */
const sureBatchSeconds = 600;

/** No batch is expected to take longer than this. */
const longestBatchSeconds = 3600;

/** The average of such batches when the second one is about to be reported, and somewhat late. */
const longestAverageSeconds = 2.2 * longestBatchSeconds;

/** The average batch of an operation that began longer ago than this may be long because it has stalled most of the time. */
const recentSeconds = 3600;

/** For how long an operation has made no progress, and how long a batch usually takes. Both in seconds. */
export interface Slow {
  readonly seconds: number;
  readonly usualSeconds: number | null;
}

/** An operation that began longer ago than this is suspected if nothing shows how long its batches take. */
const ancientSeconds = 86_400;

/** An operation is suspected only if its records do not explain at least this share of its time. */
const unexplainedShare = 0.5;

/**
 * Judges a running operation, from the first snapshot on; null if there is no evidence of a stall.
 *
 * @param usual seconds that a batch of its table usually takes (`usualBatchSeconds`)
 * @param session undefined if its worker has none, or it was not found
 * @param isNamed whether its worker is known to name its connections, and is not behind a pooler
 */
export function stallOf(
  track: Track | undefined,
  operation: Operation,
  snapshot: Moment,
  usual: number | null,
  session: BlockedSession | undefined,
  isNamed: boolean,
): Stall | null {
  if (operation.status !== 'running') return null;
  const { takenAt, zone } = snapshot;
  const watched = track === undefined ? 0 : stillSeconds(track, takenAt);
  const hasProgressed = track?.lastProgressAt !== null && track !== undefined;
  const { usualSeconds, gapSeconds: gap } = usualTimesOf(track, operation, snapshot, usual);
  const isSeen = usual !== null || (track?.gapSeconds ?? 0) > 0;
  const seconds = hasProgressed
    ? watched
    : Math.max(watched, unexplainedSeconds(operation, snapshot, track, usual) ?? 0);
  const shown = (worked: number): number =>
    sinceLastProgress(worked, { track, operation, moment: snapshot, usual, gap });
  const stall = (kind: Stall['kind']): Stall => ({ kind, seconds: shown(seconds), usualSeconds });
  if (session !== undefined && session.blockedBy.length > 0) return stall('blocked');
  const elapsed = Math.min(secondsSince(operation.startedAt, takenAt, zone) ?? 0, sinceResume(operation, snapshot));
  // Also without watching it: its records must leave most of its time unexplained.
  const isUnexplained = hasProgressed || watched >= seconds || seconds >= unexplainedShare * elapsed;
  if (session === undefined && isNamed && isUnexplained) {
    const alone = hasProgressed || usual !== null ? seconds : Math.max(seconds, sinceStart(operation, track, snapshot));
    if (alone > Math.max(minimumSecondsAlone, overdueGapsAlone * (isSeen ? (gap ?? 0) : 0)))
      return { ...stall('no session'), seconds: shown(alone) };
  }
  const isUnknown = !hasProgressed && gap === null && watched <= unknownBatchSeconds(operation, snapshot);
  if (isOverdue(watched, gap)) return stall(isUnknown ? 'suspected' : 'still');
  // Nothing shows how long a batch takes, but no batch takes days.
  const isAncient = gap === null && !hasProgressed && (track?.writerOffset ?? 0) === 0 && track?.beganHalted !== true;
  if (isAncient && elapsed > ancientSeconds) return { ...stall('suspected'), seconds: elapsed };
  if (hasProgressed || gap === null || !isOverdue(seconds, gap)) return null;
  if (!isUnexplained) return null;
  return stall(watched > gap ? 'still' : 'suspected');
}

/**
 * The seconds since the last progress. An operation that had stalled before it was paused got no new time by the resume: it
 * has made no progress since before the pause. Else the pause does not count.
 *
 * @param worked the seconds without progress, without the pauses that are known
 */
function sinceLastProgress(
  worked: number,
  {
    track,
    operation,
    moment,
    usual,
    gap,
  }: {
    readonly track: Track | undefined;
    readonly operation: Operation;
    readonly moment: Moment;
    readonly usual: number | null;
    readonly gap: number | null;
  },
): number {
  const resumed = sinceResume(operation, moment);
  if (!Number.isFinite(resumed)) return worked;
  const hasProgressed = track !== undefined && track.lastProgressAt !== null;
  const paused = hasProgressed ? track.haltedSeconds : pausedSeconds(operation, moment, track);
  // How long it was paused is unknown: the audit was not read as far back as that.
  if (paused === 0 && !hasProgressed)
    return Math.max(worked, unexplainedWithPauses(operation, moment, track, usual) ?? 0);
  return isOverdue(worked - resumed, gap) ? worked + paused : worked;
}

/** Whether an operation without progress for some seconds is stalled, if its usual gap is this long (null: unknown). */
export function isOverdue(seconds: number, usualSeconds: number | null): boolean {
  return seconds > overdueAfter(usualSeconds);
}

/** After how many seconds without progress an operation is stalled, if its usual gap is this long (null: unknown). */
export function overdueAfter(usualSeconds: number | null): number {
  return Math.max(minimumSeconds, overdueGaps * (usualSeconds ?? 0));
}

/** Whether half of the time has passed after which the stall of a watched operation is proven; null if not, or if no usual time is known. */
export function slowOf(
  track: Track | undefined,
  operation: Operation,
  snapshot: Moment,
  usual: number | null,
): Slow | null {
  if (operation.status !== 'running' || track === undefined) return null;
  const { usualSeconds, gapSeconds } = usualTimesOf(track, operation, snapshot, usual);
  const seconds = stillSeconds(track, snapshot.takenAt);
  return gapSeconds !== null && seconds > overdueAfter(gapSeconds) / 2 ? { seconds, usualSeconds } : null;
}

/** The usual seconds that are shown, and the gap after whose multiple an operation counts as stalled; null if unknown. */
interface UsualTimes {
  readonly usualSeconds: number | null;
  readonly gapSeconds: number | null;
}

/** Reports that come this much sooner than batches end are those of parts of a batch. */
const partShare = 0.5;

/**
 * The usual batch of the table: a single report of `status` sees that too. If the operation reports several times in a batch, or no
 * batch of the table is known, it is its longest gap; before two reports were seen, the average of its batches.
 */
function usualTimesOf(
  track: Track | undefined,
  operation: Operation,
  moment: Moment,
  usual: number | null,
): UsualTimes {
  const gap = track?.gapSeconds ?? 0;
  const batch = usual ?? (gap > 0 ? null : averageWithoutStandstill(track, operation, moment));
  if (gap > 0 && (batch === null || gap < partShare * batch)) return { usualSeconds: gap, gapSeconds: gap };
  return { usualSeconds: batch, gapSeconds: batch === null ? null : Math.max(batch, gap) };
}

/** The average seconds of a batch of an operation until it was seen to stand still; null if unknown. */
function averageWithoutStandstill(track: Track | undefined, operation: Operation, moment: Moment): number | null {
  const still = track === undefined ? 0 : stillSeconds(track, moment.takenAt);
  const isKnown = ownBatchSeconds(operation, moment) !== null;
  const until = { ...moment, takenAt: moment.takenAt - still };
  return (
    (isKnown ? ownBatchSeconds(operation, until) : null) ??
    batchSecondsAt(track?.lastProgressAt ?? null, operation, moment)
  );
}

/** Seconds since the start of an operation, for tables without a usual batch time. */
function sinceStart(operation: Operation, track: Track | undefined, moment: Moment): number {
  if ((track?.writerOffset ?? 0) !== 0) return 0;
  const elapsed = secondsSince(operation.startedAt, moment.takenAt, moment.zone) ?? 0;
  return Math.min(elapsed, sinceResume(operation, moment));
}

/** The average seconds of a batch of a running operation; null if unknown, or if it may have stalled most of the time. */
export function ownBatchSeconds(operation: Operation, moment: Moment): number | null {
  const average = averageBatch(operation, moment);
  const elapsed = secondsSince(operation.startedAt, moment.takenAt, moment.zone) ?? 0;
  return average !== null && elapsed > recentSeconds && average > sureBatchSeconds ? null : average;
}

function averageBatch({ startedAt, batchSize, recordsProcessed }: Operation, { takenAt, zone }: Moment): number | null {
  const elapsed = secondsSince(startedAt, takenAt, zone);
  const records = recordsProcessed ?? 0;
  if (elapsed === null || batchSize === null || batchSize <= 0 || records <= 0) return null;
  return (elapsed * Math.min(records, batchSize)) / records;
}

/** The average seconds of its batches when an operation made its last progress: until then it had not stalled. */
function batchSecondsAt(progressAt: number | null, operation: Operation, moment: Moment): number | null {
  const average = progressAt === null ? null : averageBatch(operation, { ...moment, takenAt: progressAt });
  return average === null ? null : Math.min(average, longestBatchSeconds);
}

/**
 * For how many seconds an operation must have been watched to be stalled, if its usual batch is unknown: the first batch may take
 * long, and an operation whose average batch is long may report as seldom as that.
 */
function unknownBatchSeconds(operation: Operation, moment: Moment): number {
  if ((operation.recordsProcessed ?? 0) <= 0) return overdueGapsAlone * longestBatchSeconds;
  const average = averageBatch(operation, moment);
  if (average === null || average > longestAverageSeconds) return 0;
  return overdueGapsAlone * Math.min(average, longestBatchSeconds);
}

/**
 * Whether the next report of an operation may come, though nothing shows how long its batches usually take: it began up to an hour
 * ago, or its batches may take up to an hour, or it has none and began up to a day ago.
 */
export function mayReport(operation: Operation, moment: Moment): boolean {
  const elapsed = secondsSince(operation.startedAt, moment.takenAt, moment.zone);
  // Without a start nothing shows that it began long ago.
  if (elapsed === null || elapsed <= longestBatchSeconds) return true;
  const average = averageBatch(operation, moment);
  return average === null ? elapsed <= ancientSeconds : average <= longestAverageSeconds;
}

/** The seconds since the last progress of a paused operation, by its records; null if these explain its time, or if that is unknown. */
export function pausedSinceProgress(
  operation: Operation,
  moment: Moment,
  track: Track | undefined,
  usual: number | null,
): number | null {
  const all = unexplainedWithPauses(operation, moment, track, usual);
  return all !== null && isOverdue(all, usual) ? all : null;
}

/**
 * How long a batch of a table usually takes, in seconds, over its completed operations, without their pauses that are known: an operation
 * may have many batches. Null if none was completed with both timestamps.
 *
 * @param memo has the summary of the total: a cumulative row is one batch, although it counts the records of all rows before it
 */
export function usualBatchSeconds(
  total: Total,
  moment: Pick<Snapshot, 'pausedSeconds'> = {},
  memo: Memo = noMemo,
): number | null {
  const { timedOperations, timedSeconds, timedRecords, largestBatch } = total;
  if (timedOperations <= 0) return null;
  const isSized = largestBatch !== null && largestBatch > 0 && memo(summaryOf, total).counting !== 'cumulative';
  const batches = isSized ? timedRecords / largestBatch : 0;
  return (workedShare(total, moment) * timedSeconds) / Math.max(timedOperations, batches);
}

/** Which share of the time of its completed operations a table was not paused, as far as known. */
export function workedShare(
  { phase, tableName, timedSeconds }: Pick<Total, 'phase' | 'tableName' | 'timedSeconds'>,
  { pausedSeconds }: Pick<Snapshot, 'pausedSeconds'>,
): number {
  const paused = pausedSeconds?.get(`${phase} ${tableName}`) ?? 0;
  // Some of them may have no duration.
  return paused < timedSeconds ? 1 - paused / timedSeconds : 1;
}
