import type { Operation } from './operation.ts';
import type { Resume } from './resumes.ts';

/** The history of an operation, as far as its pauses need it. */
interface Watched {
  readonly operation: Operation;
  readonly seenAt: number;
  readonly beganHalted: boolean;
  readonly watchedPause?: Resume;
}

/**
 * The pauses of an operation since its start that polls saw, with or without an action in the audit: `at` is when it was first seen at work again. Of one that
 * was paused when it was first seen, it is unknown for how long it was paused: 0 seconds.
 *
 * @param known its history until the last poll
 */
export function watchedPauseAfter(
  known: Watched | undefined,
  operation: Operation,
  takenAt: number,
): { readonly watchedPause?: Resume } {
  if (known === undefined || known.operation.startedAt !== operation.startedAt) return {};
  if (operation.status !== 'running' && operation.status !== 'paused') return {};
  const { watchedPause } = known;
  if (known.operation.status !== 'paused') return watchedPause === undefined ? {} : { watchedPause };
  const seconds = known.beganHalted ? 0 : (watchedPause?.pausedSeconds ?? 0) + takenAt - known.seenAt;
  return { watchedPause: { at: takenAt, pausedSeconds: seconds } };
}

/** The last resume of an operation by its pauses that polls saw, and by the actions of operators, if these show any. */
export function latestResume(byActions: Resume | undefined, watched: Resume): Resume {
  if (byActions === undefined) return watched;
  return {
    at: Math.max(byActions.at, watched.at),
    pausedSeconds: Math.max(byActions.pausedSeconds, watched.pausedSeconds),
  };
}
