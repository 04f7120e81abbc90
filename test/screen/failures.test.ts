import { expect, it } from 'vitest';
import type { AuditEntry } from '../../source/domain/audit.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { frameOf, rowsOfFrame } from '../../source/screen/frame.ts';
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

it('the name of a kind below the list has the SQLSTATE once, also if its error names it', async () => {
  const operator = await open(fakeTable([failed(1, 'deadlock detected (SQLSTATE 40P01)')]));
  await operator.press('3').sees(/\n +deadlock detected \(SQLSTATE 40P01\) *\n/);
});

it('the number of skipped failures is a minimum only if there may be older actions', async () => {
  const skips = (many: number, keyOf: (id: number) => string, from = 3) =>
    Array.from({ length: many }, (_, index) => ({ ...skipOf(index + from), key: keyOf(index) }));
  const ofBulk = (index: number) => `0a1b2c3d-0000-8000-a000-${String(index).padStart(12, '0')}`;
  const sees = async (skipped: string, audit: AuditEntry[], audited: string | null = 'migtop_audit') => {
    const table = fakeTable([failed(1), failed(2)]);
    table.target = { ...table.target, audit: audited };
    table.audit = audit;
    const operator = await open(table);
    await operator.waits(1).focus('failures').sees(`2 unresolved of 2 failed, ${skipped} skipped since`);
  };
  await sees('199', skips(199, String));
  await sees('200 or more', skips(200, String));
  await sees('320', skips(320, ofBulk));
  // The page of the audit ends within the action on many, or before it.
  await sees('200', [...skips(100, String), ...skips(100, ofBulk, 200)]);
  await sees('200 or more', [...skips(100, ofBulk, 200), ...skips(100, String)]);
  // The local audit is read for 200 actions, each with all its rows.
  await sees('320', skips(320, ofBulk), null);
  await sees('200', [...skips(100, ofBulk, 200), ...skips(100, String)], null);
  await sees('200 or more', skips(200, String), null);
});

it('a kind whose failures are all skipped has no row: the title says how many, and where they are', async () => {
  const table = fakeTable([failed(1), failed(2), failed(8), failed(6, 'deadlock detected')]);
  table.audit = [skipOf(3), skipOf(7, 'skipped', 'disk full'), skipOf(9, 'skipped', 'disk full')];
  const operator = await open(table);
  await operator.waits(1).press('3').sees('4 unresolved in 2 kinds', '2 skipped in 1 other kind (5 /status:skipped)');
  table.rows = [];
  table.audit = [skipOf(3), ...table.audit.slice(1)];
  await operator.waits(1).sees('3 skipped in 2 kinds (5 /status:skipped)');
  await operator.press('/', ...'id:1', 'enter');
  expect(rowsOfFrame(frameOf(operator.state(), themeOf({ LANG: 'C.UTF-8' }))).join('\n')).not.toContain('skipped in');
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
