import type { Track } from './tracks.ts';

/** Seconds since an operation's last progress or, before its first progress, since it was first seen. */
export function secondsSinceProgress(track: Track, takenAt: number): number {
  return Math.max(0, takenAt - (track.lastProgressAt ?? track.firstSeenAt));
}

/** For how many seconds an operation has made no progress, without the time in which it was paused. */
export function stillSeconds(track: Track, takenAt: number): number {
  return Math.max(0, secondsSinceProgress(track, takenAt) - track.haltedSeconds);
}
