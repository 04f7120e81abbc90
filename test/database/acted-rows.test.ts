import { expect, it } from 'vitest';
import { withActedRows } from '../../source/database/acted-rows.ts';
import { auditEntry } from '../support/fixtures.ts';

it('names the table of an operation as the totals do, with escapes in place of what is invisible', async () => {
  const body = { id: 1, rows: 1, status: 'paused', worker_id: null, phase: 'execution', table_name: 'bra\u200bckets' };
  const entry = auditEntry({ operationId: 1, outcome: 'applied' });
  const [acted] = await withActedRows([entry], async () => [{ kind: 'acted', body }]);
  expect(acted?.row).toMatchObject({ status: 'paused', phase: 'execution', tableName: 'bra\\u200bckets' });
});
