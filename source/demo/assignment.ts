import type { Operation } from '../worker/index.ts';
import { offsetOf, type PlannedBatch } from './batch.ts';
import { brackets, relationships, tables } from './tables.ts';

/** The operation of a simulated worker, and its progress. */
export interface Assignment {
  readonly id: number;
  readonly batch: PlannedBatch;
  /** How many records this operation has migrated; may be a fraction. */
  migrated: number;
}

const speeds = new Map([brackets, relationships, ...tables].map((table) => [table.target, table.recordsPerSecond]));
const defaultBatchSize = 500;
const secondsPerForeignBatch = 20;
const secondsPerValidation = 5;

/**
 * @param claimed the operation that a worker claimed
 * @param known the batch for which the simulation inserted this row; undefined if a user inserted it
 * @param doneBefore how many records other operations have migrated of the same source query
 */
export function assign(claimed: Operation, known: PlannedBatch | undefined, doneBefore: number): Assignment {
  return { id: claimed.id, batch: known ?? batchFrom(claimed, doneBefore), migrated: claimed.recordsProcessed ?? 0 };
}

/** The batch for a row that the simulation did not insert. */
function batchFrom(claimed: Operation, doneBefore: number): PlannedBatch {
  const isValidation = claimed.phase === 'validation';
  const records = isValidation ? (claimed.totalRecords ?? 0) : recordsLeft(claimed, doneBefore);
  const seconds = isValidation ? secondsPerValidation : secondsPerForeignBatch;
  const tableSpeed = isValidation ? undefined : speeds.get(claimed.tableName);
  return {
    phase: isValidation ? 'validation' : 'execution',
    table: claimed.tableName,
    operation: claimed.operation,
    records,
    totalRecords: claimed.totalRecords,
    batchSize: claimed.batchSize,
    recordsPerSecond: tableSpeed ?? Math.max(1, records / seconds),
    sourceQuery: claimed.sourceQuery,
    validationQuery: claimed.validationQuery,
  };
}

/** A batch that other operations have started continues where they stopped, so that no record counts twice. */
function recordsLeft({ batchSize, totalRecords, sourceQuery }: Operation, doneBefore: number): number {
  const size = batchSize ?? totalRecords ?? defaultBatchSize;
  const offset = offsetOf(sourceQuery);
  const there = totalRecords === null || offset === null ? size : Math.min(size, totalRecords - offset);
  return Math.max(0, doneBefore < there ? there - doneBefore : there);
}
