import { clockName } from '../domain/deadline.ts';
import { sinceText } from '../domain/since.ts';
import { localSeconds } from '../domain/zone.ts';
import { age } from '../presentation/figures.ts';
import type { MonitorState } from './state.ts';

const daySeconds = 86_400;

/** The deadline as the prompt offers it: a time, also of one that was given as a duration; '' without one. */
export function deadlineName({ due: { until, deadline } }: Pick<MonitorState, 'due'>): string {
  return deadline?.name ?? until?.text ?? '';
}

/**
 * The message after the deadline was set or removed: `deadline: 12:21`, on another day `deadline: 2026-11-27 06:00`. Of a time of the day
 * that has passed, how to give that of the next day.
 */
export function deadlineSet({ due: { until, deadline }, target, latest }: MonitorState): string {
  if (until === null) return 'no deadline any more';
  if (deadline === null || latest === null) return `deadline: ${until.text}`;
  const { takenAt } = latest.snapshot;
  const name = clockName(deadline.at, takenAt, target.zone) ?? until.text;
  if (deadline.at > takenAt) return `deadline: ${name}`;
  const next = sinceText(localSeconds(deadline.at, target.zone) + daySeconds);
  return `deadline: ${name} passed ${age(takenAt - deadline.at)} ago${until.kind === 'clock' ? ` (the next one: ${next})` : ''}`;
}
