import type { Operation, Phase, Status } from '../../source/domain/operation.ts';
import type { Snapshot } from '../../source/domain/snapshot.ts';
import { bareOperation, snapshot as snapshotWith } from '../support/fixtures.ts';
import { totalsOf } from '../support/totals.ts';

/** An operation with what the test does not care about filled in. */
export const operation = bareOperation;

/** 2024-01-15 00:00, the day of the specification's examples, on the database's clock. */
const day = Date.UTC(2024, 0, 15) / 1000;

/** A timestamp on that day, from `10:00:05`. */
export function at(clock: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = clock.split(':').map(Number);
  return day + hours * 3600 + minutes * 60 + seconds;
}

/** The snapshot of one poll of a table with these rows; without a last poll, only its live and failed rows. */
export function snapshot(takenAt: number, rows: readonly Operation[], fields: Partial<Snapshot> = {}): Snapshot {
  return snapshotWith({
    takenAt,
    totals: totalsOf(rows),
    coverage: { share: 1, countedAt: takenAt, isStale: false },
    operations: rows.filter((row) => row.status === 'running' || row.status === 'paused'),
    failures: rows.filter((row) => row.status === 'failed'),
    ...fields,
  });
}

/** Rows 1, 2, 3, 4 and 8 of the specification: the brackets, two batches of which are done. */
export const bracketRows: readonly Operation[] = [
  row(1, 'discovery', 'dispatch_bracket', 'table_analysis', 'completed', 0, 1569, '10:00:00', '10:00:05', null, 1),
  row(2, 'planning', 'brackets', 'migration_strategy', 'completed', 0, 1569, '10:00:05', '10:00:10', 500, 1),
  row(3, 'execution', 'brackets', 'batch_migration', 'completed', 500, 1569, '10:00:15', '10:00:45', 500, 1),
  row(4, 'execution', 'brackets', 'batch_migration', 'completed', 500, 1569, '10:00:45', '10:01:15', 500, 1),
  row(8, 'validation', 'brackets', 'count_verification', 'completed', 1569, 1569, '10:02:30', '10:02:35', null, 1),
];

/** Rows 10 to 13 of the specification: a junction table that fails, and is taken up again. */
export const junctionRows: readonly Operation[] = [
  {
    ...row(
      10,
      'execution',
      'case_file_relationships',
      'batch_migration',
      'failed',
      2300,
      15420,
      '10:15:00',
      '10:18:30',
      200,
      2,
    ),
    errorMessage: 'Foreign key constraint violation on case_id',
  },
  row(
    11,
    'validation',
    'case_file_relationships',
    'orphan_detection',
    'completed',
    23,
    23,
    '10:18:30',
    '10:18:45',
    null,
    2,
  ),
  row(12, 'execution', 'cases', 'missing_parent_migration', 'completed', 23, 23, '10:20:00', '10:21:00', 23, 2),
  row(
    13,
    'execution',
    'case_file_relationships',
    'batch_migration_retry',
    'completed',
    200,
    15420,
    '10:21:00',
    '10:21:30',
    200,
    2,
  ),
];

function row(
  id: number,
  phase: Phase,
  tableName: string,
  name: string,
  status: Status,
  recordsProcessed: number,
  totalRecords: number,
  startedAt: string,
  completedAt: string,
  batchSize: number | null,
  workerId: number,
): Operation {
  return operation({
    id,
    phase,
    tableName,
    operation: name,
    status,
    recordsProcessed,
    totalRecords,
    startedAt: at(startedAt),
    completedAt: at(completedAt),
    batchSize,
    workerId,
  });
}
