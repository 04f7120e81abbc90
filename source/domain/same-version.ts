import type { ControlColumn } from './control-columns.ts';
import type { Operation } from './operation.ts';

/** The columns that may change in a row, with their fields. Those of its identity are phase, table and operation. */
const changing = {
  status: 'status',
  records_processed: 'recordsProcessed',
  total_records: 'totalRecords',
  started_at: 'startedAt',
  completed_at: 'completedAt',
  batch_size: 'batchSize',
  worker_id: 'workerId',
  error_message: 'errorMessage',
} as const satisfies Partial<Record<ControlColumn, keyof Operation>>;

const changingFields = Object.values(changing);

/** The columns that show whether a row without a version has changed. */
export const comparedColumns: readonly string[] = ['phase', 'table_name', 'operation', ...Object.keys(changing)];

/** Whether two reads found the same version of a row; without versions, whether all fields are equal. (Progress: `progressedSince`.) */
export function isSameVersion(a: Operation, b: Operation): boolean {
  if (a.identity !== b.identity) return false;
  if (a.version !== null || b.version !== null) return a.version === b.version;
  return changingFields.every((field) => a[field] === b[field]);
}
