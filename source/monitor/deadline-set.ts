import { localTimestamp } from '../presentation/figures.ts';
import type { MonitorState } from './state.ts';

/** What the key of the deadline has done: `deadline: 12:21`, on another day `deadline: 2026-11-27 06:00`. */
export function deadlineSet({ due: { until, deadline }, target, latest }: MonitorState): string {
  if (until === null) return 'no deadline any more';
  if (deadline === null || latest === null) return `deadline: ${until.text}`;
  const minute = (at: number): string => localTimestamp(at, target.zone)?.slice(0, 16).replace('T', ' ') ?? until.text;
  const [at, now] = [minute(deadline.at), minute(latest.snapshot.takenAt)];
  return `deadline: ${at.slice(0, 10) === now.slice(0, 10) ? at.slice(11) : at}`;
}
