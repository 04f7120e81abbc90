import {
  type MigrationSummary,
  type PhaseSummary,
  summariseMigration,
  summarisePhases,
  summariseTables,
  type TableSummary,
} from './ledger.ts';
import { follow, type Tracks } from './movement.ts';
import type { Operation } from './operation.ts';
import type { Snapshot, Span } from './snapshot.ts';
import { addSpans, emptyThroughput, type Throughput } from './throughput.ts';

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
    readonly migration: Throughput;
    readonly tables: ReadonlyMap<string, Throughput>;
    /** By `workerKey`. */
    readonly workers: ReadonlyMap<string, Throughput>;
  };
}

/**
 * Takes a snapshot in.
 *
 * @param previous the observation before it; null for the first, and after a gap that nothing can be compared across
 * @param history what the table says was moved in the hour before the first snapshot
 */
export function observe(previous: Observation | null, snapshot: Snapshot, history: readonly Span[] = []): Observation {
  const { takenAt } = snapshot;
  // A clock that runs backwards is another server's: nothing before it can be compared.
  const before = previous !== null && previous.snapshot.takenAt <= takenAt ? previous : null;
  const phases = summarisePhases(snapshot.totals);
  const tables = summariseTables(snapshot.totals);
  const { tracks, gains } = follow(before?.tracks ?? new Map(), snapshot, before?.snapshot.takenAt ?? null);
  const moved = before === null ? [] : movedSince(before, tables, takenAt);
  return {
    snapshot,
    phases,
    tables,
    migration: summariseMigration(phases, tables),
    tracks,
    throughput: {
      migration: addSpans(
        // Of another server's last hour nothing was seen; that nothing moved in it would be a guess.
        before?.throughput.migration ?? emptyThroughput(previous === null ? takenAt - historySeconds : takenAt),
        before === null
          ? [...history, ...snapshot.operations.flatMap(doneSoFar(takenAt))]
          : moved.map(([, span]) => span),
        takenAt,
      ),
      tables: merged(
        before?.throughput.tables ?? new Map(),
        tables.map((table) => [table.tableName, moved.find(([name]) => name === table.tableName)?.[1] ?? null]),
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

/** One worker's work on one table; an operation without a worker stands for itself. */
export function workerKey(operation: Pick<Operation, 'id' | 'workerId' | 'tableName'>): string {
  return operation.workerId === null ? `operation ${operation.id}` : `${operation.workerId} ${operation.tableName}`;
}

/** What each table's execution gained since the observation before: right however many rows came and went between. */
function movedSince(before: Observation, tables: readonly TableSummary[], takenAt: number): [string, Span][] {
  const earlier = new Map(before.tables.map((table) => [table.tableName, table]));
  return tables.flatMap((table): [string, Span][] => {
    const known = earlier.get(table.tableName);
    // A table that turns out to count cumulatively steps back to its largest row: that is no movement.
    if (known !== undefined && known.counting !== table.counting) return [];
    const records = table.recordsProcessed - (known?.recordsProcessed ?? 0);
    return records > 0 ? [[table.tableName, { from: before.snapshot.takenAt, to: takenAt, records }]] : [];
  });
}

/** What a running operation did before we came, spread over the time since it started. */
function doneSoFar(takenAt: number): (operation: Operation) => Span[] {
  return ({ phase, status, startedAt, recordsProcessed }) =>
    phase === 'execution' &&
    status === 'running' &&
    startedAt !== null &&
    startedAt < takenAt &&
    (recordsProcessed ?? 0) > 0
      ? [{ from: Math.max(startedAt, takenAt - 86_400), to: takenAt, records: recordsProcessed ?? 0 }]
      : [];
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

/** Workers that have a live operation; one that we meet for the first time starts with its operation's average. */
function workersThroughput(
  before: Observation | null,
  snapshot: Snapshot,
  gains: readonly (readonly [string, Span])[],
): ReadonlyMap<string, Throughput> {
  const { takenAt } = snapshot;
  const workers = new Map<string, Throughput>();
  for (const operation of snapshot.operations) {
    const key = workerKey(operation);
    if (workers.has(key)) continue;
    const spans = doneSoFar(takenAt)(operation);
    const known = before?.throughput.workers.get(key);
    workers.set(key, known ?? addSpans(emptyThroughput(spans[0]?.from ?? takenAt), spans, takenAt));
    if (known === undefined) continue;
    const gained = gains.filter(([gainKey]) => gainKey === key).map(([, span]) => span);
    workers.set(key, addSpans(known, gained, takenAt));
  }
  return workers;
}
