import { expect, it } from 'vitest';
import { connect } from '../../source/database/connect.ts';
import { connectionSettings } from '../../source/database/libpq/settings.ts';
import { skippedByKind } from '../../source/domain/skipped-failures.ts';
import { openControlTable } from '../../source/polling/control-table.ts';
import { memoryLog, operator } from '../support/control-table.ts';
import { createDatabase } from '../support/database.ts';
import { auditEntry } from '../support/fixtures.ts';

it('the failures of a kind that were skipped are known by the errors of their rows', async () => {
  await using database = await createDatabase({ schema: true });
  await database.query(
    `INSERT INTO migration_control (id, phase, table_name, operation, status, error_message)
     SELECT n, 'execution', 'cases', 'batch_migration', CASE WHEN n > 4 THEN 'failed' ELSE 'skipped' END,
       'deadlock detected' || E'\\nDETAIL:  Process ' || n || ' waits for ShareLock on transaction ' || n
     FROM generate_series(1, 6) n`,
  );
  await database.query(`UPDATE migration_control SET error_message = NULL WHERE id = 4`);
  const connection = await connect(connectionSettings(database.url, {}));
  const entry = (operationId: number, fromStatus: string) =>
    auditEntry({ key: `k/${operationId}`, operationId, action: 'skip', fromStatus, toStatus: 'skipped' });
  // 3 was pending, and the skip of 5 was undone; two sessions recorded that of 2.
  const entries = [1, 2, 4, 5, 2].map((id) => entry(id, 'failed')).concat(entry(3, 'pending'));
  const log = { ...memoryLog(), recent: async () => entries };
  const table = await openControlTable(connection, 'migration_control', { operator, logFor: () => log });
  try {
    const { triage } = await table.poll([]);
    const skipped = skippedByKind(await table.activity());
    expect([...skipped.values()].map((own) => own.map(({ id }) => id))).toEqual([[1, 2], [4]]);
    expect([...skipped.keys()][0]).toBe(triage?.kinds[0]?.kind);
  } finally {
    await table.close();
  }
});
