import { expect, it } from 'vitest';
import type { Operation } from '../../source/domain/operation.ts';
import { summariseTables } from '../../source/domain/summary.ts';
import { endedShort, tableOutcome } from '../../source/domain/table-outcome.ts';
import { bareOperation } from '../support/fixtures.ts';
import { totalsOf } from '../support/totals.ts';

const batch = (id: number, status: Operation['status'], recordsProcessed: number): Operation =>
  bareOperation({
    id,
    phase: 'execution',
    tableName: 'cases',
    status,
    recordsProcessed,
    totalRecords: 1000,
    batchSize: 500,
    startedAt: 100 * id,
    completedAt: 100 * id + 90,
  });

function tableOf(...rows: readonly Operation[]) {
  const [table] = summariseTables(totalsOf(rows));
  if (table === undefined) throw new Error('there is no table');
  return table;
}

it('a table whose failures are all resolved or accepted has the outcome of its other operations', () => {
  const table = tableOf(batch(1, 'completed', 500), batch(2, 'failed', 100), batch(3, 'completed', 300));
  expect(table.outcome).toBeNull();
  expect(tableOutcome(table, 0)).toEqual({ kind: 'fewer', percent: 10 });
  expect(endedShort(table, 0)).toBe(true);
});

it('a table has no outcome while a failure is unresolved, may be, or an operation is open', () => {
  const failed = tableOf(batch(1, 'completed', 500), batch(2, 'failed', 100));
  expect([tableOutcome(failed, 1), tableOutcome(failed, null), endedShort(failed, 1)]).toEqual([null, null, false]);
  const open = tableOf(batch(1, 'completed', 500), batch(2, 'failed', 100), batch(3, 'pending', 0));
  expect(tableOutcome(open, 0)).toBeNull();
  expect(tableOutcome(tableOf(batch(1, 'failed', 100)), 0)).toBeNull();
});
