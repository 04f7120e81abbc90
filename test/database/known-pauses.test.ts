import { expect, it } from 'vitest';
import { planBulk } from '../../source/domain/bulk-actions.ts';
import { openTable } from '../support/control-table.ts';
import { createDatabase, readSql } from '../support/database.ts';

it.each([
  ['the local audit', null],
  ['the audit table', 'options/audit.sql'],
])('knows by %s when the running operations of a table were paused together', async (_, install) => {
  const database = await createDatabase({ schema: true });
  try {
    if (install !== null) await database.query(await readSql(install));
    await database.query(`INSERT INTO migration_control (phase, table_name, operation, status, started_at)
      SELECT 'execution', (ARRAY['cases', 'fees'])[1 + n % 2], 'batch', 'running', localtimestamp FROM generate_series(1, 8) AS n`);
    await using table = await openTable(database.url);
    const change = async (action: 'pause' | 'resume'): Promise<void> => {
      const { operations } = await table.poll([]);
      const { changes } = planBulk(
        action,
        operations.filter(({ tableName }) => tableName === 'cases'),
        () => 'running',
      );
      expect(changes).toHaveLength(4);
      await table.actMany(changes, { action, reason: null });
      await table.activity();
    };
    await change('pause');
    expect((await table.poll([])).pauses).toBeUndefined();
    await change('resume');
    const { pauses = [] } = await table.poll([]);
    expect(pauses).toMatchObject([{ tableName: 'cases' }]);
    expect(pauses[0]?.to).toBeGreaterThan(pauses[0]?.from ?? Number.NaN);
  } finally {
    await database.drop();
  }
});
