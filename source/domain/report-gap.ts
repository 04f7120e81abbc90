import type { Observation } from './observation.ts';
import { type Operation, secondsSince } from './operation.ts';
import { totalIn } from './phase-totals.ts';
import { usualReportOf } from './rate-groups.ts';
import { workedShare } from './stalls.ts';
import { stillSeconds } from './still-seconds.ts';
import { summaryOf } from './summary.ts';
import { trackFor } from './tracks.ts';

/** Completed operations with more batches than this do not show how often an operation reports. */
const mostBatches = 1.5;

/**
 * How many seconds an operation may go on without a report, as far as reports have shown it: after the usual gap between those of the
 * operation, else of its worker or table, else after the time of the completed operations of its table if each has one batch, else after
 * the time in which it has reported at least once. Null if unknown: a batch size alone does not show how often an operation reports.
 */
export function reportGap(observation: Observation, operation: Operation): number | null {
  const { tracks, reports, snapshot } = observation;
  const track = trackFor(tracks, operation);
  // It has been running for that long without a report.
  const still = track === undefined ? 0 : stillSeconds(track, snapshot.takenAt);
  const seen = track !== undefined && track.gapSeconds > 0 ? track.gapSeconds : null;
  const usual = usualReportOf(reports, [])(operation)?.usual.seconds;
  const gap = seen ?? usual ?? secondsOfCompleted(observation, operation) ?? secondsUntilPause(observation, operation);
  return gap === null ? null : Math.max(gap, still);
}

function secondsOfCompleted({ totals, snapshot, memo }: Observation, { phase, tableName }: Operation): number | null {
  const total = totalIn(totals, phase, tableName);
  if (total === undefined || total.timedOperations <= 0) return null;
  const { timedOperations, timedSeconds, timedRecords, largestBatch } = total;
  const hasMany = (largestBatch ?? 0) > 0 && timedRecords > mostBatches * timedOperations * (largestBatch ?? 0);
  if (hasMany && memo(summaryOf, total).counting !== 'cumulative') return null;
  return (workedShare(total, snapshot) * timedSeconds) / timedOperations;
}

function secondsUntilPause({ tracks, snapshot }: Observation, operation: Operation): number | null {
  const track = trackFor(tracks, operation);
  if (track === undefined || track.beganHalted || track.writerOffset !== 0 || (operation.recordsProcessed ?? 0) <= 0)
    return null;
  return secondsSince(operation.startedAt, snapshot.takenAt - track.haltedSeconds, snapshot.zone);
}
