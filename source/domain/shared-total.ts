import { expectedOfRow } from './expected-of-row.ts';
import type { Observation } from './observation.ts';
import type { Operation } from './operation.ts';
import type { TotalsByPhase } from './phase-totals.ts';
import { tableKey } from './rate-keys.ts';
import { isCounting } from './snapshot.ts';
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

/**
 * How many records an operation is expected to process; null if neither its row nor how its table counts shows that. Its total, if that
 * is its own: its batch size would be reached long before its end.
 */
export function expectedRecordsOf(observation: Observation | null, operation: Operation): number | null {
  if (observation !== null && sharesTotal(observation, operation) && isLong(operation)) return null;
  const ofTotal =
    observation !== null && hasOwnTotal(observation, operation)
      ? expectedOfRow({ ...operation, batchSize: null })
      : null;
  return ofTotal ?? expectedOfRow(operation);
}

/** Whether the total of an operation is its own: it is the only one of its table, or several rows prove it. */
function hasOwnTotal({ totals, memo, snapshot }: Observation, { phase, tableName }: Operation): boolean {
  return !isCounting(snapshot) && memo(tablesWithOwnTotals, totals).has(tableKey(phase, tableName));
}

const tablesWithOwnTotals = (totals: TotalsByPhase): ReadonlySet<string> => tablesWhere(totals, hasOwnTotals);

const hasOwnTotals = ({ operations, wholeTotal, counting, isProven }: TableSummary): boolean =>
  (operations === 1 && wholeTotal === null) || (counting === 'own totals' && isProven);

/** Whether several operations have the total of their table, and their records add up to it. */
export function sharesTotal({ totals, memo }: Observation, { phase, tableName }: Operation): boolean {
  return memo(sharingTables, totals).has(tableKey(phase, tableName));
}

const sharingTables = (totals: TotalsByPhase): ReadonlySet<string> => tablesWhere(totals, isShared);

const isShared = ({ counting, operations }: TableSummary): boolean => counting === 'per batch' && operations > 1;

function tablesWhere(totals: TotalsByPhase, isMeant: (table: TableSummary) => boolean): ReadonlySet<string> {
  return new Set(
    [...totals].flatMap(([phase, { tables }]) =>
      tables.filter(isMeant).map(({ tableName }) => tableKey(phase, tableName)),
    ),
  );
}
