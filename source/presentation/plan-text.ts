import { type BulkPlan, refusalCounts } from '../domain/bulk-actions.ts';
import type { Refusal } from '../domain/transitions.ts';
import { doneWord, noOthers, type OtherRows, verbOf } from './bulk-text.ts';
import { count } from './figures.ts';

/**
 * The plan of an action on many: `12 operations will be skipped. 3 will not: 2 are running (pause them first), 1 is completed`; of one
 * that is refused `operation 31 would not be taken over: its worker is alive`.
 *
 * @param others operations that were named, which the plan does not have
 * @param will `would` of what is not done now
 */
export function planText(
  action: string,
  plan: BulkPlan,
  others: OtherRows = noOthers,
  will: 'will' | 'would' = 'will',
): string {
  const changed = plan.changes.length;
  const refused = plan.refused.length + others.rows;
  const why = refusedText(plan, others.reasons, will === 'would');
  const [only] = plan.refused;
  const done = planned[action] ?? doneWord(action);
  if (changed === 0 && refused > 0)
    return `${refused === 1 && only !== undefined ? `operation ${only.id} ${will} not` : `no operation ${will}`} be ${done}: ${why}`;
  const [one] = plan.changes;
  const name = changed === 1 && one !== undefined ? `operation ${one.transition.id}` : `${count(changed)} operations`;
  const changes = `${name} ${will} be ${done}`;
  return refused === 0 ? changes : `${changes}. ${count(refused)} ${will} not: ${why}`;
}

/**
 * Why an action on many leaves operations out: `2 are running (pause them first), 1 is completed`, of a single one `it is completed`. A command
 * has its remedies below.
 */
export function refusedText(plan: BulkPlan, others: readonly string[] = [], isCommand = false): string {
  const [only, ...more] = plan.refused;
  if (only !== undefined && more.length === 0 && others.length === 0 && only.reason.kind !== 'size')
    return `${ofWorker.includes(only.reason.kind) ? 'its worker' : 'it'} ${refusalText(only.reason, 1, isCommand)}`;
  const reasons = refusalCounts(plan).map(
    ({ reason, rows }) =>
      `${count(rows)} ${ofWorker.includes(reason.kind) ? `${rows === 1 ? 'worker' : 'workers'} ` : ''}${refusalText(reason, rows, isCommand)}`,
  );
  return [...reasons, ...others].join(', ');
}

/** The participle of an action for its plan, where it differs from that of its result. */
const planned: Readonly<Record<string, string>> = { retry: 'retried' };

/** The refusals that are about the worker of an operation. */
const ofWorker: readonly Refusal['kind'][] = ['alive', 'unproven'];

function refusalText(reason: Refusal, rows: number, isCommand: boolean): string {
  const are = rows === 1 ? 'is' : 'are';
  switch (reason.kind) {
    case 'do-first':
      if (isCommand) return `${are} running`;
      return `${are} running (${reason.action} ${rows === 1 ? 'it' : 'them'} first)`;
    case 'alive':
      return `${are} alive`;
    case 'unproven':
      if (isCommand) return `${are} not proven dead`;
      return `${are} not proven dead (take ${rows === 1 ? 'it over by itself' : 'them over one by one'})`;
    case 'attempt':
      return `${rows === 1 ? 'has' : 'have'} another attempt already`;
    case 'resolved':
      return rows === 1 ? `is resolved by operation ${reason.by}` : 'are resolved by later attempts';
    case 'size':
      return reason.why;
    case 'acted':
      return `${rows === 1 ? 'was' : 'were'} changed by ${reason.by} since`;
    case 'requeued':
      return `${rows === 1 ? 'was' : 'were'} put back into the queue since`;
    case 'gone':
      return `${are} gone`;
    default:
      return `${are} ${reason.status}`;
  }
}

/** Why an undo is refused because another operator has acted on the operation since. */
export function actedText(operator: string): string {
  return `${operator} has acted on it since`;
}

/** Why a failure is not skipped: a later attempt has processed its records. */
export function resolvedByText(by: number): string {
  return `resolved by operation ${by}`;
}

/** Why the undo of a pause is refused if the operation was put back into the queue since. */
export const requeuedText = 'it was put back into the queue since';

/** Says that the rows of marked operations were deleted. */
export function deletedMarksText(deleted: number, marked: number): string {
  if (deleted < marked)
    return `${count(deleted)} of ${count(marked)} marked operations ${deleted === 1 ? 'was' : 'were'} deleted`;
  return marked === 1 ? 'the marked operation was deleted' : `all ${count(marked)} marked operations were deleted`;
}

/** Why nothing is done to a row that was deleted, as it follows a colon. */
export const deletedText = 'its row was deleted';

/** Why nothing is done to a row that was deleted, where no colon is before it. */
export const goneText = `gone: ${deletedText}`;

/** Why an action does nothing to an operation of its status. */
export function refusalOfOne(action: string, reason: Refusal): string {
  switch (reason.kind) {
    case 'do-first':
      return `cannot ${verbOf(action)} it: ${reason.action} it first`;
    case 'already':
      return `already ${reason.status}`;
    case 'wrong-status':
      return `cannot ${verbOf(action)} a ${reason.status} operation`;
    case 'alive':
      return `alive: ${reason.why}`;
    case 'unproven':
      return `not proven dead: ${reason.why}`;
    case 'size':
    case 'attempt':
      return reason.why;
    case 'resolved':
      return resolvedByText(reason.by);
    case 'acted':
      return actedText(reason.by);
    case 'requeued':
      return requeuedText;
    case 'gone':
      return goneText;
  }
}
