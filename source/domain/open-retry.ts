import type { Memo } from './memo.ts';
import type { Observation } from './observation.ts';
import type { Operation, Status } from './operation.ts';
import type { Snapshot } from './snapshot.ts';
import type { Triage } from './triage.ts';

/** The attempt that repeats a failed operation and has not ended. */
export interface OpenRetry {
  readonly id: number;
  readonly status: Status;
}

function statusesById({ operations }: Pick<Snapshot, 'operations'>): ReadonlyMap<number, Status> {
  return new Map(operations.map(({ id, status }) => [id, status]));
}

/** The retry of an unresolved failure that is pending, running or paused; null if there is none. */
export function openRetryOf(
  { snapshot, triage, memo }: Triaged,
  { id, status }: Pick<Operation, 'id' | 'status'>,
): OpenRetry | null {
  const state = status === 'failed' ? triage.of(id) : null;
  if (state?.openAttempt === undefined || state.resolution.kind !== 'unresolved') return null;
  // A poll has the operations that are running or paused.
  return { id: state.openAttempt, status: memo(statusesById, snapshot).get(state.openAttempt) ?? 'pending' };
}

/** The retries of a kind of failure that have not ended. */
export interface OpenRetries {
  /** How many unresolved failures have one. */
  readonly open: number;
  /** How many of these retries are paused: no worker retries them. */
  readonly paused: number;
  /** Whether more of them may be paused: there are more paused operations than a poll lists. */
  readonly mayBePaused: boolean;
}

type Triaged = { readonly snapshot: Snapshot; readonly triage: Triage; readonly memo: Memo };

/** The retries of each kind that has some. */
export function openRetriesByKind({
  snapshot,
  triage,
  memo,
  migration,
}: Pick<Observation, 'snapshot' | 'triage' | 'memo' | 'migration'>): ReadonlyMap<string, OpenRetries> {
  const kinds = triage.kinds.filter(({ retried = 0 }) => retried > 0);
  if (kinds.length === 0) return new Map();
  const paused = snapshot.operations.filter(({ status }) => status === 'paused');
  const repeated = memo(kindsByAttempt, triage);
  const byKind = Map.groupBy(
    paused.flatMap(({ id }) => repeated.get(id) ?? []),
    (kind) => kind,
  );
  const isCut = (snapshot.counts.paused ?? migration.statuses.paused) > paused.length;
  return new Map(
    kinds.map(({ kind, retried = 0 }) => {
      const known = byKind.get(kind)?.length ?? 0;
      return [kind, { open: retried, paused: known, mayBePaused: isCut && known < retried }];
    }),
  );
}

/** The kinds of the unresolved failures that an open attempt repeats, one for each of these, by the id of the attempt. */
function kindsByAttempt({ triedAgain }: Triage): ReadonlyMap<number, readonly string[]> {
  const kinds = new Map<number, string[]>();
  for (const { kind, openAttempt, resolution } of triedAgain) {
    if (openAttempt === undefined || resolution.kind !== 'unresolved') continue;
    const known = kinds.get(openAttempt);
    if (known === undefined) kinds.set(openAttempt, [kind]);
    else known.push(kind);
  }
  return kinds;
}
