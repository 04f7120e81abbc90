import type { NotAsked } from '../domain/asked-rows.ts';
import type { BulkPlan, RowOutcome } from '../domain/bulk-actions.ts';
import type { Operation } from '../domain/operation.ts';
import type { SkipCosts } from '../domain/skip-costs.ts';
import { bulkResult, unchangedText, verbOf } from './bulk-text.ts';
import { count } from './figures.ts';
import { operationLabel } from './operation-label.ts';
import { planText, refusalOfOne } from './plan-text.ts';
import { skipCostDocument, skipCostTexts } from './skip-cost-text.ts';

export interface BulkReport {
  readonly action: string;
  readonly reason: string | null;
  readonly plan: BulkPlan;
  /** Null if nothing was to be changed (`--dry-run`). */
  readonly results: readonly RowOutcome[] | null;
  /** Whether a filter found them: then the ids that were changed are listed. */
  readonly isByFilter?: boolean;
  /** Named ids that are not in the table. */
  readonly missing: readonly number[];
  /** Named ids whose rows cannot be read. */
  readonly unreadable?: readonly number[];
  /** Named operations that do not match the filter. */
  readonly unmatched: readonly Pick<Operation, 'id' | 'tableName'>[];
  /** Operations that match the filter and that the action does not change in their status. */
  readonly notAsked?: readonly NotAsked[];
  /** The possible effects of a skip; null of other actions, and of a skip of nothing. */
  readonly cost?: SkipCosts | null;
}

const noMatch = 'does not match --where';
const notRead = 'its row cannot be read';

/** How many operations that were not changed are listed. */
const mostListed = 100;

/** How many of the ids that were or would be changed are listed. */
const mostIds = 20;

/** The result of an action on many as text: one line, the ids that were changed, then the operations that were not and why. */
export function bulkReport({
  action,
  plan,
  results,
  isByFilter = false,
  missing,
  unreadable = [],
  unmatched,
  notAsked = [],
  cost = null,
}: BulkReport): string {
  const unread = unmatched.length + missing.length + unreadable.length;
  const isNone = plan.changes.length + plan.refused.length + unread === 0;
  const others = {
    rows: unread,
    reasons: [
      ...(missing.length > 0 ? [`${count(missing.length)} not in the table`] : []),
      ...(unreadable.length > 0 ? [`${count(unreadable.length)} unreadable`] : []),
      ...(unmatched.length > 0 ? [`${count(unmatched.length)} without a match`] : []),
    ],
  };
  const planned = isNone ? `no operation to ${verbOf(action)}` : planText(action, plan, others, 'would');
  const done = isNone ? planned : bulkResult(action, results ?? [], plan.refused, others);
  const beside = notAsked.map(({ why, rows }) => `, ${count(rows)} ${why}`).join('');
  const first = `${results === null ? `dry run: ${planned}` : done}${beside}`;
  // A retry names each new operation below.
  const changed = (results ?? []).flatMap(({ change, outcome }) =>
    isByFilter && outcome.kind === 'applied' && outcome.added === undefined ? [change] : [],
  );
  const ids = (results === null ? plan.changes : changed).map(({ transition }) => transition.id);
  // The first line names a single one.
  const isNamed =
    ids.length === 1 && plan.changes.length === 1 && (results === null || plan.refused.length + unread === 0);
  const changing = isNamed ? [] : idsText(ids);
  const lines = [
    ...missing.map((id) => `operation ${id}: not in the table`),
    ...unreadable.map((id) => `operation ${id}: ${notRead}`),
    ...unmatched.map((operation) => `${operationLabel(operation)}: ${noMatch}`),
    ...plan.refused.map(
      ({ id, tableName, reason }) => `${operationLabel({ id, tableName })}: ${refusalOfOne(action, reason)}`,
    ),
    ...(results ?? [])
      .filter(({ outcome }) => outcome.kind !== 'applied' || outcome.added !== undefined)
      .map(
        ({ change, outcome }) =>
          `${operationLabel({ id: change.transition.id, tableName: change.tableName })}: ${unchangedText(outcome, change.transition.from)}`,
      ),
  ];
  const more = lines.length > mostListed ? [`and ${count(lines.length - mostListed)} more (--json lists all)`] : [];
  const isUnproven = plan.refused.some(({ reason }) => reason.kind === 'unproven');
  const remedy = isUnproven ? ['--unproven also takes over those that are not proven dead'] : [];
  // Afterwards it is too late.
  const costs = results === null && cost !== null ? skipCostTexts(cost) : [];
  const beneath = [
    ...changing,
    ...costs.map(({ name, says }) => `${name}: ${says}`),
    ...lines.slice(0, mostListed),
    ...more,
    ...remedy,
    ...stillWorking(action, results ?? []),
  ];
  return [first, ...beneath.map((line) => `  ${line}`)].join('\n');
}

/** The line that the workers of running operations, which were paused, have not stopped yet. */
function stillWorking(action: string, results: readonly RowOutcome[]): string[] {
  const running = results.filter(
    ({ change, outcome }) => action === 'pause' && outcome.kind === 'applied' && change.transition.from === 'running',
  );
  const [one, another] = running;
  if (one === undefined) return [];
  if (another === undefined) {
    const { id } = one.change.transition;
    return [`operation ${id} was running: its worker stops after its batch; migtop show ${id} says whether it has`];
  }
  return [
    `${count(running.length)} were running: their workers stop after their batches; migtop show ID says whether one has`,
  ];
}

/** The ids of the operations that were or would be changed, in one line; none without ids. */
function idsText(ids: readonly number[]): string[] {
  const rest = ids.length - mostIds;
  const listed = ids.slice(0, mostIds).join(', ');
  return ids.length === 0 ? [] : [`ids ${listed}${rest > 0 ? ` and ${count(rest)} more` : ''}`];
}

/** The result of an action on many as JSON, for scripts (docs/json.md). */
export function bulkDocument({
  action,
  reason,
  plan,
  results,
  missing,
  unreadable = [],
  unmatched,
  notAsked = [],
  cost = null,
}: BulkReport) {
  const outcomes = new Map((results ?? []).map(({ change, outcome }) => [change, outcome]));
  const changes = plan.changes.map((change) => {
    const { id, from, to } = change.transition;
    const outcome = outcomes.get(change);
    const isApplied = outcome?.kind === 'applied';
    return {
      id,
      tableName: change.tableName,
      from,
      to,
      outcome: outcome?.kind ?? 'planned',
      reason: outcome === undefined || isApplied ? null : unchangedText(outcome, from),
      added: isApplied ? (outcome.added?.id ?? null) : null,
    };
  });
  const refused = [
    ...unreadable.map((id) => ({ id, tableName: null, reason: notRead })),
    ...unmatched.map(({ id, tableName }) => ({ id, tableName, reason: noMatch })),
    ...plan.refused.map(({ id, tableName, reason: why }) => ({ id, tableName, reason: refusalOfOne(action, why) })),
  ].map(({ id, tableName, reason: why }) => ({
    id,
    tableName,
    from: null,
    to: null,
    outcome: 'not possible',
    reason: why,
    added: null,
  }));
  const gone = missing.map((id) => ({
    id,
    tableName: null,
    from: null,
    to: null,
    outcome: 'gone',
    reason: null,
    added: null,
  }));
  return {
    action,
    reason,
    dryRun: results === null,
    changed: changes.filter(({ outcome }) => outcome === 'applied').length,
    operations: [...changes, ...refused, ...gone],
    ...(cost !== null && { cost: skipCostDocument(cost) }),
    ...(notAsked.length > 0 && { notAsked: notAsked.map(({ why, rows }) => ({ reason: why, operations: rows })) }),
  };
}
