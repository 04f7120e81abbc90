import { expectedOfRow } from './expected-of-row.ts';
import type { Observation } from './observation.ts';
import type { Operation } from './operation.ts';
import type { TotalsByPhase } from './phase-totals.ts';
import { tableKey } from './rate-keys.ts';
import type { TableSummary } from './summary.ts';

/** More batches than this are more than a batch that was larger than usual. */
const longBatches = 1.5;

/**
 * Whether an operation has clearly more records than its batch size. If it shares its total with others, it goes on until its worker
 * stops: nothing shows how many records it will have.
 */
export function isLong({ recordsProcessed, batchSize }: Operation): boolean {
  return batchSize !== null && batchSize > 0 && (recordsProcessed ?? 0) > longBatches * batchSize;
}

/** How many records an operation is expected to process; null if neither its row nor how its table counts shows that. */
export function expectedRecordsOf(observation: Observation | null, operation: Operation): number | null {
  if (observation !== null && sharesTotal(observation, operation) && isLong(operation)) return null;
  return expectedOfRow(operation);
}

/** Whether several operations have the total of their table, and their records add up to it. */
export function sharesTotal({ totals, memo }: Observation, { phase, tableName }: Operation): boolean {
  return memo(sharingTables, totals).has(tableKey(phase, tableName));
}

function sharingTables(totals: TotalsByPhase): ReadonlySet<string> {
  const sharing = [...totals].flatMap(([phase, { tables }]) =>
    tables.filter(isShared).map(({ tableName }) => tableKey(phase, tableName)),
  );
  return new Set(sharing);
}

function isShared({ counting, operations }: TableSummary): boolean {
  return counting === 'per batch' && operations > 1;
}
