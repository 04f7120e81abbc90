import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unreadableCounters } from '../../source/database/counter-value.ts';
import { decodeBatchSums, decodeClock, decodeOperation, decodeSpan } from '../../source/database/decode.ts';
import { keyOfQuery } from '../../source/domain/work-key.ts';
import { decodeCount } from '../../source/polling/decode-counts.ts';

/** Row 10 of the specification, as sql/queries/poll.sql sends it. */
const row = {
  id: 10,
  phase: 'execution',
  table_name: 'case_file_relationships',
  operation: 'batch_migration',
  status: 'failed',
  records_processed: 2300,
  total_records: 15420,
  started_at: 1705313700,
  completed_at: 1705313910.25,
  error_message: 'Foreign key constraint violation on case_id',
  batch_size: 200,
  worker_id: 2,
  source_query: 'SELECT * FROM case_files LIMIT 200 OFFSET 2300',
  validation_query: null,
  version: '742',
  identity: 'c0ffee',
};

const group = {
  phase: 'execution',
  table_name: 'brackets',
  status: 'completed',
  operations: 2,
  records_processed: 1000,
  largest_processed: 500,
  totals: 3138,
  records_without_total: null,
  rows_with_total: 2,
  works: 2,
  smallest_total: 1569,
  largest_total: 1569,
  unit_works: 0,
  reached_works: 0,
  evidence: 2,
  outside: 0,
  bare: 0,
  bare_outside: 0,
  smallest_evidence: 500,
  largest_evidence: 500,
  evidence_records: 1000,
  smallest_bare: null,
  largest_batch: 500,
  pending_sized: 0,
  pending_sizes: null,
  started_at: 1705312815,
  completed_at: 1705312875,
  timed_operations: 2,
  timed_records: 1000,
  timed_micros: 60_000_000,
};

const problemOf = (body: unknown): string => {
  const decoded = decodeOperation(body);
  return decoded.kind === 'unreadable' ? decoded.unreadable.problem : 'it was read';
};

describe('an operation', () => {
  it('is read with all its fields', () => {
    expect(decodeOperation(row)).toEqual({
      kind: 'ok',
      value: {
        id: 10,
        phase: 'execution',
        tableName: 'case_file_relationships',
        operation: 'batch_migration',
        status: 'failed',
        recordsProcessed: 2300,
        totalRecords: 15420,
        startedAt: 1705313700,
        completedAt: 1705313910.25,
        errorMessage: 'Foreign key constraint violation on case_id',
        batchSize: 200,
        workerId: 2,
        sourceQuery: 'SELECT * FROM case_files LIMIT 200 OFFSET 2300',
        queryKey: keyOfQuery('SELECT * FROM case_files LIMIT 200 OFFSET 2300'),
        validationQuery: null,
        version: '742',
        identity: 'c0ffee',
      },
    });
  });

  it('may have NULL wherever the table allows it', () => {
    const bare = Object.fromEntries(Object.keys(row).map((name) => [name, null]));
    const decoded = decodeOperation({
      ...bare,
      id: 1,
      phase: 'mapping',
      table_name: '',
      operation: '',
      status: 'pending',
      identity: 'c0ffee',
    });
    expect(decoded).toMatchObject({
      kind: 'ok',
      value: { recordsProcessed: null, totalRecords: null, startedAt: null, workerId: null, version: null },
    });
  });

  it('keeps negative counters and counters past int4, as the table has them', () => {
    expect(decodeOperation({ ...row, records_processed: -5, total_records: 5e12 })).toMatchObject({
      value: { recordsProcessed: -5, totalRecords: 5e12 },
    });
  });

  it.each(['NaN', 'Infinity', '-Infinity', 1e308, Number.POSITIVE_INFINITY, 0.5, -7.25, 2 ** 63])(
    'has no counter if it is %j, and keeps the rest of the row',
    (value) => {
      const counters = { records_processed: value, total_records: value, batch_size: value, worker_id: value };
      expect(decodeOperation({ ...row, ...counters })).toMatchObject({
        kind: 'ok',
        value: { id: 10, recordsProcessed: null, totalRecords: null, batchSize: null, workerId: null },
      });
      expect(unreadableCounters({ ...row, ...counters })).toHaveLength(4);
    },
  );

  it('reads a counter written with decimals, and a bigint counter', () => {
    expect(decodeOperation({ ...row, records_processed: 500.0, total_records: 2 ** 60 })).toMatchObject({
      value: { recordsProcessed: 500, totalRecords: 2 ** 60 },
    });
    expect(unreadableCounters({ ...row, records_processed: null })).toEqual([]);
    expect(unreadableCounters({ ...row, batch_size: 'NaN' })).toEqual(['batch_size is NaN']);
  });

  it('reads the timestamps that are not numbers in JSON', () => {
    expect(decodeOperation({ ...row, started_at: '-Infinity', completed_at: 'Infinity' })).toMatchObject({
      value: { startedAt: -Infinity, completedAt: Infinity },
    });
  });

  it.each([
    ['phase', 'cleanup', 'phase is "cleanup", which migtop does not know'],
    ['phase', null, 'phase is empty, which migtop does not know'],
    ['status', 'Running', 'status is "Running", which migtop does not know'],
    [
      'status',
      'run\u001B]52;c;x\u0007ning\n',
      String.raw`status is "run\u001b]52;c;x\u0007ning\u000a", which migtop does not know`,
    ],
    ['id', '10', 'id is not a finite number'],
    ['id', null, 'id is NULL'],
    ['id', 2 ** 53, 'id is greater than 2^53'],
    ['id', 10.5, 'id is not a whole number'],
    ['records_processed', '2300', 'records_processed is not a number'],
    ['records_processed', true, 'records_processed is not a number'],
    ['started_at', '2024-01-15', 'started_at is not a finite number'],
    ['started_at', 'NaN', 'started_at is not a finite number'],
    ['error_message', 5, 'error_message is not a text'],
    ['table_name', null, 'table_name is not a text'],
    ['worker_id', undefined, 'worker_id is missing'],
  ])('with %s = %j is not read, and the error says why', (name, value, problem) => {
    expect(problemOf({ ...row, [name]: value })).toBe(problem);
  });

  it.each([null, undefined, 'row', 3])('is not read from %j', (body) => {
    expect(decodeOperation(body)).toEqual({
      kind: 'unreadable',
      unreadable: { kind: 'rows', operations: 0, problem: 'the database returned no row' },
    });
  });

  it('that is not read is named by its id', () => {
    expect(decodeOperation({ ...row, status: 'gone' })).toMatchObject({ unreadable: { kind: 'row', id: 10 } });
  });

  it('is either read completely or named, whatever the row contains', () => {
    const value = fc.oneof(fc.anything(), fc.constantFrom('execution', 'failed', 1, 'Infinity', null));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(row)), value), (fields) => {
        const decoded = decodeOperation({ ...row, ...fields });
        if (decoded.kind === 'unreadable') expect(decoded.unreadable.problem).not.toBe('');
        else expect(Number.isSafeInteger(decoded.value.id)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a text from the database', () => {
  const hostile = 'a\u001B[31mb\u001B]52;c;cm0=\u0007\n  c\u202Ed\u0000';
  /** As a name, in which each character counts. */
  const shown = String.raw`a\u001b[31mb\u001b]52;c;cm0=\u0007\u000a  c\u202ed\u0000`;

  it('is cleaned and on one line in a list', () => {
    expect(
      decodeOperation({
        ...row,
        table_name: hostile,
        operation: hostile,
        error_message: hostile,
        source_query: hostile,
        validation_query: hostile,
        version: hostile,
      }),
    ).toMatchObject({
      value: {
        tableName: shown,
        operation: shown,
        errorMessage: 'ab cd',
        sourceQuery: 'ab cd',
        validationQuery: 'ab cd',
        version: 'ab cd',
      },
    });
  });

  it('is cleaned and keeps its lines in the detail view, if it is an error or a query', () => {
    const decoded = decodeOperation(
      { ...row, table_name: hostile, error_message: hostile, source_query: hostile, validation_query: hostile },
      'full',
    );
    expect(decoded).toMatchObject({
      value: {
        tableName: shown,
        errorMessage: 'ab\n  cd',
        sourceQuery: 'ab\n  cd',
        validationQuery: 'ab\n  cd',
      },
    });
  });

  it('is cleaned in a total and a throughput', () => {
    expect(decodeCount({ ...group, table_name: hostile })).toMatchObject({ value: { tableName: shown } });
    const throughput = {
      table_name: hostile,
      batch_size: null,
      seconds: null,
      records: null,
      batch_count: 1,
      timed_count: 0,
      timed_seconds: null,
      lowest: null,
      highest: null,
    };
    expect(decodeBatchSums(throughput)).toMatchObject({
      value: { tableName: shown },
    });
  });
});

describe('a total', () => {
  it('is read with all its fields', () => {
    expect(decodeCount(group)).toEqual({
      kind: 'ok',
      value: {
        phase: 'execution',
        tableName: 'brackets',
        status: 'completed',
        isSide: false,
        operations: 2,
        recordsProcessed: 1000,
        largestProcessed: 500,
        totals: 3138,
        recordsWithoutTotal: 0,
        rowsWithTotal: 2,
        works: 2,
        smallestTotal: 1569,
        largestTotal: 1569,
        unitWorks: 0,
        reachedWorks: 0,
        evidence: 2,
        outside: 0,
        bare: 0,
        bareOutside: 0,
        smallestEvidence: 500,
        largestEvidence: 500,
        evidenceRecords: 1000,
        smallestBare: null,
        largestBatch: 500,
        pendingSized: 0,
        pendingSizes: 0,
        startedAt: 1705312815,
        completedAt: 1705312875,
        timedOperations: 2,
        timedRecords: 1000,
        timedMicros: 60_000_000,
      },
    });
  });

  it('of an unknown status gives the number of operations that are left out', () => {
    expect(decodeCount({ ...group, status: 'done', operations: 41 })).toEqual({
      kind: 'unreadable',
      unreadable: {
        kind: 'rows',
        operations: 41,
        problem: 'status is "done", which migtop does not know',
        table: { phase: 'execution', tableName: 'brackets' },
      },
    });
  });

  it('without counters, timestamps or sizes is read', () => {
    const bare = {
      largest_processed: null,
      largest_total: null,
      smallest_evidence: null,
      started_at: null,
      completed_at: null,
    };
    expect(decodeCount({ ...group, ...bare })).toMatchObject({ kind: 'ok', value: { smallestEvidence: null } });
  });
});

describe('the smaller answers', () => {
  it('are read', () => {
    expect(decodeSpan({ table_name: 'brackets', from: 10, to: 20.5, records: 300 })).toEqual({
      kind: 'ok',
      value: { tableName: 'brackets', from: 10, to: 20.5, records: 300 },
    });
    expect(decodeClock({ now: 1705313700.123 })).toEqual({ kind: 'ok', value: 1705313700.123 });
    expect(
      decodeBatchSums({
        table_name: 'brackets',
        batch_size: 500,
        seconds: 60,
        records: 1000,
        lowest: 500,
        highest: 500,
        batch_count: 2,
        timed_count: 2,
        timed_seconds: 60,
      }),
    ).toMatchObject({
      kind: 'ok',
      value: { batchSize: 500, records: 1000, seconds: 60, batchCount: 2, timedCount: 2 },
    });
  });

  it('are refused if they are not numbers', () => {
    expect(decodeSpan({ table_name: 'brackets', from: '-Infinity', to: 20, records: 300 }).kind).toBe('unreadable');
    expect(decodeSpan({ table_name: 'brackets', from: 10, to: 20, records: null }).kind).toBe('unreadable');
    expect(decodeClock({ now: 'Infinity' }).kind).toBe('unreadable');
    expect(decodeClock({}).kind).toBe('unreadable');
  });
});
