import { expect, it } from 'vitest';
import { comparedColumns, isSameVersion } from '../../source/domain/same-version.ts';
import { operation } from './build.ts';

const without = operation({ id: 5, tableName: 'cases', status: 'running', version: null, recordsProcessed: 10 });

it('compares each column that a worker writes, of a row without a version', () => {
  expect(isSameVersion(without, { ...without })).toBe(true);
  const changes = {
    status: 'paused',
    records_processed: 11,
    total_records: 12,
    started_at: 13,
    completed_at: 14,
    batch_size: 15,
    worker_id: 16,
    error_message: 'deadlock detected',
  } as const;
  const fields = [
    'status',
    'recordsProcessed',
    'totalRecords',
    'startedAt',
    'completedAt',
    'batchSize',
    'workerId',
    'errorMessage',
  ];
  for (const [index, value] of Object.values(changes).entries())
    expect(isSameVersion(without, { ...without, [fields[index] ?? '']: value })).toBe(false);
  expect(comparedColumns).toEqual(['phase', 'table_name', 'operation', ...Object.keys(changes)]);
});

it('compares versions alone, if rows have them, and never two operations of one id', () => {
  const known = { ...without, version: '7' };
  expect(isSameVersion(known, { ...known, recordsProcessed: 99 })).toBe(true);
  expect(isSameVersion(known, { ...known, version: '8' })).toBe(false);
  expect(isSameVersion(known, { ...known, identity: 'another' })).toBe(false);
});
