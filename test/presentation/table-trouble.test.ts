import { expect, it } from 'vitest';
import type { StatusCounts } from '../../source/domain/operation.ts';
import { summariseTables } from '../../source/domain/summary.ts';
import type { TableRow } from '../../source/presentation/rows.ts';
import { tableTrouble } from '../../source/presentation/table-columns.ts';
import { operation } from '../support/fixtures.ts';
import { totalsOf } from '../support/totals.ts';

const [summary] = summariseTables(totalsOf([operation({ status: 'completed' })]));

function row(tableName: string, statuses: Partial<StatusCounts>, fields: Partial<TableRow> = {}): TableRow {
  if (summary === undefined) throw new Error('no table');
  const counts = { pending: 0, running: 0, completed: 9, failed: 0, paused: 0, skipped: 0, ...statuses };
  return {
    kind: 'table',
    key: tableName,
    table: { ...summary, tableName, statuses: counts, outcome: null, outcomeIfResolved: null },
    ...{ validation: 'valid', stalled: 0, isStalled: false, recordsPerSecond: null, eta: null, findings: [] },
    ...{ unresolved: 0, failures: 0, ...fields },
  };
}

it('orders tables by trouble, then work, then waiting, then done', () => {
  const ordered = [
    row('stalled', { running: 2 }, { stalled: 1, isStalled: true }),
    row('failed at work', { running: 1, failed: 1 }, { failures: 1 }),
    row('many failed, ended', { failed: 5 }, { failures: 5 }),
    row('failed, ended', { failed: 1 }, { failures: 1 }),
    row('validation failed', {}, { validation: 'failed' }),
    row('perhaps stalled', { running: 1 }, { stalled: 1 }),
    row('paused', { paused: 1, pending: 1 }),
    row('validated too early, at work', { running: 1 }, { validation: 'early' }),
    row('at work', { running: 1, pending: 3 }),
    row('waiting', { pending: 3 }),
    row('validated too early, ended', {}, { validation: 'early' }),
    row('validated in part, ended', {}, { validation: 'partial' }),
    row('done', {}),
  ];
  const sorted = ordered.toReversed().sort((a, b) => tableTrouble(a) - tableTrouble(b));
  const places = new Map(
    ordered.map(({ key }) => [key, tableTrouble(ordered.find((one) => one.key === key) as TableRow)]),
  );
  expect(sorted.map(({ key }) => places.get(key))).toEqual(ordered.map(({ key }) => places.get(key)));
  expect([...places.values()]).toEqual([...places.values()].sort((a, b) => a - b));
});
