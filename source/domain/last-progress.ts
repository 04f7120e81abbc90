import { repeatedIds } from './audited-results.ts';
import { gainedSince, lateSeconds, writerOffset } from './first-seen.ts';
import { knownOf, type Operation, operationKey, workedSince } from './operation.ts';
import { type PausedReports, pausedReportsAfter } from './paused-reports.ts';
import {
  clockTime,
  earlierOf,
  gainSpan,
  type KnownReport,
  reportSeconds,
  reportWorkSeconds,
  resized,
  resizedBy,
  shrinking,
  startOf,
  type UsualReport,
  usually,
  type Worked,
  withLate,
} from './report-times.ts';
import type { Snapshot, Span } from './snapshot.ts';
import { laterInstant } from './zone.ts';

/** The history of one operation while migtop watches it. */
export interface Track {
  readonly operation: Operation;
  /** When it was first seen, and its last progress, on the database's clock; null if no progress was seen. */
  readonly firstSeenAt: number;
  readonly lastProgressAt: number | null;
  /** The worker that had it last, also after it was put back into the queue; null if none is known. */
  readonly lastWorkerId?: number | null;
  /** When a poll read it last, on the database's clock, and the table's files then. */
  readonly seenAt: number;
  readonly files?: string | undefined;
  /** For how many seconds since its last progress (or since it was first seen) it was not running: it was paused, for example. */
  readonly haltedSeconds: number;
  /** Whether it was not running when it was first seen: for how long it was paused before is unknown. */
  readonly beganHalted: boolean;
  /** The reports of its worker since it is paused; absent without one. */
  readonly pausedReports?: PausedReports;
  /** Since when its worker processes the records of its next report; null if it is not running, or that is unknown. */
  readonly workingSince: number | null;
  /** For how long it worked on that report before it was paused; absent or null if it was not, or if that is unknown. */
  readonly earlier?: Worked | null;
  /** Its first gain that was seen, if it had records before, until its next gain. */
  readonly firstGain: Gain | null;
  /** Its usual report: how many records, and in how many seconds. */
  readonly usualReport: UsualReport | null;
  /** If its batch size was changed since its last report: by how much less it reports from the next report on; at most 1. */
  readonly shrinksBy?: number;
  /** The longest time between two of its last progresses, in seconds; 0 before the second progress. */
  readonly gapSeconds: number;
  /** How far its writer's clock is ahead of the database's, in seconds (a writer in another time zone). */
  readonly writerOffset: number;
  /** The tracks of other operations with the same id. */
  readonly others?: readonly Track[];
}

export type Tracks = ReadonlyMap<number, Track>;

/** The track of an operation; several operations may share its id. */
export function trackFor(
  tracks: Tracks,
  operation: Pick<Operation, 'id' | 'identity'> & Partial<Pick<Operation, 'version'>>,
): Track | undefined {
  return knownOf(sameAs(tracks, operation), operation);
}

/** All tracks, including those of operations that share an id. */
export const everyTrack = (tracks: Tracks): readonly Track[] => [...tracks.values()].flatMap(tracksOfId);

/** The tracks of all operations with this id; mostly one. */
export function tracksWithId(tracks: Tracks, id: number): readonly Track[] {
  const track = tracks.get(id);
  return track === undefined ? [] : tracksOfId(track);
}

function tracksOfId(track: Track): readonly Track[] {
  return track.others === undefined ? [track] : [track, ...track.others];
}

/** The tracks of all rows with the same id, phase, table and operation; mostly one. */
function sameAs(tracks: Tracks, { id, identity }: Pick<Operation, 'id' | 'identity'>): readonly Track[] {
  return tracksWithId(tracks, id).filter(({ operation }) => operation.identity === identity);
}

/**
 * The track of each operation. Of rows with the same id, phase, table and operation, those with an unchanged version keep
 * the track of that version; the others get theirs in the order of their records, since counters grow.
 */
function tracksOf(before: Tracks, snapshot: Snapshot): ReadonlyMap<Operation, Track> {
  const known = new Map<Operation, Track>();
  const repeated = repeatedIds(snapshot.operations);
  const byRecords = (a: Operation, b: Operation): number => (a.recordsProcessed ?? 0) - (b.recordsProcessed ?? 0);
  for (const same of Map.groupBy(snapshot.operations, operationKey).values()) {
    const [first] = same;
    if (first === undefined) continue;
    const tracks = sameAs(before, first);
    // If only one operation has the id, it may have been renamed, or loaded again.
    const renamed =
      tracks.length === 0 && same.length === 1 && !repeated.has(first.id) ? before.get(first.id) : undefined;
    if (renamed !== undefined) known.set(first, renamed);
    const [only] = tracks;
    if (same.length === 1 && tracks.length <= 1) {
      if (only !== undefined) known.set(first, only);
      continue;
    }
    for (const operation of same) {
      const track = tracks.filter((one) => one.operation.version === operation.version);
      if (track.length === 1 && track[0] !== undefined) known.set(operation, track[0]);
    }
    const taken = new Set(known.values());
    const left = tracks.filter((track) => !taken.has(track)).sort((a, b) => byRecords(a.operation, b.operation));
    for (const operation of same.filter((one) => !known.has(one)).sort(byRecords)) {
      const track = left.shift();
      if (track !== undefined) known.set(operation, track);
    }
  }
  return known;
}

/** Adds a track to those of its id. */
function addTrack(tracks: Map<number, Track>, { others: _, ...track }: Track): void {
  const first = tracks.get(track.operation.id);
  tracks.set(track.operation.id, first === undefined ? track : { ...first, others: [...(first.others ?? []), track] });
}

/** Records that one operation gained. */
export interface Gain extends Span {
  readonly operation: Operation;
  /** Their duration is an estimate: only the next gain of the operation shows it. */
  readonly isFirst: boolean;
  /** Whether the operation had ended when a poll saw it for the first time. */
  readonly isOfEnded: boolean;
  /** The work on these records before the operation was paused. */
  readonly earlier?: Worked | null;
  /** Whether its worker stood still for most of the time since its last report. */
  readonly isLate?: boolean;
}

/** How long the tracks of operations that have ended are kept, in seconds, and maximum how many: they may be run again. */
const rememberedSeconds = 120;
const maxRemembered = 2000;

/**
 * Compares a snapshot with what was tracked before.
 *
 * The records that an operation had when it was first seen are no gain. The gains come from the ledger
 * (`snapshot.gained`); if that is null, the tracks are compared.
 *
 * @param previousTakenAt when the snapshot before was taken; null for the first
 * @param reportOf the usual report of other operations of its worker or table
 * @param isCumulative whether the counter of an operation includes the records of earlier ones
 * @returns `gains` of this poll, and `settled`: gains of earlier polls that were the first of their operations
 */
export function follow(
  before: Tracks,
  snapshot: Snapshot,
  previousTakenAt: number | null,
  reportOf: (operation: Operation) => KnownReport | null = () => null,
  isCumulative: (operation: Operation) => boolean = () => false,
): { tracks: Tracks; gains: readonly Gain[]; settled: readonly Gain[] } {
  const { takenAt } = snapshot;
  const tracks = new Map<number, Track>();
  const gains: Gain[] = [];
  const settled: Gain[] = [];
  const knownTracks = tracksOf(before, snapshot);
  for (const operation of snapshot.operations) {
    const known = knownTracks.get(operation);
    const records =
      previousTakenAt === null ? 0 : gainedSince(operation, known?.operation, snapshot, previousTakenAt, isCumulative);
    const hasBegun = snapshot.gained?.has(operation.id) === true || snapshot.begun?.has(operation.id) === true;
    const isNew = known === undefined && hasBegun;
    const { track, gain } = trackOf(operation, known, records, snapshot, previousTakenAt, isNew, reportOf);
    addTrack(tracks, track);
    if (gain === null) continue;
    gains.push(gain);
    const first = known?.firstGain ?? null;
    if (first === null) continue;
    // The second gain shows how long the first one took.
    const seconds = (reportSeconds(gain) * first.records) / gain.records;
    settled.push({ ...first, from: first.to - seconds, isFirst: false });
  }
  const followed = new Set(knownTracks.values());
  const isKept = (track: Track): boolean => !followed.has(track) && takenAt - track.seenAt < rememberedSeconds;
  // The operations that ended last come first. A track without others is kept as it is.
  const mostTracks = tracks.size + maxRemembered;
  for (const [id, track] of before) {
    if (tracks.size >= mostTracks) break;
    if (track.others === undefined && !tracks.has(id)) {
      if (isKept(track)) tracks.set(id, track);
    } else for (const one of tracksOfId(track)) if (isKept(one)) addTrack(tracks, one);
  }
  return { tracks, gains, settled };
}

function trackOf(
  operation: Operation,
  known: Track | undefined,
  records: number,
  { takenAt, files, zone, resumes }: Snapshot,
  since: number | null,
  isInserted: boolean,
  reportOf: (operation: Operation) => KnownReport | null,
): { track: Track; gain: Gain | null } {
  const appeared = known === undefined && since !== null;
  const isSameStart = known?.operation.startedAt === operation.startedAt;
  const began = isInserted || (known !== undefined && !isSameStart) ? since : null;
  const started = laterInstant(operation.startedAt, takenAt, zone);
  const offset = (isSameStart ? known?.writerOffset : undefined) ?? writerOffset(started, began, takenAt);
  const startedAt = clockTime(started, offset, takenAt);
  const isBegun = appeared && (records > 0 || (startedAt === null ? isInserted : startedAt >= since - lateSeconds));
  const hasProgressed =
    isBegun || (known !== undefined && workedSince(known.operation, operation, { ...known, filesNow: files }));
  const wasRunning = known?.operation.status === 'running';
  const halted = (known?.haltedSeconds ?? 0) + (known === undefined || wasRunning ? 0 : takenAt - known.seenAt);
  const workingSince =
    known !== undefined && wasRunning
      ? known.workingSince
      : known !== undefined || isBegun
        ? startOf(startedAt, since, takenAt)
        : (operation.recordsProcessed ?? 0) === 0
          ? startedAt
          : null;
  const isFirst =
    operation.status === 'running' && known !== undefined && workingSince === null && known.firstGain === null;
  const earlier = (isSameStart && known?.earlier) || null;
  const span =
    records > 0 && since !== null
      ? gainSpan({
          operation,
          records,
          workingSince,
          wasHalted: halted > 0,
          startedAt,
          pausedSeconds: resumes?.get(operation.id)?.pausedSeconds ?? 0,
          offset,
          since,
          takenAt,
          watchedSince: known?.firstSeenAt ?? since,
        })
      : null;
  const factor = resizedBy(known?.operation, operation);
  const usual = resized(known?.usualReport ?? null, Math.max(1, factor));
  const seen: Gain | null = span && {
    ...span,
    operation,
    isFirst,
    isOfEnded: known === undefined && (operation.status === 'completed' || operation.status === 'failed'),
    earlier: workingSince === null ? null : earlier,
  };
  const gain =
    seen &&
    (isFirst ? seen : withoutStandstill(seen, usual === null ? reportOf(operation) : { usual, isOfTable: false }));
  const progressBefore = known?.lastProgressAt ?? null;
  return {
    track: {
      operation,
      firstSeenAt: known?.firstSeenAt ?? takenAt,
      lastProgressAt: hasProgressed ? takenAt : progressBefore,
      seenAt: takenAt,
      lastWorkerId: operation.workerId ?? known?.lastWorkerId ?? null,
      ...(files !== undefined && { files }),
      haltedSeconds: hasProgressed ? 0 : halted,
      beganHalted: known?.beganHalted ?? operation.status !== 'running',
      ...pausedReportsAfter(known, operation, records, takenAt),
      workingSince: operation.status !== 'running' ? null : records > 0 ? (gain?.to ?? takenAt) : workingSince,
      firstGain: isFirst ? gain : gain === null && operation.status === 'running' ? (known?.firstGain ?? null) : null,
      earlier: gain === null ? earlierOf(earlier, wasRunning, operation, workingSince, takenAt) : null,
      usualReport:
        gain === null || isFirst || known?.shrinksBy !== undefined
          ? resized(usual, (gain && known?.shrinksBy) ?? 1)
          : gain.isLate === true
            ? usual && withLate(usual)
            : usually(usual, { records, seconds: reportSeconds(gain) }),
      ...shrinking(gain === null ? known?.shrinksBy : undefined, factor),
      gapSeconds:
        Math.max(1, factor) *
        (hasProgressed && progressBefore !== null && known !== undefined && wasRunning
          ? Math.max(takenAt - progressBefore - halted, 0.8 * known.gapSeconds)
          : (known?.gapSeconds ?? 0)),
      writerOffset: offset,
    },
    gain,
  };
}

/** A gain without the time in which its worker stood still, if it took much longer than usual. */
function withoutStandstill(gain: Gain, known: KnownReport | null): Gain {
  const seconds = known === null ? null : reportWorkSeconds(gain, known.usual, known.isOfTable);
  return seconds === null ? gain : { ...gain, from: gain.to - seconds, earlier: null, isLate: true };
}
