import { follow, type Tracks } from './movement.ts';
import type { Operation } from './operation.ts';
import { type HistorySpan, isCounting, type Snapshot, type Span } from './snapshot.ts';
import {
  type MigrationSummary,
  type PhaseSummary,
  summariseMigration,
  summarisePhases,
  summariseTables,
  type TableSummary,
} from './summary.ts';
import {
  addSpans,
  type Eta,
  emptyThroughput,
  etaOf,
  rateWindowSeconds,
  recordsPerSecond,
  type Throughput,
} from './throughput.ts';

/** How far back the throughput of the whole migration is known from the table itself. */
const historySeconds = 3600;

/** All that is known after a poll: the snapshot, what it adds up to, and what it shows beside the ones before it. */
export interface Observation {
  readonly snapshot: Snapshot;
  readonly phases: readonly PhaseSummary[];
  readonly tables: readonly TableSummary[];
  readonly migration: MigrationSummary;
  readonly tracks: Tracks;
  readonly throughput: {
    /** The last hour: from the table what was completed before we came, then what we saw. */
    readonly migration: Throughput;
    /** What we saw ourselves. */
    readonly observed: Throughput;
    readonly tables: ReadonlyMap<string, Throughput>;
    /** By `workerKey`. */
    readonly workers: ReadonlyMap<string, Throughput>;
  };
}

/**
 * Takes a snapshot in.
 *
 * @param previous the observation before it; null for the first, and after a gap that nothing can be compared across
 */
export function observe(previous: Observation | null, snapshot: Snapshot): Observation {
  const { takenAt, history } = snapshot;
  // A clock that runs backwards is another server's: nothing before it can be compared.
  const before = previous !== null && previous.snapshot.takenAt <= takenAt ? previous : null;
  const phases = summarisePhases(snapshot.totals);
  const tables = summariseTables(snapshot.totals);
  const { tracks, gains } = follow(before?.tracks ?? new Map(), snapshot, before?.snapshot.takenAt ?? null);
  const moved = before === null ? new Map<string, Span>() : movedSince(before, snapshot, tables);
  const spans = [...moved.values()];
  return {
    snapshot,
    phases,
    tables,
    migration: withCounts(summariseMigration(phases, tables), snapshot),
    tracks,
    throughput: {
      migration: addSpans(
        // Of another server's last hour nothing was seen; that nothing moved in it would be a guess.
        before?.throughput.migration ?? emptyThroughput(previous === null ? takenAt - historySeconds : takenAt),
        [...comparable(history, tables), ...spans],
        takenAt,
      ),
      observed: addSpans(before?.throughput.observed ?? emptyThroughput(takenAt), spans, takenAt),
      tables: merged(
        before?.throughput.tables ?? new Map(),
        tables.map((table) => [table.tableName, moved.get(table.tableName) ?? null]),
        takenAt,
      ),
      workers: workersThroughput(
        before,
        snapshot,
        gains.map((gain) => [workerKey(gain.operation), gain]),
      ),
    },
  };
}

/** The history without the tables that count cumulatively: their rows hold the work of all before them, too. */
export function comparable(history: readonly HistorySpan[], tables: readonly TableSummary[]): readonly HistorySpan[] {
  const cumulative = new Set(
    tables.filter(({ counting }) => counting === 'cumulative').map(({ tableName }) => tableName),
  );
  return history.filter(({ tableName }) => !cumulative.has(tableName));
}

/** Seconds of our own observation that say more than what the table had from before. */
const enoughSeconds = 3;

/**
 * How fast the migration goes now, in records a second over the last minute, and when it will be done. From what we saw
 * ourselves as soon as that is enough: an operation that never completes shows in nothing that the table keeps.
 */
export function paceOf(observation: Observation): { recordsPerSecond: number | null; eta: Eta | null } {
  const { throughput, migration, snapshot } = observation;
  const isEnough = snapshot.takenAt - throughput.observed.since >= enoughSeconds;
  const now = recordsPerSecond(
    isEnough ? throughput.observed : throughput.migration,
    snapshot.takenAt,
    rateWindowSeconds,
  );
  // What is left is not known before all of the table has been counted.
  const remaining = isCounting(snapshot) ? null : migration.remainingRecords;
  return { recordsPerSecond: now, eta: etaOf(throughput.migration, snapshot.takenAt, remaining, now) };
}

/** One worker's work on one table; an operation without a worker stands for itself. */
export function workerKey(operation: Pick<Operation, 'id' | 'workerId' | 'tableName'>): string {
  return operation.workerId === null ? `operation ${operation.id}` : `${operation.workerId} ${operation.tableName}`;
}

/** Statuses of which every row was counted in this snapshot say more than totals that are not whole yet. */
function withCounts(migration: MigrationSummary, { counts }: Snapshot): MigrationSummary {
  return { ...migration, statuses: { ...migration.statuses, ...counts } };
}

/**
 * What each table's execution gained since the observation before: right however many rows came and went between.
 * In a table that counts cumulatively a row holds the work of all before it: there only the largest tells.
 */
function movedSince(before: Observation, snapshot: Snapshot, tables: readonly TableSummary[]): Map<string, Span> {
  const { gained, takenAt } = snapshot;
  const moved = new Map<string, Span>();
  if (gained === null) return moved;
  const earlier = new Map(before.tables.map((table) => [table.tableName, table]));
  const now = new Map(tables.map((table) => [table.tableName, table]));
  for (const [tableName, records] of gained) {
    const table = now.get(tableName);
    const isCumulative = table?.counting === 'cumulative';
    const known = earlier.get(tableName);
    // A table that turns out to count cumulatively steps back to its largest row: that is no movement.
    if (known !== undefined && table !== undefined && known.counting !== table.counting) continue;
    const gain = isCumulative ? table.recordsProcessed - (known?.recordsProcessed ?? 0) : records;
    if (gain > 0) moved.set(tableName, { from: before.snapshot.takenAt, to: takenAt, records: gain });
  }
  return moved;
}

function merged(
  before: ReadonlyMap<string, Throughput>,
  gained: readonly (readonly [string, Span | null])[],
  takenAt: number,
): ReadonlyMap<string, Throughput> {
  return new Map(
    gained.map(([key, span]) => [
      key,
      // One whose first rows came since the last poll was observed since then.
      addSpans(before.get(key) ?? emptyThroughput(span?.from ?? takenAt), span === null ? [] : [span], takenAt),
    ]),
  );
}

/** Workers that have a live operation, each observed since we first saw it. */
function workersThroughput(
  before: Observation | null,
  snapshot: Snapshot,
  gains: readonly (readonly [string, Span])[],
): ReadonlyMap<string, Throughput> {
  const { takenAt } = snapshot;
  const gained = Map.groupBy(gains, ([key]) => key);
  return new Map(
    snapshot.operations.map((operation) => {
      const key = workerKey(operation);
      const spans = (gained.get(key) ?? []).map(([, span]) => span);
      const known = before?.throughput.workers.get(key);
      // What it did before we came is no rate: a worker that died an hour ago did some of it, too.
      return [key, addSpans(known ?? emptyThroughput(spans[0]?.from ?? takenAt), spans, takenAt)];
    }),
  );
}
