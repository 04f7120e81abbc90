import type { BulkPlan } from './bulk-actions.ts';
import type { Refusal } from './transitions.ts';

/** Operations that match a filter and that an action does not change in their status: nobody asked for them. */
export interface NotAsked {
  /** As a report says it: `already ended`, `pending`. */
  readonly why: string;
  readonly rows: number;
}

/**
 * The plan of an action on the operations that match a filter. A filter is not a list: what cannot change in its status, or needs
 * no retry, is not refused but counted. Operations that were named by their ids stay in the plan.
 *
 * @param named the ids that were given one by one
 */
export function askedOnly(
  { changes, refused }: BulkPlan,
  named: readonly number[],
): { readonly plan: BulkPlan; readonly notAsked: readonly NotAsked[] } {
  const ids = new Set(named);
  const rows = new Map<string, number>();
  const kept = refused.filter(({ id, reason }) => {
    const why = ids.has(id) ? null : whyNotAsked(reason);
    if (why !== null) rows.set(why, (rows.get(why) ?? 0) + 1);
    return why === null;
  });
  const notAsked = [...rows].map(([why, count]) => ({ why, rows: count })).sort((a, b) => b.rows - a.rows);
  return { plan: { changes, refused: kept }, notAsked };
}

/** Null for what somebody has to do something about: another action first, or a worker that may be alive. */
function whyNotAsked(reason: Refusal): string | null {
  switch (reason.kind) {
    case 'already':
    case 'wrong-status':
      return isEnded(reason.status) ? 'already ended' : `already ${reason.status}`;
    case 'attempt':
      return 'already retried';
    case 'resolved':
      return 'already resolved';
    default:
      return null;
  }
}

const isEnded = (status: string): boolean => status === 'completed' || status === 'failed' || status === 'skipped';
