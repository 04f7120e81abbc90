import { failingAgain } from './failing-again.ts';
import type { Memo } from './memo.ts';
import type { Observation } from './observation.ts';
import type { Operation, Phase, Status } from './operation.ts';
import { tableKey } from './rate-keys.ts';
import type { Snapshot } from './snapshot.ts';
import { sum } from './sum.ts';
import type { JudgedFailure, Triage } from './triage.ts';

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

/** The retries of some failures that have not ended: of those of a kind, of a table, or of all. */
export interface OpenRetries {
  /** How many unresolved failures have one. */
  readonly open: number;
  /** How many of these retries are paused: no worker retries them. */
  readonly paused: number;
  /** Whether more of them may be paused: there are more paused operations than a poll lists. */
  readonly mayBePaused: boolean;
}

const noRetries: OpenRetries = { open: 0, paused: 0, mayBePaused: false };

type Triaged = { readonly snapshot: Snapshot; readonly triage: Triage; readonly memo: Memo };

type Counted = Pick<Observation, 'snapshot' | 'triage' | 'memo' | 'migration'>;

/** The retries of each kind that has some. */
export const openRetriesByKind = (observation: Counted): OpenRetriesByGroup => openRetriesBy(byKind, observation);

/** The retries of the unresolved failures in each phase that has some. */
export const openRetriesByPhase = (observation: Counted): OpenRetriesByGroup => openRetriesBy(byPhase, observation);

/** The retries of the unresolved failures of each table that has some, in all phases. */
export const openRetriesByTable = (observation: Counted): OpenRetriesByGroup => openRetriesBy(byTable, observation);

/** The retries of all unresolved failures. */
export function openRetriesOf(observation: Counted): OpenRetries {
  return openRetriesBy(together, observation).get('') ?? noRetries;
}

/** How many unresolved failures of a phase and table no open attempt repeats: no open operation has their work. */
export function notRetriedIn({ triage, memo }: Triaged, phase: Phase, tableName: string): number {
  return triage.unresolvedIn(phase, tableName) - (memo(inTable.open, triage).get(tableKey(phase, tableName)) ?? 0);
}

/** How many unresolved failures no open attempt repeats, or one that fails again and again: nothing shows when their work ends. */
export function notRetried({ snapshot, triage, memo }: Triaged): number {
  const again = failingAgain({ snapshot, triage, memo });
  const retried = [...memo(failuresByAttempt, triage)].filter(([attempt]) => !again.has(attempt));
  return triage.unresolved - sum(retried.map(([, failures]) => failures.length));
}

export type OpenRetriesByGroup = ReadonlyMap<string, OpenRetries>;

/** A way to group failures; `open` counts those of a triage that have an open retry. */
interface Grouping {
  readonly groupOf: (failure: JudgedFailure) => string;
  readonly open: (triage: Triage, memo: Memo) => ReadonlyMap<string, number>;
}

const grouping = (groupOf: Grouping['groupOf']): Grouping => ({
  groupOf,
  open: (triage, memo) => countBy([...memo(failuresByAttempt, triage).values()].flat(), groupOf),
});

const byKind = grouping(({ kind }) => kind);
const byPhase = grouping(({ phase }) => phase);
const byTable = grouping(({ tableName }) => tableName);
const inTable = grouping(({ phase, tableName }) => tableKey(phase, tableName));
const together = grouping(() => '');

function openRetriesBy(
  { groupOf, open: openIn }: Grouping,
  { snapshot, triage, memo, migration }: Counted,
): OpenRetriesByGroup {
  const repeated = memo(failuresByAttempt, triage);
  if (repeated.size === 0) return new Map();
  const paused = snapshot.operations.filter(({ status }) => status === 'paused');
  const isCut = (snapshot.counts.paused ?? migration.statuses.paused) > paused.length;
  const pausedIn = countBy(
    paused.flatMap(({ id }) => repeated.get(id) ?? []),
    groupOf,
  );
  return new Map(
    [...memo(openIn, triage)].map(([group, open]) => {
      const known = pausedIn.get(group) ?? 0;
      return [group, { open, paused: known, mayBePaused: isCut && known < open }];
    }),
  );
}

/** The unresolved failures that an open attempt repeats, by the id of the attempt. */
function failuresByAttempt({ triedAgain }: Triage): ReadonlyMap<number, readonly JudgedFailure[]> {
  const unresolved = triedAgain.filter(({ resolution }) => resolution.kind === 'unresolved');
  return Map.groupBy(unresolved, ({ openAttempt = 0 }) => openAttempt);
}

function countBy(failures: readonly JudgedFailure[], groupOf: Grouping['groupOf']): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const failure of failures) {
    const group = groupOf(failure);
    counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  return counts;
}
