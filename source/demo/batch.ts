import type { DemoTable } from './tables.ts';

/** One operation that a simulated worker performs: one row of the control table. */
export interface Batch {
  readonly phase: 'execution' | 'validation';
  readonly table: string;
  readonly operation: string;
  /** Records that this operation moves when it ends well. */
  readonly records: number;
  /** What its row says in total_records: those of the whole table, as in the specification. */
  readonly totalRecords: number | null;
  readonly batchSize: number | null;
  readonly recordsPerSecond: number;
  readonly sourceQuery: string | null;
  readonly validationQuery: string | null;
  /** It fails once it has moved so many records. */
  readonly failure?: { readonly atRecord: number; readonly message: string };
  /** It says `running` and does not move for a while. */
  readonly stall?: { readonly atRecord: number; readonly seconds: number };
  /** What the same worker does once this one has ended, whatever became of it. */
  readonly next?: FollowUp;
  /** What the same worker does once this one has failed as planned. Without it, the failure is the operator's. */
  readonly repair?: FollowUp;
  /** Batches that can be queued once this one has ended, whatever became of it. */
  readonly releases?: readonly Batch[];
}

export interface FollowUp {
  readonly afterSeconds: number;
  readonly batch: Batch;
}

/**
 * The batch of a table that begins at a record (specification, "Brackets Migration Tracking").
 *
 * @param number what the new system knows it by
 */
export function batchAt(table: DemoTable, offset: number, number: number): Batch {
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

/** The batches of a table from a record on, in order. Their records add up to all that there are from there. */
export function batchesFrom(table: DemoTable, offset: number, firstNumber: number): Batch[] {
  return Array.from({ length: Math.ceil((table.records - offset) / table.batchSize) }, (_, index) =>
    batchAt(table, offset + index * table.batchSize, firstNumber + index),
  );
}

/** The count that ends a table's migration. */
export function countVerification(table: DemoTable): Batch {
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

/** The same batch, failing on the way; `share` of it is done by then. */
export function failing(batch: Batch, share: number, message: string): Batch {
  return { ...batch, failure: { atRecord: Math.floor(batch.records * share), message } };
}

/** A failing batch that its worker takes up again by itself, from where it failed. */
export function retried(batch: Batch, afterSeconds: number): Batch {
  const { failure, ...rest } = batch;
  if (failure === undefined) return batch;
  const again = { ...rest, operation: `retry_batch_${batchNumber(batch)}`, records: batch.records - failure.atRecord };
  return { ...batch, repair: { afterSeconds, batch: again } };
}

/** Where a source query begins to read. */
export function offsetOf(sourceQuery: string | null): number | null {
  const offset = sourceQuery?.match(/\bOFFSET (\d{1,9})\b/i)?.[1];
  return offset === undefined ? null : Number(offset);
}

function batchNumber(batch: Batch): number {
  return (offsetOf(batch.sourceQuery) ?? 0) / (batch.batchSize ?? 1) + 1;
}

/** Everything that comes after a batch: what its worker goes on with, and what it lets others do. */
export function followers(batch: Batch): Batch[] {
  const direct = [batch.next?.batch, batch.repair?.batch, ...(batch.releases ?? [])].filter((one) => one !== undefined);
  return direct.flatMap((one) => [one, ...followers(one)]);
}
