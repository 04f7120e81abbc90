import { expect, it } from 'vitest';
import { connect } from '../../source/database/connect.ts';
import { connectionSettings } from '../../source/database/libpq/settings.ts';
import { parseSince } from '../../source/domain/since.ts';
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

it('with --since, only those of operations that it selects count as skipped', async () => {
  await using database = await createDatabase({ schema: true });
  await database.query(
    `INSERT INTO migration_control (id, phase, table_name, operation, status, error_message, started_at)
     SELECT n, 'execution', 'cases', 'batch_migration', 'skipped', 'deadlock detected',
       localtimestamp - CASE WHEN n < 3 THEN interval '2 h' ELSE interval '5 min' END
     FROM generate_series(1, 4) n`,
  );
  const connection = await connect(connectionSettings(database.url, {}));
  const at = Date.now() / 1000;
  const entries = [4, 3, 2, 1].map((operationId) =>
    auditEntry({ key: `k/${operationId}`, at, operationId, action: 'skip', fromStatus: 'failed', toStatus: 'skipped' }),
  );
  const log = { ...memoryLog(), recent: async () => entries };
  const table = await openControlTable(connection, 'migration_control', { operator, logFor: () => log });
  try {
    const ids = async () => [...skippedByKind(await table.activity()).values()].map((own) => own.map(({ id }) => id));
    expect(await ids()).toEqual([[4, 3, 2, 1]]);
    await table.restrict(parseSince('30m'));
    // All are actions since then.
    expect(await table.activity()).toHaveLength(4);
    expect(await ids()).toEqual([[4, 3]]);
  } finally {
    await table.close();
  }
});
