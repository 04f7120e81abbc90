import { expect, it } from 'vitest';
import { judgeTransactions } from '../../source/domain/doctor/server.ts';

it.each([
  ['idle', 'idle in transaction, last query: INSERT'],
  ['idle in transaction', 'idle in transaction, last query: INSERT'],
  ['active', 'active: INSERT'],
])('an open transaction in the state %s is shown as %s', (state, text) => {
  const open = { pid: 7, user: 'ops', application: 'psql', state, query: 'INSERT', seconds: 1700, blockedBy: [] };
  const [finding] = judgeTransactions({ transactions: [open], prepared: [], slots: [] });
  expect(finding?.rows).toEqual([{ id: null, text }]);
  expect(finding?.title).toContain('has been open for 28m: ');
});
