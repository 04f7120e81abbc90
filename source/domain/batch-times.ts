import { workedSeconds } from './at-work.ts';
import { type BatchSpeed, batchSpeeds, type TimesByBatch, timesByBatch } from './batch-speeds.ts';
import { listedIn } from './listed-operations.ts';
import type { Memo } from './memo.ts';
import { elapsedSeconds, type Operation, type Phase } from './operation.ts';
import type { Snapshot } from './snapshot.ts';
import { sum } from './sum.ts';
import type { TableSummary } from './summary.ts';
import { type Tracks, trackFor } from './tracks.ts';

/** How long the batches of each phase take, if each takes the same time; null if that is not known. */
export type BatchTimes = ReadonlyMap<Phase, TimesByBatch | null>;

export const noBatchTimes: BatchTimes = new Map();

interface Watched {
  readonly snapshot: Snapshot;
  readonly tracks: Tracks;
}

/** Returns the times of the batches of some phases. @param before those of the last poll */
export function batchTimesAfter(
  before: BatchTimes,
  watched: Watched & { readonly memo: Memo },
  tablesOf: Iterable<readonly [Phase, { readonly tables: readonly TableSummary[] }]>,
): BatchTimes {
  return new Map(
    [...tablesOf].map(([phase, { tables }]) => {
      const speeds = tables.flatMap((table) => {
        const running = listedIn(watched, phase, table.tableName).filter(({ status }) => status === 'running');
        return table.counting === 'per batch' ? speedsIn(watched, table, running) : [];
      });
      const times = timesByBatch(speeds, before.get(phase)?.times ?? null);
      return [phase, times === null ? null : { times, batchSeconds: meanBatchSeconds(tables) }] as const;
    }),
  );
}

function meanBatchSeconds(tables: readonly TableSummary[]): number {
  const known = tables.filter(({ averageBatchSeconds }) => averageBatchSeconds !== null);
  const batches = sum(known.map(({ statuses }) => statuses.completed));
  return sum(known.map((one) => (one.averageBatchSeconds ?? 0) * one.statuses.completed)) / Math.max(1, batches);
}

/** The speeds of the running batches of a table. */
export function speedsIn(watched: Watched, table: TableSummary, running: readonly Operation[]): readonly BatchSpeed[] {
  const batchSeconds = table.averageBatchSeconds ?? 0;
  return batchSpeeds(table, running, (operation) => batchSpeed(watched, operation, batchSeconds));
}

/** The records a second of a running batch: since it began, or by its last reports; null if it has hardly begun. */
function batchSpeed({ tracks, snapshot }: Watched, operation: Operation, batchSeconds: number): number | null {
  const track = trackFor(tracks, operation);
  const { recordsProcessed, startedAt } = operation;
  const isSeenWhole = track !== undefined && startedAt !== null && startedAt > track.firstSeenAt - 1;
  const usual = track?.usualReport ?? null;
  if (!isSeenWhole && usual !== null && usual.seconds > 0) return usual.records / usual.seconds;
  // For how long it was paused is unknown.
  if (track?.beganHalted === true) return null;
  const seconds = workedSeconds(operation, snapshot) ?? elapsedSeconds(operation, snapshot.takenAt, snapshot.zone) ?? 0;
  return seconds < leastShareOfBatch * batchSeconds ? null : (recordsProcessed ?? 0) / seconds;
}

/** A batch that has run for less than this share of the usual time does not show its speed. */
const leastShareOfBatch = 0.15;
