import { type BulkPlan, outcomeCounts, type RowOutcome, refusalCounts } from '../domain/bulk-actions.ts';
import type { Outcome, Refusal } from '../domain/transitions.ts';
import { changersText } from './changers-text.ts';
import { count } from './figures.ts';
import { operationLabel, withoutTables } from './operation-label.ts';

const done: Readonly<Record<string, string>> = {
  pause: 'paused',
  resume: 'resumed',
  skip: 'skipped',
  retry: 'queued again',
  undo: 'undone',
  takeover: 'taken over',
  'batch size': 'resized',
  accept: 'accepted',
  unaccept: 'unresolved again',
  reason: 'reason given for',
};

/** The participle of an action, for its result: `paused`, `queued again`. */
export function doneWord(action: string): string {
  return done[action] ?? action;
}

/** The action as a verb, as it follows `cannot`. */
export function verbOf(action: string): string {
  return action === 'takeover' ? 'take over' : action === 'batch size' ? 'change the batch size of' : action;
}

const progressing: Readonly<Record<string, string>> = {
  pause: 'pausing',
  resume: 'resuming',
  skip: 'skipping',
  retry: 'retrying',
  undo: 'undoing',
  mark: 'marking',
  takeover: 'taking over',
  'batch size': 'resizing',
  accept: 'accepting',
};

const outcomes: Readonly<Record<Outcome['kind'], string>> = {
  applied: 'done',
  stale: 'changed by another session first',
  changed: 'another operation now',
  gone: 'gone',
  locked: 'locked by another session',
  refused: 'refused',
  unknown: 'not known: the connection was lost',
  'not applied': 'not applied: the connection was lost',
  'not sent': 'not sent',
};

/** Operations that were named and are not in the plan of an action on many: how many, and why, with their numbers. */
export interface OtherRows {
  readonly rows: number;
  readonly reasons: readonly string[];
}

const noOthers: OtherRows = { rows: 0, reasons: [] };

/**
 * The result of an action on many in one line: `paused: 11 of 12 operations (1 locked by another session)`, of one that is known by its
 * name: `taken over: operation 2201 · cases`, `not queued again: operation 1914 · fees (already has attempt 2135)`.
 *
 * @param refusedBefore how many operations the plan refused
 * @param named other operations that were named, which the plan does not have
 */
export function bulkResult(
  action: string,
  results: readonly RowOutcome[],
  refusedBefore = 0,
  named: OtherRows = noOthers,
): string {
  const counts = outcomeCounts(results);
  const applied = counts.find(([kind]) => kind === 'applied')?.[1] ?? 0;
  const all = results.length + refusedBefore + named.rows;
  const others = counts
    .filter(([kind]) => kind !== 'applied')
    .map(([kind, rows]) => `${count(rows)} ${wordsOf(kind, results)}${kind === 'refused' ? refusals(results) : ''}`);
  const before = refusedBefore === 0 ? [] : [`${count(refusedBefore)} not possible`];
  const [only] = results;
  const isAlone = all === 1 && only !== undefined && only.outcome.kind !== 'applied';
  const rest = isAlone ? reasonOf(only) : [...others, ...before, ...named.reasons].join(', ');
  // A change with an unknown outcome may have been made.
  const isNone = applied === 0 && all > 0 && !counts.some(([kind]) => kind === 'unknown');
  const number = applied === all || isNone ? count(all) : `${count(applied)} of ${count(all)}`;
  const isUnknown = isAlone && only.outcome.kind === 'unknown';
  const word = `${isUnknown ? 'perhaps ' : isNone ? 'not ' : ''}${done[action] ?? action}`;
  const what = all === 1 ? nameOfOne(only) : `${number} operations`;
  return `${word}: ${what}${rest === '' ? '' : ` (${rest})`}`;
}

/** The single operation of an action, by its name if that is known. */
function nameOfOne(only: RowOutcome | undefined): string {
  if (only === undefined) return '1 operation';
  return operationLabel({ id: only.change.transition.id, tableName: only.change.tableName });
}

/** The other outcomes than `applied` in a few words. */
const briefOutcomes: Readonly<Record<Outcome['kind'], string>> = {
  ...outcomes,
  stale: 'changed first',
  changed: 'other operations now',
  locked: 'locked',
  unknown: 'not known',
  'not applied': 'not applied',
};

/**
 * The result of an action on many for 80 columns, beside the keys: `paused: 135 of 160, 25 locked`, or of one row the whole
 * reason: `operation 31 not undone: the row has changed since`.
 */
export function bulkBrief(action: string, results: readonly RowOutcome[], refusedBefore = 0): string {
  const [only] = results;
  const word = done[action] ?? action;
  if (only !== undefined && results.length + refusedBefore === 1)
    return only.outcome.kind === 'applied'
      ? withoutTables(bulkResult(action, results))
      : `operation ${only.change.transition.id} not ${word}: ${reasonOf(only)}`;
  const counts = outcomeCounts(results);
  const applied = counts.find(([kind]) => kind === 'applied')?.[1] ?? 0;
  const all = results.length + refusedBefore;
  if (applied === all) return bulkResult(action, results);
  const others = counts.flatMap(([kind, rows]) =>
    kind === 'applied' ? [] : [`${count(rows)} ${wordsOf(kind, results, briefOutcomes)}`],
  );
  const rest = [...others, ...(refusedBefore === 0 ? [] : [`${count(refusedBefore)} not possible`])].join(', ');
  const isNone = applied === 0 && !counts.some(([kind]) => kind === 'unknown');
  return isNone ? `not ${word}: ${rest}` : `${word}: ${count(applied)} of ${count(all)}, ${rest}`;
}

/** An outcome in words; of rows that were changed first, with the names of those who did. */
function wordsOf(kind: Outcome['kind'], results: readonly RowOutcome[], words = outcomes): string {
  if (kind !== 'stale') return words[kind];
  const who = changersText(results.flatMap(({ outcome }) => (outcome.kind === 'stale' ? [outcome.by] : [])));
  return who === null ? words.stale : `changed by ${who}${words === outcomes ? ' first' : ''}`;
}

/** The new attempt of a single retry: `retrying operation 1914 as 2135, watching it`; null for anything else. @param watching what it says of its watch */
export function retryText(results: readonly RowOutcome[], refusedBefore: number, watching: string): string | null {
  const [only] = results;
  if (results.length !== 1 || refusedBefore > 0 || only?.outcome.kind !== 'applied') return null;
  const { added } = only.outcome;
  if (added === undefined) return null;
  return `retrying operation ${only.change.transition.id} as ${added.id}${watching}`;
}

/** Why operations were refused; of several reasons the first one. */
function refusals(results: readonly RowOutcome[]): string {
  const reasons = new Set(results.flatMap(({ outcome }) => (outcome.kind === 'refused' ? [outcome.reason] : [])));
  const [first] = reasons;
  return first === undefined ? '' : `${reasons.size === 1 ? ': ' : ', the first: '}${first}`;
}

function reasonOf({ change, outcome }: RowOutcome): string {
  return outcome.kind === 'refused' ? outcome.reason : unchangedText(outcome, change.transition.from);
}

/** The progress of an action on many: `pausing 4,200 of 12,000 operations`. */
export function bulkProgress(action: string, processed: number, total: number | null): string {
  const word = progressing[action] ?? action;
  return total === null
    ? `${word}: reading the operations, ${count(processed)} so far`
    : `${word} ${count(processed)} of ${count(total)} operations`;
}

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
  }
}

/** Why a row of an action on many was not changed. `from`: the status that the operator saw. */
export function unchangedText(outcome: Outcome, from?: string): string {
  switch (outcome.kind) {
    case 'stale':
      // Some undos need the very version that the action wrote.
      if (outcome.actual === from)
        return outcome.by === undefined ? 'the row has changed since' : `${outcome.by} has changed it since`;
      return `${outcome.by ?? 'another session'} changed it to ${outcome.actual}`;
    case 'changed':
      return `this id is another operation now (${outcome.now})`;
    case 'refused':
    case 'not sent':
    case 'unknown':
      return `${outcomes[outcome.kind]}: ${outcome.reason}`;
    case 'applied':
      return outcome.added === undefined ? outcomes.applied : `queued as operation ${outcome.added.id}`;
    default:
      return outcomes[outcome.kind];
  }
}
