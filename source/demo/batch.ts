import type { DemoTable } from './tables.ts';

/** One operation of a simulated worker: one row of the control table. */
export interface PlannedBatch {
  readonly phase: 'execution' | 'validation';
  readonly table: string;
  readonly operation: string;
  /** How many records this operation migrates if it completes. */
  readonly records: number;
  /** `total_records` of its row: those of the whole table, as in the specification. */
  readonly totalRecords: number | null;
  readonly batchSize: number | null;
  readonly recordsPerSecond: number;
  readonly sourceQuery: string | null;
  readonly validationQuery: string | null;
  /** It fails after `atRecord` records. */
  readonly failure?: { readonly atRecord: number; readonly message: string };
  /** It stays `running` without progress for that time. */
  readonly stall?: { readonly atRecord: number; readonly seconds: number };
  /** The batch that the same worker starts after this one has ended, whatever the result. */
  readonly next?: FollowUp;
  /** The batch that the same worker starts after this one has failed as planned. Without it, the operator has to act. */
  readonly repair?: FollowUp;
  /** Batches that can be queued after this one has ended, whatever the result. */
  readonly releases?: readonly PlannedBatch[];
}

export interface FollowUp {
  readonly afterSeconds: number;
  readonly batch: PlannedBatch;
}

/**
 * The batch of a table that begins at a record (specification, "Brackets Migration Tracking").
 *
 * @param number its batch_id in the new system
 */
export function batchAt(table: DemoTable, offset: number, number: number): PlannedBatch {
  return {
    phase: 'execution',
    table: table.target,
    operation: 'batch_migration',
    records: Math.min(table.batchSize, table.records - offset),
    totalRecords: table.records,
    batchSize: table.batchSize,
    recordsPerSecond: table.recordsPerSecond,
    sourceQuery: `SELECT * FROM ${table.source} LIMIT ${table.batchSize} OFFSET ${offset}`,
    validationQuery: `SELECT COUNT(*) FROM ${table.target} WHERE batch_id = ${number}`,
  };
}

/** The batches of a table from a record on, in order, up to its last record. */
export function batchesFrom(table: DemoTable, offset: number, firstNumber: number): PlannedBatch[] {
  return Array.from({ length: Math.ceil((table.records - offset) / table.batchSize) }, (_, index) =>
    batchAt(table, offset + index * table.batchSize, firstNumber + index),
  );
}

/** The count that ends a table's migration. */
export function countVerification(table: DemoTable): PlannedBatch {
  return {
    phase: 'validation',
    table: table.target,
    operation: 'count_verification',
    records: table.records,
    totalRecords: table.records,
    batchSize: null,
    recordsPerSecond: Math.ceil(table.records / 5),
    sourceQuery: `SELECT COUNT(*) FROM ${table.source}`,
    validationQuery: `SELECT COUNT(*) FROM ${table.target}`,
  };
}

/** Returns the batch, which fails after a share (0 to 1) of its records. */
export function failing(batch: PlannedBatch, share: number, message: string): PlannedBatch {
  return { ...batch, failure: { atRecord: Math.floor(batch.records * share), message } };
}

/** A failing batch that its worker retries, from the record at which it failed. */
export function retried(batch: PlannedBatch, afterSeconds: number): PlannedBatch {
  const { failure, ...rest } = batch;
  if (failure === undefined) return batch;
  const again = { ...rest, operation: `retry_batch_${batchNumber(batch)}`, records: batch.records - failure.atRecord };
  return { ...batch, repair: { afterSeconds, batch: again } };
}

/** The OFFSET of a source query; null if it has none. */
export function offsetOf(sourceQuery: string | null): number | null {
  const offset = sourceQuery?.match(/\bOFFSET (\d{1,9})\b/i)?.[1];
  return offset === undefined ? null : Number(offset);
}

function batchNumber(batch: PlannedBatch): number {
  return (offsetOf(batch.sourceQuery) ?? 0) / (batch.batchSize ?? 1) + 1;
}

/** All batches that follow a batch: those of the same worker, and those that it releases. */
export function followers(batch: PlannedBatch): PlannedBatch[] {
  const direct = [batch.next?.batch, batch.repair?.batch, ...(batch.releases ?? [])].filter((one) => one !== undefined);
  return direct.flatMap((one) => [one, ...followers(one)]);
}
