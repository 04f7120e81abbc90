import type { Operation } from '../worker/index.ts';
import { type Batch, offsetOf } from './batch.ts';
import { brackets, relationships, tables } from './tables.ts';

/** A row that a worker has, and how far it is. */
export interface Assignment {
  readonly id: number;
  readonly batch: Batch;
  /** Records of this operation that are done, in fractions. */
  moved: number;
}

const speeds = new Map([brackets, relationships, ...tables].map((table) => [table.target, table.recordsPerSecond]));
const batchSizeOfStrangers = 500;
const secondsOfStrangers = 20;
const secondsOfValidation = 5;

/**
 * @param claimed what a worker has claimed
 * @param known the batch that the simulation queued as this row; without it the row is an operator's own
 * @param doneBefore records that other operations have moved of the same source query
 */
export function assign(claimed: Operation, known: Batch | undefined, doneBefore: number): Assignment {
  return { id: claimed.id, batch: known ?? batchFrom(claimed, doneBefore), moved: claimed.recordsProcessed ?? 0 };
}

/** Works out what a row asks for that the simulation did not make. */
function batchFrom(claimed: Operation, doneBefore: number): Batch {
  const isValidation = claimed.phase === 'validation';
  const records = isValidation ? (claimed.totalRecords ?? 0) : recordsLeft(claimed, doneBefore);
  const seconds = isValidation ? secondsOfValidation : secondsOfStrangers;
  const usual = isValidation ? undefined : speeds.get(claimed.tableName);
  return {
    phase: isValidation ? 'validation' : 'execution',
    table: claimed.tableName,
    operation: claimed.operation,
    records,
    totalRecords: claimed.totalRecords,
    batchSize: claimed.batchSize,
    recordsPerSecond: usual ?? Math.max(1, records / seconds),
    sourceQuery: claimed.sourceQuery,
    validationQuery: claimed.validationQuery,
  };
}

/** A batch that others have worked on before is gone on with where they stopped, so that no record counts twice. */
function recordsLeft({ batchSize, totalRecords, sourceQuery }: Operation, doneBefore: number): number {
  const size = batchSize ?? totalRecords ?? batchSizeOfStrangers;
  const offset = offsetOf(sourceQuery);
  const there = totalRecords === null || offset === null ? size : Math.min(size, totalRecords - offset);
  return Math.max(0, doneBefore < there ? there - doneBefore : there);
}
