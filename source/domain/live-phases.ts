import type { Snapshot } from './snapshot.ts';
import type { PhaseSummary } from './summary.ts';

/**
 * The phases with the running and paused operations of the poll, as the counts of the whole migration have them: while an id range is
 * counted again, the totals have those of an earlier moment.
 */
export function withLiveOperations(
  phases: readonly PhaseSummary[],
  { counts, operations }: Pick<Snapshot, 'counts' | 'operations'>,
): readonly PhaseSummary[] {
  const live = Map.groupBy(operations, ({ phase, status }) => `${phase} ${status}`);
  const listed = (['running', 'paused'] as const).filter(
    (status) => counts[status] === operations.filter((one) => one.status === status).length,
  );
  return phases.map((phase) => {
    const now = listed.map((status) => [status, live.get(`${phase.phase} ${status}`)?.length ?? 0] as const);
    const isSame = phase.operations === 0 || now.every(([status, number]) => phase.statuses[status] === number);
    return isSame ? phase : { ...phase, statuses: { ...phase.statuses, ...Object.fromEntries(now) } };
  });
}
