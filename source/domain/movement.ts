import type { Operation } from './operation.ts';
import type { Snapshot, Span } from './snapshot.ts';

/**
 * What was seen of one operation since we watch it. The table has no heartbeat, so movement is what changed between
 * two polls: `records_processed`, or the version of the row (`xmin`), which changes even when a worker writes the
 * same figures again.
 */
export interface Track {
  readonly operation: Operation;
  /** When we first saw it, and when we last saw it move, on the database's clock; null where it never moved since. */
  readonly firstSeenAt: number;
  readonly movedAt: number | null;
}

export type Tracks = ReadonlyMap<number, Track>;

/** Records that one operation gained since the poll before. */
export interface Gain extends Span {
  readonly operation: Operation;
}

/** Operations that ended are remembered a little longer: a row that is run again within that time is no news. */
const rememberedSeconds = 120;

/** A stamp may be this much older than the poll that missed its row: it is taken before its transaction commits. */
const commitLagSeconds = 1;

/**
 * Compares a snapshot with what was tracked before.
 *
 * An operation never seen before counts as having gained its records only when it started since the last poll: what
 * it did earlier was done before we looked.
 *
 * @param previousTakenAt when the snapshot before was taken; null for the first
 */
export function follow(
  before: Tracks,
  snapshot: Snapshot,
  previousTakenAt: number | null,
): { tracks: Tracks; gains: readonly Gain[] } {
  const { takenAt } = snapshot;
  const tracks = new Map<number, Track>();
  const gains: Gain[] = [];
  for (const operation of snapshot.operations) {
    const known = before.get(operation.id);
    const isNew =
      known === undefined &&
      previousTakenAt !== null &&
      (operation.startedAt ?? 0) >= previousTakenAt - commitLagSeconds;
    const earlier = known === undefined ? (isNew ? 0 : operation.recordsProcessed) : known.operation.recordsProcessed;
    const records = (operation.recordsProcessed ?? 0) - (earlier ?? 0);
    const moved = isNew || (known !== undefined && (records !== 0 || operation.version !== known.operation.version));
    tracks.set(operation.id, {
      operation,
      firstSeenAt: known?.firstSeenAt ?? takenAt,
      movedAt: moved ? takenAt : (known?.movedAt ?? null),
    });
    if (records > 0) gains.push({ operation, from: previousTakenAt ?? takenAt, to: takenAt, records });
  }
  for (const [id, track] of before) {
    if (!tracks.has(id) && takenAt - (track.movedAt ?? track.firstSeenAt) < rememberedSeconds) tracks.set(id, track);
  }
  return { tracks, gains };
}

/** Seconds since an operation last moved; where it never moved while we watched, since we first saw it. */
export function stillSeconds(track: Track, takenAt: number): number {
  return Math.max(0, takenAt - (track.movedAt ?? track.firstSeenAt));
}

/** Whether movement is overdue: a running operation has been still for longer than its table's batches ever take. */
export function isStalled(track: Track, takenAt: number, averageBatchSeconds: number | null): boolean {
  if (track.operation.status !== 'running') return false;
  return stillSeconds(track, takenAt) > Math.max(30, 3 * (averageBatchSeconds ?? 0));
}
