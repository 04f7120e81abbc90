import type { AuditEntry } from '../domain/audit.ts';
import { cleanLine } from '../domain/clean-text.ts';
import { countingChanges } from '../domain/counting-changes.ts';
import { hasEarlier } from '../domain/earlier.ts';
import { errorOrNone } from '../domain/failure-kind.ts';
import type { Observation } from '../domain/observation.ts';
import { endedAt, type Operation, operationKey, type Status, statuses } from '../domain/operation.ts';
import { operatorName } from '../domain/operator-name.ts';
import { redactError } from '../domain/redact.ts';
import type { SinceScope } from '../domain/since.ts';
import { isCounting } from '../domain/snapshot.ts';
import { stallsOf } from '../domain/stalled-operations.ts';
import { standingStillOf } from '../domain/standing-still.ts';
import { operationsIn } from '../domain/summary.ts';
import { everyTrack, trackFor } from '../domain/tracks.ts';
import { earlierLine } from '../presentation/earlier-text.ts';
import { clockText, count } from '../presentation/figures.ts';
import { phasePercent } from '../presentation/more-records.ts';
import { noPhaseText } from '../presentation/no-operations.ts';
import { operationLabel } from '../presentation/operation-label.ts';
import { actionText } from '../presentation/size-text.ts';
import { standingText } from '../presentation/standing-text.ts';
import { truncate } from '../presentation/text-width.ts';
import { keyOf } from './commands.ts';
import { addedLines, connectedAgain, countingToast, removed, unreadable } from './event-toasts.ts';
import type { MonitorState } from './state.ts';

/** Maximum number of operations that have a line each; for more, one line has their number and the first. */
const namedOnes = 3;

/** Maximum columns of a line: the rest of an error is in the detail, or in `migtop status --json`. */
const longestLine = 300;

/** The changes between two states, a line each. */
export interface PlainLines {
  /** Lines that are written at once. */
  readonly urgent: readonly string[];
  /** Changes that happen all the time while a migration runs: operations that begin and complete. */
  readonly routine: readonly string[];
}

/** The first line: the watched table, and how to quit. */
export function plainTitle(state: MonitorState): string {
  const { target, interval } = state;
  const since = target.scope === undefined ? '' : ` since ${target.scope.text}`;
  return cut(
    `migtop watches ${target.table}${since} at ${target.user}@${target.host}/${target.database}, every ${interval.wantedSeconds} s. Quit with ${keyOf(state, 'leave')}, or with ${keyOf(state, 'quit')} and Enter.`,
  );
}

/** The state of the migration when the watching begins. */
export function plainSummary(state: MonitorState, redact = false): readonly string[] {
  const { latest } = state;
  if (latest === null) return [];
  const stalls = stalled(latest, null);
  const newest = latest.snapshot.failures.slice(0, 1).map((one) => `newest failure: ${failureText(one, redact)}`);
  const { earlier } = latest.snapshot;
  const { scope } = state.target;
  const before = hasEarlier(earlier) && scope !== undefined ? [earlierLine(scope.text, earlier)] : [];
  return withTime(state, [
    `${phaseText(latest, scope)}: ${countsText(latest)}${shareText(latest)}`,
    ...before,
    ...newest,
    ...stalls,
  ]);
}

/**
 * The changes since the state that was reported last. Ages, rates and records alone are not reported: they change all the
 * time.
 *
 * @param redact whether values are left out of errors
 */
export function plainLines(reported: MonitorState, state: MonitorState, redact = false): PlainLines {
  const { latest } = state;
  const before = reported.latest;
  const connection = connectionLines(reported, state);
  if (latest === null || before === null || latest === before)
    return { urgent: withTime(state, [...connection, ...activityLines(reported, state)]), routine: [] };
  const { decisions, routine } = statusLines(before, latest);
  const isWhole = isCounting(before.snapshot) && !isCounting(latest.snapshot);
  const isOther = countsText(latest) !== countsText(before) || tenths(latest) !== tenths(before);
  return {
    urgent: withTime(state, [
      ...connection,
      ...notes(reported, state),
      ...textsOf(unreadable(before, latest, 0)),
      ...(before.migration.currentPhase === latest.migration.currentPhase
        ? []
        : [`current phase: ${phaseText(latest, state.target.scope)}`]),
      ...failureLines(before, latest, redact),
      ...stalled(latest, before),
      ...recovered(before, latest),
      ...decisions,
      ...textsOf(removed(before, latest, 0)),
      ...textsOf(countingToast(countingChanges(before, latest), 0)),
      ...activityLines(reported, state),
      ...(isWhole ? ['the whole table is counted'] : []),
    ]),
    routine: withTime(state, [
      ...routine,
      ...addedLines(state.events.filter((event) => !reported.events.includes(event))),
      ...(isOther ? [`now ${countsText(latest)}${shareText(latest)}`] : []),
    ]),
  };
}

/** The changes of the connection between two states. */
export function connectionLines(reported: MonitorState, state: MonitorState): readonly string[] {
  const { connection } = state;
  if (connection.kind === 'lost') {
    const known = reported.connection.kind === 'lost' ? reported.connection.problem : null;
    return known === connection.problem ? [] : [`connection lost: ${connection.problem}`];
  }
  return textsOf(connectedAgain({ ...reported, toast: null }, state.receivedAtMs));
}

function notes(reported: MonitorState, state: MonitorState): readonly string[] {
  return state.target.notes.filter((note) => !reported.target.notes.includes(note));
}

function failureLines(before: Observation, latest: Observation, redact: boolean): readonly string[] {
  const known = new Set(before.snapshot.failures.map(operationKey));
  const grew = latest.migration.statuses.failed > before.migration.statuses.failed;
  const fresh = latest.snapshot.failures.filter(
    // A list that is full shows older failures when newer ones are resolved: only operations that were live are reported then.
    (failure) => !known.has(operationKey(failure)) && (grew || trackFor(before.tracks, failure) !== undefined),
  );
  return named(fresh, 'failed', (one) => `failed: ${failureText(one, redact)}`);
}

function failureText(failure: Operation, redact: boolean): string {
  const error = errorOrNone(failure.errorMessage);
  return `${operationLabel(failure)}: ${redact ? redactError(error) : error}`;
}

function stalled(latest: Observation, before: Observation | null): readonly string[] {
  const fresh = stallsOf(latest).all.filter(
    ({ operation }) => before === null || stallsOf(before).of(operation) === undefined,
  );
  return named(
    fresh,
    'stalled',
    ({ stall, operation }) =>
      `${standingText({ stall, standing: standingStillOf(latest, operation) })}: ${operationLabel(operation)}`,
  );
}

function recovered(before: Observation, latest: Observation): readonly string[] {
  const stalls = stallsOf(latest);
  const recovered = stallsOf(before).all.flatMap(({ operation: before }) => {
    const operation = trackFor(latest.tracks, before)?.operation;
    return operation?.status !== 'running' || stalls.of(operation) !== undefined ? [] : [operation];
  });
  return named(recovered, 'report progress again', (one) => `reports progress again: ${operationLabel(one)}`);
}

/** Operations with another status: `decisions` were made by an operator, `routine` by workers, all the time. */
function statusLines(
  before: Observation,
  latest: Observation,
): { decisions: readonly string[]; routine: readonly string[] } {
  const was = statusesOf(before);
  // Pending operations that a later poll reads are new only if there are more of them.
  const isPendingNew =
    !isCounting(before.snapshot) && latest.migration.statuses.pending > before.migration.statuses.pending;
  const changes: { readonly operation: Operation; readonly text: string; readonly isRoutine: boolean }[] = [];
  for (const { operation } of everyTrack(latest.tracks)) {
    const from = was.get(operationKey(operation));
    if (from === operation.status || operation.status === 'failed') continue;
    // Operations that an operator acted on before are read too: their ends are no news.
    if (from === undefined && (endedAt(operation) ?? Number.POSITIVE_INFINITY) <= before.snapshot.takenAt) continue;
    const isNew = from === undefined && operation.status === 'pending';
    if (isNew && !isPendingNew) continue;
    const isWork = from !== 'paused' && (operation.status === 'running' || operation.status === 'completed');
    changes.push({ operation, text: statusText(from, operation.status), isRoutine: isNew || isWork });
  }
  const lines = (isRoutine: boolean): readonly string[] =>
    [...Map.groupBy(changes, ({ text }) => text)].flatMap(([text, group]) =>
      named(
        group.filter((one) => one.isRoutine === isRoutine).map(({ operation }) => operation),
        text,
        (one) => `${text}: ${operationLabel(one)}${one.workerId === null ? '' : `, worker ${one.workerId}`}`,
      ),
    );
  return { decisions: lines(false), routine: lines(true) };
}

function statusesOf({ tracks, snapshot }: Observation): ReadonlyMap<string, Status> {
  return new Map([
    ...snapshot.failures.map((failure): [string, Status] => [operationKey(failure), failure.status]),
    ...everyTrack(tracks).map(({ operation }): [string, Status] => [operationKey(operation), operation.status]),
  ]);
}

function statusText(from: Status | undefined, to: Status): string {
  if (to === 'running') return from === 'paused' ? 'resumed' : 'started';
  return to === 'pending' && from !== undefined ? 'pending again' : to;
}

function activityLines(reported: MonitorState, state: MonitorState): readonly string[] {
  // Actions from before the watching began are not reported.
  if (reported.activity === null || state.activity === null || reported.activity === state.activity) return [];
  const known = new Map(reported.activity.map((entry) => [activityKey(entry), entry.outcome]));
  const fresh = state.activity.filter((entry) => known.get(activityKey(entry)) !== entry.outcome).toReversed();
  const lines = fresh.map(
    (entry) =>
      `${actionText(entry.action)} of operation ${entry.operationId} by ${operatorName(entry)}: ${entry.fromStatus} to ${entry.toStatus}, ${entry.outcome}${entry.reason === null ? '' : `, because: ${entry.reason}`}`,
  );
  return lines.length <= namedOnes
    ? lines
    : [`${count(lines.length)} actions of operators, the last one: ${lines.at(-1)}`];
}

function activityKey({ key, at, action, operationId }: AuditEntry): string {
  return key ?? `${at} ${action} ${operationId}`;
}

/** A line for each of a few; for many, one line with their number and the first. */
function named<T>(all: readonly T[], what: string, line: (one: T) => string): readonly string[] {
  const [first] = all;
  if (first === undefined || all.length <= namedOnes) return all.map(line);
  return [`${count(all.length)} ${what}, one of them: ${line(first)}`];
}

function phaseText({ migration }: Observation, scope: SinceScope | undefined): string {
  return migration.currentPhase ?? (operationsIn(migration.statuses) === 0 ? noPhaseText(scope) : 'not counted yet');
}

/** How many operations are in each status; while the table is counted only those that every poll knows. */
function countsText({ migration, snapshot }: Observation): string {
  const known: readonly Status[] = isCounting(snapshot) ? ['running', 'paused', 'failed'] : statuses;
  const counts = known
    .filter((status) => migration.statuses[status] > 0)
    .map((status) => `${count(migration.statuses[status])} ${status}`);
  return counts.join(', ') || 'no operations';
}

function shareText({ migration, snapshot }: Observation): string {
  return migration.percent === null || isCounting(snapshot) ? '' : `; ${phasePercent(migration)} of the records`;
}

/** Each tenth of the records gets a line, also while one operation runs for hours. */
function tenths({ migration, snapshot }: Observation): number {
  return isCounting(snapshot) ? -1 : Math.floor((migration.percent ?? 0) / 10);
}

function textsOf(toast: { readonly text: string } | null): readonly string[] {
  return toast === null ? [] : [toast.text];
}

/** With the time of the database before each. */
function withTime({ latest, nowMs, receivedAtMs, target }: MonitorState, lines: readonly string[]): readonly string[] {
  const sinceMs = Math.max(0, nowMs - receivedAtMs);
  const clock = latest === null ? '' : `${clockText(latest.snapshot.takenAt + sinceMs / 1000, target.zone)} `;
  return lines.map((line) => cut(`${clock}${line}`));
}

function cut(line: string): string {
  return truncate(cleanLine(line), longestLine);
}
