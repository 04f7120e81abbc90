import { clockName } from '../domain/deadline.ts';
import type { MonitorState } from './state.ts';

/** The deadline as the prompt offers it: a time, also of one that was given as a duration; '' without one. */
export function deadlineName({ due: { until, deadline } }: Pick<MonitorState, 'due'>): string {
  return deadline?.name ?? until?.text ?? '';
}

/** The message after the deadline was set or removed: `deadline: 12:21`, on another day `deadline: 2026-11-27 06:00`. */
export function deadlineSet({ due: { until, deadline }, target, latest }: MonitorState): string {
  if (until === null) return 'no deadline any more';
  if (deadline === null || latest === null) return `deadline: ${until.text}`;
  return `deadline: ${clockName(deadline.at, latest.snapshot.takenAt, target.zone) ?? until.text}`;
}
