import { type BulkPlan, outcomeCounts, type RowOutcome } from '../domain/bulk-actions.ts';
import type { Outcome } from '../domain/transitions.ts';
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

/** No other operations. */
export const noOthers: OtherRows = { rows: 0, reasons: [] };

/**
 * The result of an action on many in one line: `paused: 11 of 12 operations (1 locked by another session)`, of one that is known by its
 * name: `taken over: operation 2201 · cases`, `not queued again: operation 1914 · fees (already has attempt 2135)`.
 *
 * @param refused the operations that the plan refused
 * @param named other operations that were named, which the plan does not have
 */
export function bulkResult(
  action: string,
  results: readonly RowOutcome[],
  refused: BulkPlan['refused'] = [],
  named: OtherRows = noOthers,
): string {
  const counts = withGoneRows(outcomeCounts(results), refused);
  const applied = counts.find(([kind]) => kind === 'applied')?.[1] ?? 0;
  const all = results.length + refused.length + named.rows;
  const others = counts
    .filter(([kind]) => kind !== 'applied')
    .map(([kind, rows]) => `${count(rows)} ${wordsOf(kind, results)}${kind === 'refused' ? refusals(results) : ''}`);
  const [only] = results;
  const isAlone = all === 1 && only !== undefined && only.outcome.kind !== 'applied';
  const rest = isAlone ? reasonOf(only) : [...others, ...notPossible(refused), ...named.reasons].join(', ');
  // A change with an unknown outcome may have been made.
  const isNone = applied === 0 && all > 0 && !counts.some(([kind]) => kind === 'unknown');
  const number = applied === all || isNone ? count(all) : `${count(applied)} of ${count(all)}`;
  const isUnknown = isAlone && only.outcome.kind === 'unknown';
  const word = `${isUnknown ? 'perhaps ' : isNone ? 'not ' : ''}${done[action] ?? action}`;
  const what = all === 1 ? nameOfOne(only) : `${number} operations`;
  return `${word}: ${what}${rest === '' ? '' : ` (${rest})`}`;
}

type Counts = ReturnType<typeof outcomeCounts>;

/** The counts of the outcomes with the rows that were gone before the action. */
function withGoneRows(counts: Counts, refused: BulkPlan['refused']): Counts {
  const before = refused.filter(({ reason }) => reason.kind === 'gone').length;
  if (before === 0) return counts;
  const known = counts.find(([kind]) => kind === 'gone')?.[1] ?? 0;
  return [...counts.filter(([kind]) => kind !== 'gone'), ['gone', known + before]];
}

/** How many operations the plan refused although they are there. */
function notPossible(refused: BulkPlan['refused']): string[] {
  const rows = refused.filter(({ reason }) => reason.kind !== 'gone').length;
  return rows === 0 ? [] : [`${count(rows)} not possible`];
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
export function bulkBrief(action: string, results: readonly RowOutcome[], refused: BulkPlan['refused'] = []): string {
  const [only] = results;
  const word = done[action] ?? action;
  if (only !== undefined && results.length + refused.length === 1)
    return only.outcome.kind === 'applied'
      ? withoutTables(bulkResult(action, results))
      : `operation ${only.change.transition.id} not ${word}: ${reasonOf(only)}`;
  const counts = withGoneRows(outcomeCounts(results), refused);
  const applied = counts.find(([kind]) => kind === 'applied')?.[1] ?? 0;
  const all = results.length + refused.length;
  if (applied === all) return bulkResult(action, results);
  const others = counts.flatMap(([kind, rows]) =>
    kind === 'applied' ? [] : [`${count(rows)} ${wordsOf(kind, results, briefOutcomes)}`],
  );
  const rest = [...others, ...notPossible(refused)].join(', ');
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
