import { batchAt, batchesFrom, type PlannedBatch } from './batch.ts';
import type { Random } from './random.ts';
import { brackets, missingParents, relationships } from './tables.ts';

/** The four batches of `brackets`, done by one worker in sequence (specification, "Brackets Migration Tracking"). */
export function bracketsStory(): PlannedBatch {
  const batches = batchesFrom(brackets, 0, 1);
  return batches.reduceRight((next, batch) => ({ ...batch, next: { afterSeconds: 0, batch: next } }));
}

/**
 * The junction table that fails on its foreign key, and its repair by the same worker (specification, "Junction Table
 * Migration with Error Recovery"): it finds the orphans, migrates the missing parents, retries, and releases the other batches.
 */
export function relationshipsStory(): PlannedBatch {
  const failedAt = 2_300;
  const retryNumber = 13;
  const stoppedAt = batchAt(relationships, failedAt, retryNumber);

  const orphanDetection: PlannedBatch = {
    phase: 'validation',
    table: relationships.target,
    operation: 'orphan_detection',
    records: missingParents,
    totalRecords: missingParents,
    batchSize: null,
    recordsPerSecond: missingParents / 15,
    sourceQuery: 'SELECT cf.* FROM case_files cf LEFT JOIN cases c ON cf.case_id = c.legacy_id WHERE c.id IS NULL',
    validationQuery: null,
  };
  const parents: PlannedBatch = {
    phase: 'execution',
    table: 'cases',
    operation: 'missing_parent_migration',
    records: missingParents,
    // The repair migrates 23 records, not the table: with its own total, the table would have two different totals.
    totalRecords: null,
    batchSize: missingParents,
    recordsPerSecond: missingParents / 50,
    sourceQuery: 'SELECT * FROM cases WHERE id IN (1001, 1002, 1003, ...)',
    validationQuery: 'SELECT COUNT(*) FROM cases WHERE legacy_id IN (1001, 1002, 1003, ...)',
  };
  const retry: PlannedBatch = {
    ...stoppedAt,
    operation: 'batch_migration_retry',
    recordsPerSecond: relationships.batchSize / 30,
    releases: batchesFrom(relationships, failedAt + relationships.batchSize, retryNumber + 1),
  };

  return {
    ...stoppedAt,
    // One operation for many batches, as in the specification: its row counts all of them.
    records: relationships.records,
    failure: { atRecord: failedAt, message: 'Foreign key constraint violation on case_id' },
    validationQuery: null,
    repair: {
      afterSeconds: 0,
      batch: {
        ...orphanDetection,
        next: { afterSeconds: 20, batch: { ...parents, next: { afterSeconds: 0, batch: retry } } },
      },
    },
  };
}

/** Typical errors of a migration, as PostgreSQL reports them. */
export const failureMessages = {
  deadlock: (random: Random): string =>
    `deadlock detected\nDETAIL:  Process ${pid(random)} waits for ShareLock on transaction ${transaction(random)}; blocked by process ${pid(random)}.`,
  outOfRange: (): string =>
    'numeric field overflow\nDETAIL:  A field with precision 10, scale 2 must round to an absolute value less than 10^8.',
  badBytes: (random: Random): string =>
    `invalid byte sequence for encoding "UTF8": 0x${(128 + Math.floor(random() * 64)).toString(16)}`,
  connectionReset: (): string => 'could not receive data from client: Connection reset by peer',
} as const;

function pid(random: Random): number {
  return 2_000 + Math.floor(random() * 30_000);
}

function transaction(random: Random): number {
  return 8_000_000 + Math.floor(random() * 900_000);
}
