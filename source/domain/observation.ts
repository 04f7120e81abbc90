import type { Ahead } from './ahead.ts';
import { type LastStatements, noStatements, statementsAfter } from './at-work.ts';
import { repeatedIds } from './audited-results.ts';
import { type BatchTimes, batchTimesAfter, noBatchTimes } from './batch-times.ts';
import { begunBefore } from './begun-before.ts';
import { type Carried, carriedTracks, stillProven } from './carried.ts';
import { type CountedRows, countedAfter } from './counted-rows.ts';
import { tableShares } from './cumulative-gains.ts';
import { largest, smallest } from './extremes.ts';
import { type ForeignStarts, foreignStarts } from './foreign-starts.ts';
import { heldTriage } from './held-failures.ts';
import { knownHistory } from './known-history.ts';
import { follow } from './last-progress.ts';
import { withLiveOperations } from './live-phases.ts';
import { createMemo, type Memo } from './memo.ts';
import type { Operation, Phase } from './operation.ts';
import { knownSeconds, pausedWorkers } from './paused-workers.ts';
import { type TotalsByPhase, totalIn, totalsByPhase } from './phase-totals.ts';
import { followSessions, noPooledWorkers, type PooledWorkers } from './pooled-workers.ts';
import { emptyGroup, groupsOf, type RateGroup, reportsAfter, runningBy, usualReportOf } from './rate-groups.ts';
import { readWorkerKey } from './rate-keys.ts';
import type { UsualReport } from './report-times.ts';
import { hadRoamed, hasRoamed } from './roaming.ts';
import { noSeenWorkers, type SeenWorkers, seenWorkersAfter } from './seen-workers.ts';
import { sessionKey } from './sessions.ts';
import { type HistorySpan, isOtherTable, isRestart, type Snapshot } from './snapshot.ts';
import { isProvenIn, type ProvenStall, provenStalls } from './stalled-operations.ts';
import { usualBatchSeconds } from './stalls.ts';
import { type MigrationSummary, type PhaseSummary, summariseMigration, type TableSummary } from './summary.ts';
import { summedGains } from './summed-gains.ts';
import { addSpans, emptyThroughput, paused, type Throughput, widened } from './throughput.ts';
import { stepped } from './throughput-step.ts';
import { type Tracks, trackFor } from './tracks.ts';
import type { Triage } from './triage.ts';
import { type Validation, validationsOf } from './validation.ts';

/** How far back the first poll reads the throughput of the whole migration from the table, in seconds. */
const historySeconds = 3600;

/** The data after a poll: the snapshot, its totals, and the comparison with earlier polls. */
export interface Observation {
  readonly snapshot: Snapshot;
  readonly phases: readonly PhaseSummary[];
  readonly tables: readonly TableSummary[];
  /** The totals of the snapshot with their summaries. */
  readonly totals: TotalsByPhase;
  readonly migration: MigrationSummary;
  /** The failures by kind, and which of them are unresolved. */
  readonly triage: Triage;
  readonly tracks: Tracks;
  readonly throughput: Throughputs;
  /** The usual report of each worker and table, by `workerKey` and by `tableKey`. */
  readonly reports: ReadonlyMap<string, UsualReport>;
  /** The operations with workers that name their connections, by `sessionKey`. */
  readonly named: ReadonlySet<string>;
  /** The validation of each table that has operations in that phase. */
  readonly validations: ReadonlyMap<string, Validation>;
  /** How many operations each worker runs on one table, by `workerKey`. */
  readonly running: ReadonlyMap<string, number>;
  /** The ids that several operations of the snapshot share. */
  readonly repeated: ReadonlySet<number>;
  /** The workers that may be at work although no session has their name. */
  readonly pooled: PooledWorkers;
  /** When the sessions of workers last began or ended a statement, as far as polls read them. */
  readonly statements: LastStatements;
  readonly seenWorkers: SeenWorkers;
  /** The stalls that earlier polls proved (domain/stalled-operations.ts). */
  readonly proven: ReadonlyMap<string, ProvenStall>;
  readonly batchTimes: BatchTimes;
  /** The starts that show that a writer is in another time zone. */
  readonly foreignStarts: ForeignStarts;
  /** The rows at the last poll whose totals were known to be right, this one or an earlier one; null if none was. */
  readonly counted: CountedRows | null;
  /** Keeps what is computed from this observation and from others before and after it, and from their totals. */
  readonly memo: Memo;
}

export interface Throughputs {
  /** The last hour: completed operations from before the first poll, then the gains that polls saw. */
  readonly migration: Throughput;
  /** The throughput with the records that running operations had before the first poll: for the ETA only. */
  readonly evidence: Throughput;
  /** The gains that polls saw in each phase. */
  readonly phases: ReadonlyMap<Phase, Throughput>;
  /** The throughput of the execution of each table. */
  readonly tables: ReadonlyMap<string, Throughput>;
  /** By `workerKey`. */
  readonly workers: ReadonlyMap<string, Throughput>;
  /** Estimates of the records processed since the last reports, by `phaseKey`, `tableKey` and `workerKey`. */
  readonly ahead: ReadonlyMap<string, readonly Ahead[]>;
  /** How many running operations have an unknown rate until they report, by `phaseKey`, `tableKey` and `workerKey`. */
  readonly unknown: ReadonlyMap<string, number>;
  /** The last hour of each table with a history: completed operations from before the first poll, then the gains that polls saw. */
  readonly ended: ReadonlyMap<string, Throughput>;
  /** Whether workers were seen to go on with other tables. */
  readonly isRoaming: boolean;
}

/**
 * Compares a snapshot with the observation before it.
 *
 * @param last null for the first snapshot, and after a gap too long for a comparison; that of another table counts as none
 * @param given what is known of the operations although there is nothing to compare the snapshot with
 */
export function observe(last: Observation | null, taken: Snapshot, given: Carried | null = null): Observation {
  const { takenAt } = taken;
  const previous = isOtherTable(last?.snapshot, taken) ? null : last;
  // The clock was changed, or belongs to another server: earlier polls cannot be compared.
  const isComparable = taken.isClockChanged !== true;
  const before = isComparable && previous !== null && previous.snapshot.takenAt <= takenAt ? previous : null;
  const carried = isComparable && last === null && given !== null && given.takenAt <= takenAt ? given : null;
  const memo = last?.memo ?? createMemo();
  const totals = totalsByPhase(before?.totals ?? null, taken.totals, takenAt, memo, taken.counts);
  const phases = [...totals.values()].map(({ summary }) => summary);
  const tables = totals.get('execution')?.tables ?? [];
  const seen = before ?? carried;
  const known = seen?.reports ?? new Map<string, UsualReport>();
  const followed = follow(
    before?.tracks ?? (carried === null ? new Map() : carriedTracks(carried, taken)),
    taken,
    before?.snapshot.takenAt ?? null,
    usualReportOf(known, before?.tables ?? []),
    isCumulativeIn(before?.tables ?? []),
  );
  const { tracks, resumes } = followed;
  const snapshot = resumes === undefined || resumes === taken.resumes ? taken : { ...taken, resumes };
  const gains = [...followed.gains, ...summedGains(snapshot)];
  const shareOf = tableShares(gains, before?.tables ?? [], tables);
  const reports = reportsAfter(known, tracks, gains, shareOf);
  const proven = carried === null ? provenStalls(before, tracks) : stillProven(carried.proven, tracks);
  const stalls = { before: isProvenIn(before?.proven ?? new Map()), after: isProvenIn(proven) };
  const groups = groupsOf(snapshot, followed, gains, shareOf, reports, isCumulativeIn(tables), stalls);
  // After a change of server the last hour is unknown, and is not shown as an hour without progress.
  const hour = emptyThroughput(previous === null ? takenAt - historySeconds : takenAt, takenAt);
  const kept = before?.throughput;
  const execution = groups.phases.get('execution') ?? emptyGroup;
  const earlier = knownHistory(snapshot, tables);
  const begun = previous === null ? begunBefore(snapshot, tables) : [];
  const whole = addSpans(kept?.migration ?? hour, earlier, takenAt);
  const since = before?.snapshot.takenAt ?? null;
  const stoppedSince = isRestart(before?.snapshot, snapshot) ? since : null;
  const step = (known: Throughput | undefined, group: RateGroup, of = group): Throughput =>
    stepped(known && stoppedSince !== null ? paused(known, stoppedSince, takenAt) : known, group, since, takenAt, of);
  const migration = before === null ? whole : step(whole, execution);
  const pooled = followSessions(seen?.pooled ?? noPooledWorkers, snapshot);
  const triage = snapshot.triage ?? heldTriage(snapshot);
  return {
    snapshot,
    phases: withLiveOperations(phases, snapshot),
    tables,
    totals,
    migration: withCounts(summariseMigration(phases), snapshot),
    triage,
    tracks,
    reports,
    named: new Set([
      ...[...(seen?.named ?? [])].filter((key) => tracks.has(Number.parseInt(key, 10))),
      ...snapshot.sessions.map(({ operationId, workerId }) => sessionKey(operationId, workerId)),
    ]),
    validations: validationsOf(totals.get('validation')?.tables ?? [], totals.get('execution'), triage, memo),
    running: runningBy(snapshot.operations),
    repeated: repeatedIds(snapshot.operations),
    pooled,
    seenWorkers: seenWorkersAfter(before?.seenWorkers ?? noSeenWorkers, snapshot),
    statements: statementsAfter(before?.statements ?? noStatements, { snapshot, pooled, memo }),
    proven,
    batchTimes: batchTimesAfter(before?.batchTimes ?? noBatchTimes, { snapshot, tracks, memo }, totals),
    foreignStarts: foreignStarts(seen?.foreignStarts ?? null, tracks),
    counted: countedAfter(previous?.counted ?? null, snapshot, totals),
    memo,
    throughput: {
      migration,
      evidence:
        before === null
          ? addSpans(whole, begun, takenAt)
          : before.throughput.evidence === before.throughput.migration
            ? migration
            : step(addSpans(before.throughput.evidence, earlier, takenAt), execution),
      phases: new Map(
        phases
          .filter(({ operations }) => operations > 0)
          .map(({ phase }) => [phase, step(kept?.phases.get(phase), groups.phases.get(phase) ?? emptyGroup)]),
      ),
      tables: new Map(
        tables.map(({ tableName }) => [
          tableName,
          step(kept?.tables.get(tableName), groups.tables.get(tableName) ?? emptyGroup, execution),
        ]),
      ),
      workers: new Map([
        ...idleWorkers(kept, groups.workers, since, snapshot),
        ...[...groups.workers].map(([key, group]) => [key, step(kept?.workers.get(key), group)] as const),
      ]),
      ahead: groups.ahead,
      unknown: groups.unknown,
      ended: withGains(endedBefore(kept?.ended ?? new Map(), earlier, begun, takenAt), groups.tables, takenAt),
      isRoaming:
        kept?.isRoaming === true ||
        (tables.length > 1 && (hadRoamed(snapshot) || (gains.length > 0 && hasRoamed(tracks)))),
    },
  };
}

/** Whether an operation is one of a table whose counters include the records of earlier operations. */
function isCumulativeIn(tables: readonly TableSummary[]): (operation: Operation) => boolean {
  const names = cumulativeNames(tables);
  return ({ phase, tableName }) => phase === 'execution' && names.has(tableName);
}

const cumulativeNames = (tables: readonly TableSummary[]): ReadonlySet<string> =>
  new Set(tables.filter(({ counting }) => counting === 'cumulative').map(({ tableName }) => tableName));

/** The longest usual time between two reports of an operation, in seconds; null if unknown. */
export function usualGap({ tracks, totals, snapshot, memo }: Observation, operation: Operation): number | null {
  const gap = trackFor(tracks, operation)?.gapSeconds ?? 0;
  if (gap > 0) return gap;
  const total = totalIn(totals, operation.phase, operation.tableName);
  return total === undefined ? null : usualBatchSeconds(total, snapshot, memo);
}

function endedBefore(
  known: ReadonlyMap<string, Throughput>,
  history: readonly HistorySpan[],
  begun: readonly HistorySpan[],
  takenAt: number,
): ReadonlyMap<string, Throughput> {
  if (history.length === 0) return known;
  const ended = new Map(known);
  const begunIn = Map.groupBy(begun, (span) => span.tableName);
  for (const [tableName, spans] of Map.groupBy(history, (span) => span.tableName)) {
    const before = ended.get(tableName);
    const first = Math.max(takenAt - historySeconds, smallest(spans.map(({ from }) => from)));
    // A table that is counted range by range has its history in several parts.
    const whole = before === undefined || first < before.since ? widened(before, first) : before;
    const last = Math.min(takenAt, largest(spans.map(({ to }) => to)));
    const all = [...spans, ...(begunIn.get(tableName) ?? [])];
    ended.set(tableName, { ...addSpans(whole, all, takenAt), progressAt: Math.max(whole.progressAt ?? last, last) });
  }
  return ended;
}

/** The throughput with the gains that polls saw since. */
function withGains(
  ended: ReadonlyMap<string, Throughput>,
  groups: ReadonlyMap<string, RateGroup>,
  takenAt: number,
): ReadonlyMap<string, Throughput> {
  const gained = [...groups].flatMap(([tableName, { spans }]) => {
    const before = ended.get(tableName);
    return before === undefined || spans.length === 0
      ? []
      : [[tableName, { ...addSpans(before, spans, takenAt), progressAt: takenAt }] as const];
  });
  return gained.length === 0 ? ended : new Map([...ended, ...gained]);
}

/** Replaces the counts of the statuses that this snapshot counted completely: the totals may not be complete yet. */
function withCounts(migration: MigrationSummary, { counts }: Snapshot): MigrationSummary {
  return { ...migration, statuses: { ...migration.statuses, ...counts } };
}

/** Workers that run nothing on a table now, until some time after it or while they are paused: their rates leave this time out. */
function idleWorkers(
  kept: Throughputs | undefined,
  busy: ReadonlyMap<string, unknown>,
  since: number | null,
  { takenAt, operations }: Snapshot,
): (readonly [string, Throughput])[] {
  const stopped = pausedWorkers(operations);
  return [...(kept?.workers ?? [])].flatMap(([key, throughput]) => {
    const { progressAt } = throughput;
    const isIdle = !busy.has(key) && !key.startsWith('operation ');
    if (!isIdle || progressAt === null) return [];
    if (takenAt - progressAt >= knownSeconds && !stopped.has(Number(readWorkerKey(key).workerId))) return [];
    return [[key, since === null ? throughput : paused(throughput, since, takenAt)] as const];
  });
}
