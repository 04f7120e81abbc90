import { tableShares } from './cumulative-gains.ts';
import { follow, type Tracks, trackFor, type UsualReport } from './last-progress.ts';
import type { Operation, Phase } from './operation.ts';
import { type Ahead, emptyGroup, groupsOf, type RateGroup, reportsAfter } from './rate-groups.ts';
import { sessionKey } from './sessions.ts';
import type { HistorySpan, Snapshot } from './snapshot.ts';
import { type SteadyCountings, steadyTotals } from './steady-counting.ts';
import {
  type MigrationSummary,
  type PhaseSummary,
  summariseMigration,
  summarisePhases,
  summariseTables,
  type TableSummary,
} from './summary.ts';
import { addSpans, emptyThroughput, paused, progressed, type Throughput } from './throughput.ts';

/** How far back the throughput of the whole migration is known from the table itself. */
const historySeconds = 3600;

/** All that is known after a poll: the snapshot, its totals, and what a comparison with the polls before it shows. */
export interface Observation {
  readonly snapshot: Snapshot;
  readonly phases: readonly PhaseSummary[];
  readonly tables: readonly TableSummary[];
  readonly countings: SteadyCountings;
  readonly migration: MigrationSummary;
  readonly tracks: Tracks;
  readonly throughput: Throughputs;
  /** By `workerKey` and by `tableKey`: what a report of its operations usually holds. */
  readonly reports: ReadonlyMap<string, UsualReport>;
  /** By `sessionKey`: operations whose workers have named their connections. */
  readonly named: ReadonlySet<string>;
}

export interface Throughputs {
  /** The last hour: from the table what was completed before the first poll, then what the polls saw. */
  readonly migration: Throughput;
  /** What the polls saw of each phase. */
  readonly phases: ReadonlyMap<Phase, Throughput>;
  /** Of the execution of each table. */
  readonly tables: ReadonlyMap<string, Throughput>;
  /** By `workerKey`. */
  readonly workers: ReadonlyMap<string, Throughput>;
  /** What was processed since the last reports, as far as can be told: by `phaseKey`, `tableKey` and `workerKey`. */
  readonly ahead: ReadonlyMap<string, readonly Ahead[]>;
}

/**
 * Compares a snapshot with the observation before it.
 *
 * @param previous null for the first snapshot, and after a gap that nothing can be compared across
 */
export function observe(previous: Observation | null, snapshot: Snapshot): Observation {
  const { takenAt, history } = snapshot;
  // A clock that runs backwards is another server's: nothing before it can be compared.
  const before = previous !== null && previous.snapshot.takenAt <= takenAt ? previous : null;
  const { totals, countings } = steadyTotals(before?.countings ?? new Map(), snapshot.totals, takenAt);
  const phases = summarisePhases(totals);
  const tables = summariseTables(totals);
  const followed = follow(before?.tracks ?? new Map(), snapshot, before?.snapshot.takenAt ?? null);
  const { tracks, gains } = followed;
  const shareOf = tableShares(gains, before?.tables ?? [], tables);
  const reports = reportsAfter(before?.reports ?? new Map(), tracks, gains, shareOf);
  const groups = groupsOf(snapshot, followed, gains, shareOf, reports);
  // Of another server's last hour nothing was seen; that nothing was processed in it would be a guess.
  const hour = emptyThroughput(previous === null ? takenAt - historySeconds : takenAt, takenAt);
  const kept = before?.throughput;
  const execution = groups.phases.get('execution') ?? emptyGroup;
  const migration = addSpans(kept?.migration ?? hour, comparable(history, tables), takenAt);
  const step = (known: Throughput | undefined, group: RateGroup): Throughput =>
    stepped(known, group, before?.snapshot.takenAt ?? null, takenAt);
  return {
    snapshot,
    phases,
    tables,
    countings,
    migration: withCounts(summariseMigration(phases), snapshot),
    tracks,
    reports,
    named: new Set([
      ...[...(before?.named ?? [])].filter((key) => tracks.has(Number.parseInt(key, 10))),
      ...snapshot.sessions.map(({ operationId, workerId }) => sessionKey(operationId, workerId)),
    ]),
    throughput: {
      migration: before === null ? migration : step(migration, execution),
      phases: new Map(
        phases
          .filter(({ operations }) => operations > 0)
          .map(({ phase }) => [phase, step(kept?.phases.get(phase), groups.phases.get(phase) ?? emptyGroup)]),
      ),
      tables: new Map(
        tables.map(({ tableName }) => [
          tableName,
          step(kept?.tables.get(tableName), groups.tables.get(tableName) ?? emptyGroup),
        ]),
      ),
      workers: new Map([
        ...idleWorkers(kept, groups.workers, takenAt),
        ...[...groups.workers].map(([key, group]) => [key, step(kept?.workers.get(key), group)] as const),
      ]),
      ahead: groups.ahead,
    },
  };
}

/** The longest usual time between two reports of an operation, in seconds; null where nothing tells. */
export function usualGap({ tracks, tables }: Observation, operation: Operation): number | null {
  const gap = trackFor(tracks, operation)?.gapSeconds ?? 0;
  const table = tables.find(({ tableName }) => tableName === operation.tableName);
  return gap > 0 ? gap : (table?.averageBatchSeconds ?? null);
}

/** The history without the tables that count cumulatively: their rows hold the work of all before them, too. */
export function comparable(history: readonly HistorySpan[], tables: readonly TableSummary[]): readonly HistorySpan[] {
  const cumulative = new Set(
    tables.filter(({ counting }) => counting === 'cumulative').map(({ tableName }) => tableName),
  );
  return history.filter(({ tableName }) => !cumulative.has(tableName));
}

/** Statuses of which every row was counted in this snapshot say more than totals that are not whole yet. */
function withCounts(migration: MigrationSummary, { counts }: Snapshot): MigrationSummary {
  return { ...migration, statuses: { ...migration.statuses, ...counts } };
}

/** A throughput after the next poll. */
function stepped(known: Throughput | undefined, group: RateGroup, since: number | null, takenAt: number): Throughput {
  // One that came since the last poll has been observed since then.
  const throughput = known ?? emptyThroughput(since ?? takenAt);
  if (!group.isRunning) return since === null ? throughput : paused(throughput, since, takenAt);
  if (!group.hasProgressed) return throughput;
  return progressed(addSpans(throughput, group.spans, takenAt), takenAt);
}

/** A worker that is between two operations keeps its throughput for so long. */
const idleSeconds = 120;

function idleWorkers(kept: Throughputs | undefined, busy: ReadonlyMap<string, unknown>, takenAt: number) {
  return [...(kept?.workers ?? [])].filter(
    ([key, { progressAt }]) =>
      !busy.has(key) && !key.startsWith('operation ') && progressAt !== null && takenAt - progressAt < idleSeconds,
  );
}
