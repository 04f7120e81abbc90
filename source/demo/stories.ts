import { type Batch, failing, tableBatch, tableBatches } from './batch.ts';
import { brackets, missingParents, relationships } from './tables.ts';

/** The four batches of `brackets`, one after the other by one worker (specification, "Brackets Migration Tracking"). */
export function bracketsStory(): Batch {
  const batches = tableBatches(brackets);
  return batches.reduceRight((next, batch) => ({ ...batch, next: { afterSeconds: 0, batch: next } }));
}

/**
 * The junction table that fails on its foreign key, and its repair, all by one worker (specification, "Junction Table
 * Migration with Error Recovery"): find the orphans, migrate the missing parents, retry, and let the rest go on.
 */
export function relationshipsStory(): Batch {
  const failedAt = 2_300;
  const at = tableBatch(relationships, failedAt / relationships.batchSize + 1);

  const orphanDetection: Batch = {
    phase: 'validation',
    table: relationships.target,
    operation: 'orphan_detection',
    records: missingParents,
    totalRecords: missingParents,
    batchSize: null,
    recordsPerSecond: missingParents / 15,
    sourceQuery:
      'SELECT cf.* FROM case_files cf LEFT JOIN cases c ON cf.case_id = c.legacy_id WHERE c.id IS NULL',
    validationQuery: null,
  };
  const parents: Batch = {
    phase: 'execution',
    table: 'cases',
    operation: 'missing_parent_migration',
    records: missingParents,
    totalRecords: missingParents,
    batchSize: missingParents,
    recordsPerSecond: missingParents / 50,
    sourceQuery: 'SELECT * FROM cases WHERE id IN (1001, 1002, 1003, ...)',
    validationQuery: 'SELECT COUNT(*) FROM cases WHERE legacy_id IN (1001, 1002, 1003, ...)',
  };
  const retry: Batch = {
    ...at,
    operation: 'batch_migration_retry',
    recordsPerSecond: relationships.batchSize / 30,
    validationQuery: 'SELECT COUNT(*) FROM case_file_relationships WHERE batch_id = 13',
    releases: theRest(failedAt + relationships.batchSize),
  };

  return {
    ...failing({ ...at, records: relationships.records }, 0, 'Foreign key constraint violation on case_id'),
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

function theRest(from: number): Batch[] {
  const { source, target, records, batchSize } = relationships;
  return Array.from({ length: Math.ceil((records - from) / batchSize) }, (_, index) => {
    const offset = from + index * batchSize;
    return {
      ...tableBatch(relationships, 1),
      records: Math.min(batchSize, records - offset),
      sourceQuery: `SELECT * FROM ${source} LIMIT ${batchSize} OFFSET ${offset}`,
      validationQuery: `SELECT COUNT(*) FROM ${target} WHERE batch_id = ${index + 14}`,
    };
  });
}

/** What goes wrong with a database between two systems, in the words of the one that says it. */
export const mishaps = {
  deadlock: (random: () => number): string =>
    `deadlock detected\nDETAIL:  Process ${pid(random)} waits for ShareLock on transaction ${transaction(random)}; blocked by process ${pid(random)}.`,
  outOfRange: (): string =>
    'numeric field overflow\nDETAIL:  A field with precision 10, scale 2 must round to an absolute value less than 10^8.',
  badBytes: (random: () => number): string =>
    `invalid byte sequence for encoding "UTF8": 0x${(128 + Math.floor(random() * 64)).toString(16)}`,
  connectionReset: (): string => 'could not receive data from client: Connection reset by peer',
} as const;

function pid(random: () => number): number {
  return 2_000 + Math.floor(random() * 30_000);
}

function transaction(random: () => number): number {
  return 8_000_000 + Math.floor(random() * 900_000);
}
