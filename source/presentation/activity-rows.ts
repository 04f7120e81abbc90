import type { AuditEntry } from '../domain/audit.ts';
import { auditedResults, decidingRow, isAcceptance, repeatedIds } from '../domain/audited-results.ts';
import type { CountingChange } from '../domain/counting-changes.ts';
import { withFirstWorkers } from '../domain/first-workers.ts';
import type { Observation } from '../domain/observation.ts';
import { withRetries } from '../domain/retried-results.ts';
import { isAuditOf, type TrackedAction, unrecordedAfter } from '../domain/tracked-actions.ts';
import type { WatchedEvent } from '../domain/watched-events.ts';
import { timeOf } from './activity-columns.ts';
import type { ActivityRow } from './rows.ts';

/** From what the rows of the Activity view are made. */
export interface ActivitySources {
  /** The entries of the audit, newest first. */
  readonly activity: readonly AuditEntry[];
  /** The actions that this session follows. */
  readonly actions: readonly TrackedAction[];
  readonly observation: Observation;
  /** Tables that count in another way than before, and what else happened, oldest first. */
  readonly changes?: readonly CountingChange[];
  readonly events?: readonly WatchedEvent[];
  /** Whether each id is one operation: else it is known of watched operations only whether others have their id. */
  readonly areIdsUnique?: boolean;
}

/** The rows of the Activity view, newest first: what operators did, and what happened while the monitor watched and in the hour before. */
export function activityRows(sources: ActivitySources): ActivityRow[] {
  const { changes = [], events = [] } = sources;
  const done = actionRows(sources);
  const others = [
    ...events.map((event): ActivityRow => ({ ...noAction, key: event.key, event: judged(event, sources.observation) })),
    ...changes.map(
      (change): ActivityRow => ({ ...noAction, key: `counting ${change.at} ${change.tableName}`, change }),
    ),
  ];
  if (others.length === 0) return done;
  // An entry without a time stays where the audit has it: next to the entry after it.
  let last = Number.POSITIVE_INFINITY;
  const timed = done.map((row) => {
    last = row.entry?.at ?? last;
    return { row, at: last };
  });
  // Problems that existed before migtop looked have no time: they are last.
  return [...others.reverse().map((row) => ({ row, at: timeOf(row) ?? Number.NEGATIVE_INFINITY })), ...timed]
    .sort((a, b) => (a.at === b.at ? 0 : b.at - a.at))
    .map(({ row }) => row);
}

/** An event; of a failure, also whether it is still unresolved. */
function judged(event: WatchedEvent, { triage }: Observation): WatchedEvent {
  const { what } = event;
  if (what.kind !== 'failed') return event;
  const failure = triage.of(what.operation.id);
  const isOver =
    failure !== null && failure.identity === what.operation.identity && failure.resolution.kind !== 'unresolved';
  return isOver ? { ...event, what: { ...what, isOver } } : event;
}

const noAction = {
  kind: 'activity',
  entry: null,
  change: null,
  event: null,
  tracked: null,
  result: null,
  bulk: null,
} as const;

/** The kind of the failure that an action accepts, or takes back; undefined for another action, and if it is unknown. */
function acceptedKind(entry: AuditEntry, { triage }: Observation): string | undefined {
  return isAcceptance(entry) ? triage.of(entry.operationId)?.kind : undefined;
}

/** The entries of the audit, each with its tracked action where this session follows it. */
function actionRows({ activity, actions, observation, areIdsUnique = true }: ActivitySources): ActivityRow[] {
  const { snapshot } = observation;
  const open = [...actions];
  const all = [...snapshot.failures, ...snapshot.operations];
  const rows = new Map(all.map((row) => [row.id, row]));
  const repeated = repeatedIds(all);
  // For a row that no poll reads, the audit's own read of it is the newest.
  const read = new Map(activity.map(({ operationId, row }) => [operationId, row]));
  const rowOf = (id: number) => decidingRow(areIdsUnique ? rows.get(id) : undefined, read.get(id));
  const judged = auditedResults(activity, rowOf, repeated, unrecordedAfter(actions, activity));
  const results = withRetries(judged, activity, snapshot, observation.triage);
  return withFirstWorkers(activity, rowOf).map((entry, index) => {
    const found = open.findLastIndex((action) => isAuditOf(action, entry));
    const [tracked = null] = found === -1 ? [] : open.splice(found, 1);
    return {
      ...noAction,
      key: `${activity.length - index} ${entry.at} ${entry.operationId}`,
      entry,
      tracked,
      // The audit may be older than the row that says so.
      result: tracked?.isUnchecked === true ? null : (results[index] ?? null),
      failureKind: repeated.has(entry.operationId) ? undefined : acceptedKind(entry, observation),
    };
  });
}
