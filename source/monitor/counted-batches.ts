import type { AuditEntry } from '../domain/audit.ts';
import { batchOf } from '../domain/batch-key.ts';
import { activityLimit } from '../polling/audited.ts';
import type { BatchCounts } from '../presentation/rows.ts';
import type { LastBatch } from './acting-state.ts';
import type { MonitorState } from './state.ts';

/**
 * Counts of whole actions on many, by `batchOf`: of this session's own all rows, also those refused before they were sent; of
 * large ones of other sessions the counts of the audit.
 */
export function countedBatches({ acting: { batches }, activity }: MonitorState): ReadonlyMap<string, BatchCounts> {
  const undoneOf = new Map<string, number | undefined>();
  const counted = (activity ?? []).flatMap(
    ({ key, batchOutcomes, batchUndone }): (readonly [string, BatchCounts])[] => {
      const batch = batchOf(key);
      if (batch === null || batchOutcomes === undefined) return [];
      const total = [...batchOutcomes.values()].reduce((sum, many) => sum + many, 0);
      undoneOf.set(batch, batchUndone);
      return [[batch, { total, outcomes: batchOutcomes, undone: batchUndone }]];
    },
  );
  return new Map([
    ...cutBatch(activity ?? []),
    ...counted,
    ...batches.filter(isKnown).map(({ key, results, refused }) => {
      const outcomes = new Map<string, number>();
      const add = (outcome: string, many: number): void => {
        if (many > 0) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + many);
      };
      for (const { outcome } of results) add(outcome.kind, 1);
      add('refused', refused.length);
      return [key, { total: results.length + refused.length, outcomes, undone: undoneOf.get(key) }] as const;
    }),
  ]);
}

/** Where the connection was lost, only the audit learns later what was changed. */
function isKnown({ results }: LastBatch): boolean {
  return results.every(({ outcome }) => outcome.kind !== 'unknown');
}

/** The action on many in which the list ends: the local audit is read only to there. */
function cutBatch(activity: readonly AuditEntry[]): (readonly [string, BatchCounts])[] {
  const batch = activity.length < activityLimit ? null : batchOf(activity.at(-1)?.key ?? null);
  if (batch === null) return [];
  const own = activity.filter(({ key }) => batchOf(key) === batch);
  const outcomes = new Map<string, number>();
  for (const { outcome } of own) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  return [[batch, { total: own.length, outcomes, isAtLeast: true }]];
}
