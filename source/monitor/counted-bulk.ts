import type { AuditEntry } from '../domain/audit.ts';
import type { RowOutcome } from '../domain/bulk-actions.ts';
import { bulkOf } from '../domain/bulk-key.ts';
import { activityLimit, wholeRows } from '../polling/audited.ts';
import type { BulkCounts } from '../presentation/bulk-counts.ts';
import type { LastBulk } from './acting-state.ts';
import type { MonitorState } from './state.ts';

/**
 * Counts of whole actions on many, by `bulkOf`: of this session's own all rows, also those refused before they were sent; of
 * large ones of other sessions the counts of the audit.
 */
export function countedBulkActions({
  acting: { bulkActions },
  activity,
}: MonitorState): ReadonlyMap<string, BulkCounts> {
  const undoneOf = new Map<string, number | undefined>();
  const counted = (activity ?? []).flatMap(({ key, bulkOutcomes, bulkUndone }): (readonly [string, BulkCounts])[] => {
    const bulk = bulkOf(key);
    if (bulk === null || bulkOutcomes === undefined) return [];
    const total = [...bulkOutcomes.values()].reduce((sum, many) => sum + many, 0);
    undoneOf.set(bulk, bulkUndone);
    return [[bulk, { total, outcomes: bulkOutcomes, undone: bulkUndone }]];
  });
  return new Map([
    ...cutBulk(activity ?? []),
    ...counted,
    ...bulkActions.filter(isKnown).map(({ key, results, refused }, index) => {
      const outcomes = new Map<string, number>();
      const add = (outcome: string, many: number): void => {
        if (many > 0) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + many);
      };
      for (const { outcome } of results) add(outcome.kind, 1);
      const gone = refused.filter(({ reason }) => reason.kind === 'gone').length;
      add('gone', gone);
      add('refused', refused.length - gone);
      const tables = new Set(results.filter(isApplied).map(({ change }) => change.tableName));
      const undone = undoneOf.get(key) ?? undoneBy(bulkActions.slice(index + 1), results);
      return [key, { total: results.length + refused.length, outcomes, undone, tables }] as const;
    }),
  ]);
}

const isApplied = ({ outcome }: RowOutcome): boolean => outcome.kind === 'applied';

/**
 * How many rows of an action on many later ones of this session took back. Undefined if not all: the others may have been taken back by one
 * row at a time, or by other sessions.
 */
function undoneBy(later: readonly LastBulk[], results: LastBulk['results']): number | undefined {
  const next = new Map<number, LastBulk['action']>();
  for (const { action, results: rows } of later)
    for (const { change } of rows.filter(isApplied))
      if (!next.has(change.transition.id)) next.set(change.transition.id, action);
  const applied = results.filter(isApplied);
  const undone = applied.filter(({ change }) => next.get(change.transition.id) === 'undo').length;
  return undone > 0 && undone === applied.length ? undone : undefined;
}

/** Where the connection was lost, only the audit learns later what was changed. */
function isKnown({ results }: LastBulk): boolean {
  return results.every(({ outcome }) => outcome.kind !== 'unknown');
}

/** The actions on many of which the local audit was read only in part. */
function cutBulk(activity: readonly AuditEntry[]): (readonly [string, BulkCounts])[] {
  return activity.flatMap((entry): (readonly [string, BulkCounts])[] => {
    const bulk = entry.isBulkPart === true ? bulkOf(entry.key) : null;
    if (bulk === null) return [];
    const own = activity.filter(({ key }) => bulkOf(key) === bulk);
    const outcomes = new Map<string, number>();
    for (const { outcome } of own) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    return [[bulk, { total: own.length, outcomes, isAtLeast: true }]];
  });
}

/** How many actions of the local audit are listed, an action on many as one; null if the list has all. */
export function listedActions(activity: readonly AuditEntry[]): number | null {
  const { size } = new Set(activity.map((entry) => bulkOf(entry.key) ?? entry));
  const isCut = activity.some(({ bulkOutcomes, isBulkPart }) => bulkOutcomes !== undefined || isBulkPart === true);
  return size >= activityLimit || isCut || activity.length >= activityLimit + wholeRows ? size : null;
}

/** Whether the list has all actions of operators. Of a full page of the audit table only if it ends within an action on many. */
export function hasAllActions({ activity, target }: Pick<MonitorState, 'activity' | 'target'>): boolean {
  if (activity === null) return false;
  if (target.audit === null) return listedActions(activity) === null;
  if (activity.length < activityLimit) return true;
  // The actions before that action on many are read besides, a page of them.
  const last = bulkOf(activity[activityLimit - 1]?.key ?? null);
  const earlier = activity.length - 1 - activity.findLastIndex(({ key }) => bulkOf(key) === last);
  const isCounted = activity.some(({ bulkOutcomes }) => bulkOutcomes !== undefined);
  return last !== null && !isCounted && earlier < activityLimit;
}
