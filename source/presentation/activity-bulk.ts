import type { AuditEntry } from '../domain/audit.ts';
import { isOverwritingOpen } from '../domain/audited-results.ts';
import { bulkOf } from '../domain/bulk-key.ts';
import { workerBefore } from './action-text.ts';
import type { BulkCounts } from './bulk-counts.ts';
import { doneWord } from './bulk-text.ts';
import { changersText } from './changers-text.ts';
import { count } from './figures.ts';
import type { ActivityRow } from './rows.ts';
import { actionWord } from './size-text.ts';
import type { Tone } from './theme.ts';

/**
 * The rows with one row for each action on many. It is where the newest of its actions is.
 *
 * @param counted what is known of whole actions on many, by `bulkOf`: the list may hold only a part of a large one
 */
export function groupedBulkActions(
  rows: readonly ActivityRow[],
  counted: ReadonlyMap<string, BulkCounts> = new Map(),
): readonly ActivityRow[] {
  const groups = Map.groupBy(rows, ({ entry }) => bulkOf(entry?.key ?? null));
  const shown = new Set<string>();
  return rows.flatMap((row): ActivityRow[] => {
    const key = bulkOf(row.entry?.key ?? null);
    const members = key === null ? [] : (groups.get(key) ?? []);
    const counts = key === null ? undefined : counted.get(key);
    if (key === null || (members.length < 2 && (counts?.total ?? 0) < 2)) return [row];
    if (shown.has(key)) return [];
    shown.add(key);
    const bulk = { rows: members, counts: counts ?? countsOf(members) };
    return [{ ...row, key: `bulk ${key}`, tracked: null, result: null, bulk }];
  });
}

function countsOf(rows: readonly ActivityRow[]): BulkCounts {
  const outcomes = new Map<string, number>();
  for (const { entry } of rows) {
    const outcome = entry?.outcome ?? '';
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  return { total: rows.length, outcomes };
}

/** The other outcomes than `applied` in a count. */
const outcomeWords: Readonly<Record<string, string>> = {
  started: 'in progress',
  stale: 'changed by another session first',
  gone: 'gone',
  'gone or hidden': 'gone or hidden',
  changed: 'another operation now',
  repeated: 'with a repeated id',
  hidden: 'hidden by a policy',
  locked: 'locked',
  late: 'too late: the database was slow',
  refused: 'refused',
  kept: 'kept by a trigger',
  'not sent': 'not sent',
  unknown: 'not known',
  unclear: 'not known',
};

/**
 * The result of an action on many: `paused 19 of 21 operations, 2 locked, 1 overwritten`, `queued again 12 operations: 9 completed, 3 pending`.
 *
 * @param isShort without the word `operations`, for a list that has their number in another column
 */
export function bulkResultOf(
  { entry, bulk }: ActivityRow,
  isShort = false,
): { readonly text: string; readonly tone: Tone } {
  if (entry === null || bulk === null) return { text: '', tone: 'plain' };
  const { rows, counts } = bulk;
  const applied = counts.outcomes.get('applied') ?? 0;
  const word = doneWord(actionWord(entry.action));
  const not = [...counts.outcomes]
    .filter(([outcome]) => outcome !== 'applied')
    .map(([outcome, many]) => `${count(many)} ${wordsOf(outcome, many, changersOf(rows))}`);
  const overwritten = rows.filter(({ result }) => result?.state === 'overwritten').length;
  const deleted = rows.filter(
    ({ entry: one, result }) => one?.outcome === 'applied' && result?.state === 'gone',
  ).length;
  // The number of its message and of its undo, also if not all have kept what it set.
  const number = partText(applied, counts.total);
  const working = rows.filter(({ tracked }) => tracked?.result.kind === 'progressing').length;
  const listed = rows.filter(({ entry: one }) => one?.outcome === 'applied').length;
  const isWhole = listed >= applied;
  const trouble = [
    ...troubleText(overwritten, 'overwritten', isWhole),
    ...troubleText(deleted, 'gone', isWhole),
    ...troubleText(working, 'not stopped', isWhole && rows.every(showsWhetherStopped)),
  ];
  const undone =
    counts.undone === undefined
      ? undoneText(rows.filter(({ result }) => result?.state === 'undone').length, listed, applied)
      : undoneText(counts.undone, applied);
  const more = counts.isAtLeast === true ? ' or more' : '';
  const parts = [`${word} ${number}${more}${isShort ? '' : ' operations'}`, ...not, ...trouble, ...undone].join(', ');
  const attempts = attemptsOf(rows) || kindsOf(rows);
  const isBad = deleted + working > 0 || rows.some(({ result }) => isOverwritingOpen(result));
  return {
    text: attempts === '' ? parts : `${parts}: ${attempts}`,
    tone: isBad ? 'bad' : not.length > 0 ? 'warn' : 'plain',
  };
}

/** Whether it is known of an action whether the worker has stopped: not all actions of a large action on many are followed. */
export function showsWhetherStopped({ entry, tracked, result }: ActivityRow): boolean {
  return entry?.outcome !== 'applied' || tracked !== null || (result !== null && result.state !== 'holds');
}

/**
 * How many rows have not kept what an action on many set: `5 overwritten`, `200 or more not stopped`.
 *
 * @param isWhole whether that is known of each
 */
export function troubleText(many: number, trouble: string, isWhole: boolean): readonly string[] {
  if (many === 0) return [];
  return [`${count(many)}${isWhole ? '' : ' or more'} ${trouble}`];
}

/** Who changed the rows of a list first to which an action came too late; null of those that are not known. */
function changersOf(rows: readonly ActivityRow[]): readonly (string | null)[] {
  return rows.flatMap(({ entry }) => (entry?.outcome === 'stale' ? [workerBefore(entry)] : []));
}

/**
 * An outcome in words; of operations that workers had changed before, with their names.
 *
 * @param changers who changed the listed rows to which the action came too late
 */
export function wordsOf(outcome: string, many: number, changers: readonly (string | null)[]): string {
  const words = outcomeWords[outcome] ?? outcome;
  if (outcome !== 'stale') return words;
  // The list may hold only a part of a large action.
  const who = changers.length === many ? changersText(changers) : null;
  return who === null ? words : `changed by ${who} first`;
}

/** How many of the operations of an action on many it changed: `23`, or `22 of 23`. */
export function partText(part: number, total: number): string {
  return part === total ? count(total) : `${count(part)} of ${count(total)}`;
}

/**
 * How many of the applied actions of an action on many were taken back: `undone` if all were.
 *
 * @param listed of how many of the applied ones that is known: of a large action on many perhaps not of all
 */
export function undoneText(undone: number, listed: number, applied = listed): readonly string[] {
  if (undone === 0) return [];
  if (undone === listed && listed >= applied) return ['undone'];
  return [listed < applied ? `${count(undone)} or more undone` : `${count(undone)} undone`];
}

/** The kind of the failures that were accepted: `deadlock detected`, or `2 kinds`. */
function kindsOf(rows: readonly ActivityRow[]): string {
  const kinds = [...new Set(rows.flatMap(({ failureKind }) => failureKind ?? []))];
  const [only = ''] = kinds;
  return kinds.length > 1 ? `${count(kinds.length)} kinds` : only;
}

/** The statuses of the operations that retries have added, or that were taken over: `9 completed, 3 pending`. */
function attemptsOf(rows: readonly ActivityRow[]): string {
  const statuses = new Map<string, number>();
  for (const { entry, result } of rows)
    if (result?.state === 'retried' || (result !== null && entry?.action === 'takeover' && result.status !== ''))
      statuses.set(result.status, (statuses.get(result.status) ?? 0) + 1);
  return [...statuses].map(([status, many]) => `${count(many)} ${status}`).join(', ');
}

/** The values of a field of the actions of a row, each once, without those of actions that changed nothing. */
export function distinctValues({ entry, bulk }: ActivityRow, of: (entry: AuditEntry) => string): readonly string[] {
  const entries = bulk === null ? [entry] : bulk.rows.map((row) => row.entry);
  return [...new Set(entries.flatMap((one) => (one === null || !mayHaveChanged(one) ? [] : [of(one)])))];
}

/** Whether an action changed its operation, or may have. */
function mayHaveChanged({ outcome }: AuditEntry): boolean {
  return ['applied', 'started', 'unknown', 'unclear'].includes(outcome);
}
