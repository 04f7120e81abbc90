import { elapsedSeconds, type Operation } from './operation.ts';
import type { Snapshot } from './snapshot.ts';
import type { Track } from './tracks.ts';

/** When an operation is judged. */
export type Moment = Pick<Snapshot, 'takenAt' | 'zone' | 'resumes'>;

/** Seconds since an operator resumed an operation; infinite if none is known to have done so. */
export function sinceResume({ id }: Operation, { takenAt, resumes }: Moment): number {
  const at = resumes?.get(id)?.at;
  return at === undefined ? Number.POSITIVE_INFINITY : Math.max(0, takenAt - at);
}

/** For how many seconds a running operation has processed its next records, by the records it has; null if unknown. */
export function unexplainedSeconds(
  operation: Operation,
  moment: Moment,
  track: Track | undefined,
  usual: number | null,
): number | null {
  if (track?.beganHalted === true) return null;
  const all = unexplainedWithPauses(operation, moment, track, usual);
  if (all === null) return null;
  return Math.max(0, withoutPauses(all, operation, moment, track));
}

/**
 * How many of the seconds since the last progress an operation was not paused: a pause and a resume are no progress. If it is not known
 * for how long it was paused, only the time since the resume is certain.
 */
export function withoutPauses(seconds: number, operation: Operation, moment: Moment, track: Track | undefined): number {
  const paused = moment.resumes?.get(operation.id)?.pausedSeconds ?? 0;
  const worked = seconds - pausedSeconds(operation, moment, track);
  return paused > 0 ? worked : Math.min(worked, sinceResume(operation, moment));
}

/** For how many seconds an operation was paused since its start, as far as known. */
export function pausedSeconds({ id }: Operation, { resumes }: Moment, track: Track | undefined): number {
  return Math.max(track?.haltedSeconds ?? 0, resumes?.get(id)?.pausedSeconds ?? 0);
}

/** The seconds of an operation that its records do not explain, with its pauses: since its last progress; null if unknown. */
export function unexplainedWithPauses(
  operation: Operation,
  moment: Moment,
  track: Track | undefined,
  usual: number | null,
): number | null {
  if (track !== undefined && track.writerOffset !== 0) return null;
  const elapsed = elapsedSeconds(operation, moment.takenAt, moment.zone);
  if (elapsed === null || usual === null) return null;
  const { batchSize, recordsProcessed } = operation;
  const batches = batchSize !== null && batchSize > 0 ? Math.max(0, recordsProcessed ?? 0) / batchSize : 0;
  return elapsed - batches * usual;
}
