import { goalVerdict, type Rest, restAfter } from './goal.ts';
import type { Observation } from './observation.ts';
import { openIn } from './progress.ts';
import { isCounting } from './snapshot.ts';
import type { Happening } from './watched-events.ts';

type Ended = Extract<Happening, { kind: 'ended' }>;

/** Whether the end of the migration is to be told. */
export interface CompletionState {
  readonly rest: Rest | null;
  /** Whether something was open since the end was told last, or since the first poll. */
  readonly wasOpen: boolean;
  readonly state: 'going on' | 'ended' | 'done';
}

export const noCompletion: CompletionState = { rest: null, wasOpen: false, state: 'going on' };

/**
 * The completion after a poll, and its end if this poll shows it. The migration is done as for `migtop wait`: nothing is open and no
 * failure is unresolved, in two polls (domain/goal.ts); it has ended if failures are unresolved.
 */
export function completionAfter(
  { rest: before, wasOpen, state }: CompletionState,
  latest: Observation,
): { readonly completion: CompletionState; readonly ended: Ended | null } {
  const { migration, snapshot, triage } = latest;
  const rest = restAfter(before, latest);
  const { kind } = goalVerdict('done', latest, rest);
  // Without failures, a row that cannot be read may be open.
  if (kind === 'waiting' || (kind === 'missed' && triage.unresolved === 0)) {
    const isOpen = openIn(migration.statuses) > 0 || (migration.operations === 0 && !isCounting(snapshot));
    return {
      completion: isOpen ? { rest, wasOpen: true, state: 'going on' } : { rest, wasOpen, state },
      ended: null,
    };
  }
  const next = kind === 'reached' ? 'done' : 'ended';
  const isNews = next !== state && (wasOpen || state !== 'going on');
  return {
    completion: { rest, wasOpen: false, state: next },
    ended: isNews ? { kind: 'ended', unresolved: triage.unresolved } : null,
  };
}
