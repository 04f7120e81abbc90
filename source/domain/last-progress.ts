import { gainedSince, lateSeconds, writerOffset } from './first-seen.ts';
import { type Operation, workedSince } from './operation.ts';
import { pausedReportsAfter } from './paused-reports.ts';
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
  usually,
  withLate,
} from './report-times.ts';
import type { Resume } from './resumes.ts';
import type { Snapshot } from './snapshot.ts';
import { addTrack, type Gain, type Track, type Tracks, tracksOf, tracksOfId } from './tracks.ts';
import { latestResume, watchedPauseAfter } from './watched-pauses.ts';
import { laterInstant } from './zone.ts';

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
 * @returns `gains` of this poll, and `settled`: gains of earlier polls that were the first of their operations. `resumes`: those of the
 *   snapshot, and of operations that polls saw paused
 */
export function follow(
  before: Tracks,
  snapshot: Snapshot,
  previousTakenAt: number | null,
  reportOf: (operation: Operation) => KnownReport | null = () => null,
  isCumulative: (operation: Operation) => boolean = () => false,
): {
  tracks: Tracks;
  gains: readonly Gain[];
  settled: readonly Gain[];
  resumes: ReadonlyMap<number, Resume> | undefined;
} {
  const { takenAt } = snapshot;
  const tracks = new Map<number, Track>();
  const watched = new Map<number, Resume>();
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
    if (operation.status === 'running' && track.watchedPause !== undefined)
      watched.set(operation.id, latestResume(snapshot.resumes?.get(operation.id), track.watchedPause));
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
  const resumes = watched.size === 0 ? snapshot.resumes : new Map([...(snapshot.resumes ?? []), ...watched]);
  return { tracks, gains, settled, resumes };
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
  const pauses = watchedPauseAfter(known, operation, takenAt);
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
          pausedSeconds: Math.max(
            resumes?.get(operation.id)?.pausedSeconds ?? 0,
            pauses.watchedPause?.pausedSeconds ?? 0,
          ),
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
      ...pauses,
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
