import { expect, it } from 'vitest';
import { createMemo } from '../../source/domain/memo.ts';
import { skippedText } from '../../source/presentation/kind-handoff.ts';
import { fakeTable } from '../support/fake-table.ts';
import { auditEntry, operation, takenAt } from '../support/fixtures.ts';
import { monitorsUnderTest } from '../support/operator.ts';

const open = monitorsUnderTest();

const failed = (id: number, errorMessage = 'no room') =>
  operation({ id, status: 'failed', completedAt: takenAt - id, errorMessage });
const skipOf = (operationId: number, status = 'skipped', errorMessage = 'no room') =>
  auditEntry({
    key: `k/${operationId}`,
    operationId,
    action: 'skip',
    fromStatus: 'failed',
    toStatus: 'skipped',
    row: { status, workerId: 1, phase: 'execution', tableName: 'brackets', errorMessage },
  });

it('the failures of a kind say how many of it were skipped, which do not count as failed any more', async () => {
  const table = fakeTable([failed(1), failed(2), failed(8), failed(6, 'deadlock detected')]);
  table.resolved.set(2, 9);
  table.audit = [skipOf(3), skipOf(4), skipOf(5, 'failed'), skipOf(7, 'skipped', 'deadlock detected')];
  const operator = await open(table);
  await operator.waits(1).focus('failures').sees('2 unresolved of 3 failed, 2 skipped since');
});

it('the number of skipped failures is a minimum if there are older actions', () => {
  const skips = Array.from({ length: 200 }, (_, index) => skipOf(index + 1));
  const memo = createMemo();
  expect(skippedText(skips, 'no room', memo)).toBe(', 200 or more skipped since');
  expect([skippedText(skips.slice(1), 'no room', memo), skippedText(skips, 'other', memo)]).toEqual([
    ', 199 skipped since',
    '',
  ]);
  expect(skippedText(null, 'no room', memo)).toBe('');
});

it('the kind under the cursor has all its tables and workers below the list, where rows are free', async () => {
  const tableNames = ['case_file_relationships', 'evidence_chain_of_custody_events', 'user_role_assignments'];
  const table = fakeTable(
    tableNames.map((tableName, index) => ({ ...failed(index + 1), tableName, workerId: 14 + index })),
  );
  const operator = await open(table);
  await operator
    .waits(1)
    .press('3')
    .sees(`3 tables: ${tableNames.slice(0, 2).join(', ')},`);
  await operator.sees('3 workers: 14, 15, 16; first 4.0s ago');
});
