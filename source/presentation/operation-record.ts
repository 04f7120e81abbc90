import type { AuditEntry } from '../domain/audit.ts';
import { withOtherEntries } from '../domain/audit-notes.ts';
import { auditedResults, isOverwritingOpen } from '../domain/audited-results.ts';
import { pausedText as pausedByText } from '../domain/doctor/paused-owners.ts';
import type { Eta } from '../domain/eta.ts';
import { withFirstWorkers } from '../domain/first-workers.ts';
import { attemptsOfRow, isRetryOf } from '../domain/lineage.ts';
import { isPrepared } from '../domain/lock-holder.ts';
import { readMark } from '../domain/mark.ts';
import type { Observation } from '../domain/observation.ts';
import { isOpen, isPausedUnbegun, type Operation } from '../domain/operation.ts';
import { percentDone } from '../domain/progress.ts';
import { withRetries } from '../domain/retried-results.ts';
import { expectedRecordsOf, sharesTotal } from '../domain/shared-total.ts';
import { isCounting } from '../domain/snapshot.ts';
import type { Stall } from '../domain/stalls.ts';
import { pausedOwner, type StandingStill } from '../domain/standing-still.ts';
import { isAuditOf, type TrackedAction, unrecordedAfter } from '../domain/tracked-actions.ts';
import { trackFor } from '../domain/tracks.ts';
import { visibleName } from '../domain/visible-name.ts';
import type { OperationDetail } from '../polling/control-table.ts';
import { resultText } from './action-text.ts';
import { endText } from './end-clock.ts';
import type { Fact } from './fact.ts';
import { failureFacts } from './failure-facts.ts';
import { count, duration, percent, rate, stallWords } from './figures.ts';
import { notBegun } from './not-begun.ts';
import { pausedBy, unknownPauser } from './paused-by.ts';
import { operationRow } from './rows.ts';
import { actionWord } from './size-text.ts';
import { blockerText, pausedText, sessionText, standingText, unblockedText } from './standing-text.ts';

/** Facts about an operation besides its row, for the detail view, `migtop show` and `migtop handoff`. */
export interface OperationRecord {
  /** Up to when its ages count, on the database's clock: the newest poll, or the read of the operation if that was later. */
  readonly at: number;
  /** Whether its worker's clock is evidently in another time zone: then its timestamps show no age. */
  readonly isOtherZone: boolean;
  /** Whether its `total_records` counts the records of the whole table. */
  readonly isTableTotal: boolean;
  /** Progress, rate, why it stands still, and of a failure its kind: the most important first. */
  readonly facts: readonly Fact[];
  /** The attempts at the same work, this one among them, the oldest first; empty where it is the only one. */
  readonly attempts: readonly Operation[];
  /**
   * The operations of their worker between failure and last attempt, which may have repaired the cause; empty if they were
   * ordinary work.
   */
  readonly between: readonly Operation[];
  /** The actions on it, newest first. */
  readonly actions: readonly RecordedAction[];
}

export interface RecordedAction {
  readonly entry: AuditEntry;
  /** The operation that it was on, if it is the retry that has added this one. */
  readonly ofOther: number | null;
  readonly result: string;
  readonly isBad: boolean;
}

/** From what a record is made. */
export interface RecordSources {
  readonly detail: OperationDetail;
  /** The last poll; null before the first one. */
  readonly observation: Observation | null;
  /** The actions of operators, newest first. */
  readonly activity: readonly AuditEntry[] | null;
  /** The actions on the operation itself, newest first, which `activity` may no longer have. */
  readonly actions?: readonly AuditEntry[];
  /** The tracked actions of this session. */
  readonly tracked?: readonly TrackedAction[];
  /** Whether each id is one operation: else an audit entry does not say which one it means. */
  readonly areIdsUnique: boolean;
  /** Whether a policy of row-level security may hide rows. */
  readonly mayBeHidden: boolean;
  /** Whether the actions of all sessions are recorded; absent: they are. */
  readonly hasAudit?: boolean;
  /** The ETA of the current phase; absent or null if there is none. */
  readonly whole?: Eta | null;
}

/** Everything that is known of one operation, as the detail, `show` and `handoff` present it. */
export function operationRecord(given: RecordSources): OperationRecord {
  const { detail: read, observation, activity, actions = [] } = given;
  const sources = { ...given, activity: activity === null ? null : withOtherEntries(activity, actions) };
  const at = Math.max(read.takenAt, observation?.snapshot.takenAt ?? read.takenAt);
  const detail = { ...read, takenAt: at };
  const { operation } = detail;
  const others = detail.attempts.filter(({ id, identity }) => id !== operation.id || identity !== operation.identity);
  // The query of a batch may name no range: then rows with the same query are other batches, not attempts at this one.
  const rows = [...others, operation].map((row) => ({ row, ...row, mark: readMark(row.validationQuery).mark }));
  const attempts = attemptsOfRow(rows, operation.id).map(({ row }) => row);
  const track = observation === null ? undefined : trackFor(observation.tracks, operation);
  return {
    at,
    isOtherZone: (track?.writerOffset ?? 0) !== 0,
    isTableTotal: observation !== null && isTableTotal(observation, operation),
    facts: [...failureFacts(detail, sources.observation), ...progressFacts({ ...sources, detail })],
    attempts: attempts.length < 2 ? [] : attempts,
    between: betweenThem(attempts, detail.between ?? []),
    actions: actionsOn(sources, attempts),
  };
}

/** More operations between two attempts are the ordinary work of the worker. */
const mostBetween = 5;

/** The operations that began after the first attempt had ended, and ended before the last one began. */
function betweenThem(attempts: readonly Operation[], given: readonly Operation[]): readonly Operation[] {
  const [first, last] = [attempts[0], attempts.at(-1)];
  if (first === undefined || last === undefined || attempts.length < 2 || given.length > mostBetween) return [];
  const from = first.completedAt ?? Number.POSITIVE_INFINITY;
  const to = last.startedAt ?? Number.NEGATIVE_INFINITY;
  return given.filter(
    ({ startedAt, completedAt }) => (startedAt ?? 0) >= from && (completedAt ?? Number.POSITIVE_INFINITY) <= to,
  );
}

/** The title of the operations of a worker between the attempts: `Between the attempts, by worker 19`. */
export function betweenTitle({ between }: Pick<OperationRecord, 'between'>): string {
  return `Between the attempts, by worker ${between[0]?.workerId ?? '–'}`;
}

/** One of them in a sentence: `completed: orphan_detection, validation of brackets, 23 of 23 records`. */
export function betweenText({
  status,
  operation,
  phase,
  tableName,
  recordsProcessed,
  totalRecords,
}: Operation): string {
  const records = recordsProcessed === null ? '' : `, ${count(recordsProcessed)}`;
  const total = recordsProcessed === null ? '' : `${totalRecords === null ? '' : ` of ${count(totalRecords)}`} records`;
  return `${status}: ${operation}, ${phase} of ${visibleName(tableName)}${records}${total}`;
}

/** Whether an operation's total is that of its table, by how the table counts, and more than the operation itself processes. */
function isTableTotal(observation: Observation, operation: Operation): boolean {
  const { snapshot, totals } = observation;
  const { tableName, phase, totalRecords } = operation;
  const table = totals.get(phase)?.tables.find((one) => one.tableName === tableName);
  if (totalRecords === null || isCounting(snapshot) || table === undefined) return false;
  const expected = expectedRecordsOf(observation, operation);
  if (expected === null) return sharesTotal(observation, operation);
  const isShared = table.counting === 'per batch' || table.counting === 'cumulative';
  return isShared && totalRecords > expected;
}

/**
 * How to end the session that has to end first. A worker's is not ended: its operation would have to be repaired. That of a paused
 * operation goes on after the resume.
 */
function blockerRemedy({ waitsFor }: StandingStill, { observation, activity }: RecordSources): Fact[] {
  const first = waitsFor.find(({ isFirst, pid, operation }) => isFirst && !isPrepared(pid) && operation === null);
  if (first !== undefined) {
    const value = `ask its owner, or SELECT pg_terminate_backend(${first.pid}): what it has not committed is lost`;
    return [{ name: 'what helps', value }];
  }
  const pids = waitsFor.flatMap(({ isFirst, pid }) => (isFirst ? [pid] : []));
  const owner = pids.map((pid) => observation && pausedOwner(observation, pid)).find((one) => one !== null);
  if (owner == null) return [];
  return [{ name: 'what helps', value: `migtop resume ${owner.id}: ${pausedByText(owner, activity ?? [])}` }];
}

/** Its progress, its rate, and why it has stalled. */
function progressFacts(sources: RecordSources): Fact[] {
  const { detail, observation, tracked = [], activity, whole = null } = sources;
  const { operation } = detail;
  const processed = operation.recordsProcessed;
  const expected = processed === null ? null : expectedRecordsOf(observation, operation);
  const progress: Fact[] =
    processed === null
      ? []
      : [
          {
            name: 'progress',
            value:
              expected === null
                ? `${count(processed)} records`
                : `${count(processed)} of ${count(expected)} records, ${percent(percentDone(processed, expected, isOpen(operation.status) ? 1 : 0))}`,
          },
        ];
  if (observation === null || !isOpen(operation.status)) return progress;
  const row = operationRow(observation, operation, tracked, activity, whole);
  const { standing } = row;
  const paused = pausedText(row);
  const stall = row.stall ?? row.pausedStall ?? null;
  const session = stall === null && paused === null ? null : sessionText(standing);
  const facts: Fact[] = [
    ...stallFacts(stall, standing),
    ...standing.waitsFor.map(
      (blocker): Fact => ({
        name: blocker.isDirect ? 'waits for' : 'which waits for',
        value: blockerText(blocker),
        redacted: blockerText(blocker, true),
        tone: 'bad',
      }),
    ),
    ...blockerRemedy(standing, sources),
    // Whether a blocker was looked for, where none was found.
    ...(stall === null || standing.waitsFor.length > 0 ? [] : [{ name: 'waits for', value: unblockedText(standing) }]),
    ...(session === null
      ? []
      : [{ name: 'its session', value: session, redacted: sessionText(standing, true) ?? session }]),
    ...(paused === null ? [] : [{ name: 'worker', value: paused, tone: 'bad' as const }]),
    ...pausedByFacts(sources, row.hold),
    ...pendingFacts(observation, operation),
    ...(row.hold === null || paused !== null || isPausedUnbegun(operation)
      ? []
      : [{ name: 'worker', value: row.isHoldSeen === false ? notSeenToWait : 'waits until it is resumed' }]),
    ...progress,
  ];
  if (row.recordsPerSecond !== null) facts.push({ name: 'rate', value: `${rate(row.recordsPerSecond)} rec/s` });
  const end = endText(row.eta, detail.takenAt, detail.zone);
  if (end !== '')
    facts.push({ name: end.startsWith('~') ? 'done in' : end.startsWith('by ') ? 'done' : 'done at', value: end });
  // One poll has seen no progress: it says nothing.
  if (row.still !== null && !(row.still.atLeast && row.still.seconds <= 0) && !isUnbegun(operation))
    facts.push({
      name: 'last progress',
      value: row.still.atLeast ? `more than ${duration(row.still.seconds)} ago` : `${duration(row.still.seconds)} ago`,
    });
  return facts;
}

const isUnbegun = (operation: Operation): boolean => operation.status === 'pending' || isPausedUnbegun(operation);

const notSeenToWait = 'not known whether it waits until it is resumed, or still works';

/** Why nobody has begun a pending operation, if that is known. */
function pendingFacts(observation: Observation, operation: Operation): Fact[] {
  const why = operation.status === 'pending' ? notBegun(observation, operation) : null;
  return why === null ? [] : [{ name: 'not begun', value: why.text }];
}

/** Who paused it, and the reason that was given; where the actions do not say who, why not. @param hold its reason, or who: `by ops2` */
function pausedByFacts(
  { detail: { operation }, activity, hasAudit = true, areIdsUnique }: RecordSources,
  hold: string | null,
): Fact[] {
  if (operation.status !== 'paused' || !areIdsUnique || activity === null) return [];
  const who = pausedBy(operation.id, activity);
  const isReason = hold !== null && !['', 'no reason given', `by ${who}`].includes(hold);
  const reason = isReason ? [{ name: 'paused because', value: hold }] : [];
  return [{ name: 'paused by', value: who ?? unknownPauser(hasAudit) }, ...reason];
}

function stallFacts(stall: Stall | null, standing: StandingStill): Fact[] {
  if (stall === null) return [];
  const name = stallWords[stall.kind];
  return [
    {
      name,
      value: standingText({ stall, standing }).slice(name.length + 1),
      tone: stall.kind === 'suspected' ? 'warn' : 'bad',
    },
  ];
}

/** An action in a few words: `retry of operation 1914`, if that has added the operation. */
export function recordedWord({ entry, ofOther }: RecordedAction): string {
  return `${actionWord(entry.action)}${ofOther === null ? '' : ` of operation ${ofOther}`}`;
}

/** @param works the attempts at its work */
function actionsOn(
  { detail, activity, tracked = [], areIdsUnique, mayBeHidden }: RecordSources,
  works: readonly Operation[],
): readonly RecordedAction[] {
  const { operation, attempts } = detail;
  const own = { operation: operation.operation, mark: readMark(operation.validationQuery).mark };
  const repeated = works.filter(({ id }) => id !== operation.id && isRetryOf(own, id)).map(({ id }) => id);
  // The retry that has added it is an action on the operation that it repeats.
  const hasAdded = ({ action, outcome, operationId }: AuditEntry): boolean =>
    action === 'retry' && outcome === 'applied' && repeated.includes(operationId);
  const entries = (activity ?? []).filter((entry) => entry.operationId === operation.id || hasAdded(entry));
  const ambiguous = new Set(areIdsUnique ? [] : [operation.id]);
  const rowOf = (one: number) => (one === operation.id ? operation : attempts.find(({ id }) => id === one));
  const judged = auditedResults(entries, rowOf, ambiguous, unrecordedAfter(tracked, entries));
  const results = withRetries(judged, entries, { operations: [...attempts, operation], failures: [] }, undefined);
  return withFirstWorkers(entries, rowOf).map((entry, index): RecordedAction => {
    const action = tracked.findLast((one) => isAuditOf(one, entry)) ?? null;
    const result = results[index] ?? null;
    return {
      entry,
      ofOther: entry.operationId === operation.id ? null : entry.operationId,
      result: resultText(entry, result, action, mayBeHidden),
      isBad: isOverwritingOpen(result) || action?.result.kind === 'progressing',
    };
  });
}
