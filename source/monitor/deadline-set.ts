import { clockName } from '../domain/deadline.ts';
import type { MonitorState } from './state.ts';

/** What the key of the deadline has done: `deadline: 12:21`, on another day `deadline: 2026-11-27 06:00`. */
export function deadlineSet({ due: { until, deadline }, target, latest }: MonitorState): string {
  if (until === null) return 'no deadline any more';
  if (deadline === null || latest === null) return `deadline: ${until.text}`;
  return `deadline: ${clockName(deadline.at, latest.snapshot.takenAt, target.zone) ?? until.text}`;
}
