import type { Operation } from './operation.ts';

/** The records of a paused operation that polls saw: its worker goes on. */
export interface PausedReports {
  /** How many polls saw some. */
  readonly reports: number;
  /** The longest time between two of them, in seconds. */
  readonly gapSeconds: number;
}

/** The fields of a track that this depends on (domain/last-progress.ts). */
interface Followed {
  readonly operation: Pick<Operation, 'status'>;
  readonly lastProgressAt: number | null;
  readonly pausedReports?: PausedReports;
}

/** A worker may report the batch that it was at when it was paused. One that reports again has not noticed the pause. */
const reportsOfOneAtWork = 2;

/** A worker has stopped after this many times the usual gap between its reports without one. */
export const quietGaps = 1.2;
const quietSeconds = 10;

/**
 * After how many seconds without a report a worker that goes on although it is paused seems to have stopped. It may report less often
 * than before the pause, as after each of its batches.
 *
 * @param gapSeconds the longest time between two of its reports since
 */
export const stoppedAfterSeconds = (gapSeconds: number): number => Math.max(quietSeconds, quietGaps * gapSeconds);

/** Whether polls saw the worker of a paused operation go on with its work, and it does not seem to have stopped since. */
export function isAtWorkPaused(track: Followed | undefined, takenAt: number): boolean {
  const { pausedReports, lastProgressAt = null } = track ?? {};
  if (pausedReports === undefined || pausedReports.reports < reportsOfOneAtWork || lastProgressAt === null)
    return false;
  return takenAt - lastProgressAt <= stoppedAfterSeconds(pausedReports.gapSeconds);
}

/** The reports of a paused operation after a poll that saw it gain some records. @param known the track before */
export function pausedReportsAfter(
  known: Followed | undefined,
  { status }: Pick<Operation, 'status'>,
  records: number,
  takenAt: number,
): Pick<Followed, 'pausedReports'> {
  if (status !== 'paused' || known?.operation.status !== 'paused') return {};
  const { pausedReports, lastProgressAt } = known;
  if (records <= 0) return pausedReports === undefined ? {} : { pausedReports };
  const gap = pausedReports === undefined ? 0 : takenAt - (lastProgressAt ?? takenAt);
  return {
    pausedReports: {
      reports: (pausedReports?.reports ?? 0) + 1,
      gapSeconds: Math.max(gap, pausedReports?.gapSeconds ?? 0),
    },
  };
}
