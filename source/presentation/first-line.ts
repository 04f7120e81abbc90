import type { Target } from '../database/target.ts';
import { type Status, statuses } from '../domain/operation.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { visibleName } from '../domain/visible-name.ts';
import { count, localTimestamp } from './figures.ts';

/** The line that `status` prints at once, before it has counted a large table: the statuses that a poll counts entirely. */
export function firstLine(target: Target, { takenAt, counts }: Snapshot): string {
  const at = localTimestamp(takenAt, target.zone)?.replace('T', ' ') ?? '?';
  const known = statuses.flatMap((status: Status) => {
    const operations = counts[status] ?? 0;
    return operations === 0 ? [] : [`${count(operations)} ${status}`];
  });
  const listed = known.length === 0 ? 'none running, paused or failed' : known.join(', ');
  return `${target.user}@${target.host}/${target.database} ${visibleName(target.table)} at ${at}: ${listed}; counting all operations …`;
}
