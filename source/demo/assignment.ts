import { type Batch, offsetOf } from './batch.ts';
import { brackets, relationships, tables } from './tables.ts';

/** A row that a worker has, and how far it is. */
export interface Assignment {
  readonly id: number;
  readonly batch: Batch;
  /** Records of this operation that are done, in fractions. */
  moved: number;
}

/** What the claiming statement brings back. */
export interface ClaimedRow {
  readonly id: number;
  readonly phase: string;
  readonly table_name: string;
  readonly operation: string;
  readonly records_processed: number | null;
  readonly total_records: number | null;
  readonly batch_size: number | null;
  readonly source_query: string | null;
  readonly validation_query: string | null;
  /** Records that other operations have moved of the same source query. */
  readonly done_before: number;
}

const speeds = new Map([brackets, relationships, ...tables].map((table) => [table.target, table.recordsPerSecond]));
const batchSizeOfStrangers = 500;
const secondsOfStrangers = 20;
const secondsOfValidation = 5;

/** @param known the batch that the simulation queued as this row; without it the row is an operator's own. */
export function assign(row: ClaimedRow, known: Batch | undefined): Assignment {
  return { id: row.id, batch: known ?? batchFrom(row), moved: row.records_processed ?? 0 };
}

/** Works out what a row asks for that the simulation did not make. */
function batchFrom(row: ClaimedRow): Batch {
  const isValidation = row.phase === 'validation';
  const records = isValidation ? (row.total_records ?? 0) : recordsLeft(row);
  const seconds = isValidation ? secondsOfValidation : secondsOfStrangers;
  const usual = isValidation ? undefined : speeds.get(row.table_name);
  return {
    phase: isValidation ? 'validation' : 'execution',
    table: row.table_name,
    operation: row.operation,
    records,
    totalRecords: row.total_records,
    batchSize: row.batch_size,
    recordsPerSecond: usual ?? Math.max(1, records / seconds),
    sourceQuery: row.source_query,
    validationQuery: row.validation_query,
  };
}

/** A batch that others have worked on before is gone on with where they stopped, so that no record counts twice. */
function recordsLeft(row: ClaimedRow): number {
  const size = row.batch_size ?? row.total_records ?? batchSizeOfStrangers;
  const offset = offsetOf(row.source_query);
  const there = row.total_records === null || offset === null ? size : Math.min(size, row.total_records - offset);
  return Math.max(0, row.done_before < there ? there - row.done_before : there);
}
