import { isStillRecent } from './ended-eta.ts';
import type { Observation } from './observation.ts';
import { isIncomplete } from './progress.ts';
import type { TableSummary } from './summary.ts';
import { rateWindowSeconds } from './throughput.ts';

/** Whether the workers of a table without open operations may be at work elsewhere, and come back: one has just ended. */
export function mayGoOn({ throughput, snapshot }: Observation, table: TableSummary): boolean {
  const { tableName, percent, averageBatchSeconds } = table;
  const endedAt = throughput.ended.get(tableName)?.progressAt ?? null;
  if (endedAt === null || averageBatchSeconds === null || !isIncomplete(percent)) return false;
  return isStillRecent(endedAt, averageBatchSeconds, snapshot.takenAt);
}

/**
 * Whether polls saw a table progress a moment ago that is not complete: its workers may insert the row of the next batch in a moment.
 * Without this the work left, and the ETA, would come and go with each batch.
 */
export function isBetweenBatches(observation: Observation, table: TableSummary): boolean {
  return isIncomplete(table.percent) && hasProgressed(observation, table);
}

/** Whether polls saw a table progress in the time that a rate covers. */
function hasProgressed({ throughput, snapshot }: Observation, { tableName }: TableSummary): boolean {
  const progressAt = throughput.tables.get(tableName)?.progressAt ?? null;
  return progressAt !== null && snapshot.takenAt - progressAt <= rateWindowSeconds;
}
