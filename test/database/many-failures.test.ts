import { expect, it } from 'vitest';
import { openTable } from '../support/control-table.ts';
import { createDatabase } from '../support/database.ts';

it('of more failures than a poll lists, the older ones that a later attempt has completed are resolved in a single report too', async () => {
  await using database = await createDatabase({ schema: true });
  const rows = (status: string, error: string | null, minutes: number, numbers: string): string =>
    `INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, batch_size, error_message, started_at, completed_at, source_query)
     SELECT 'execution', 'bulk' || n % 3, 'b', '${status}', ${error === null ? 1000 : 0}, 1000, 1000, ${error === null ? 'NULL' : `'${error}'`},
       localtimestamp - interval '${minutes} min', localtimestamp - interval '${minutes - 1} min', 'SELECT * FROM l.b ORDER BY id LIMIT 1000 OFFSET ' || n * 1000
     FROM (${numbers}) AS numbers (n)`;
  await database.query(rows('failed', 'deadlock detected', 20, 'SELECT generate_series(1, 1500)'));
  await database.query(
    rows('completed', null, 2, 'SELECT generate_series(1, 200) UNION ALL SELECT generate_series(1400, 1450)'),
  );
  const unresolved = 1500 - 200 - 51;
  {
    await using table = await openTable(database.url);
    const { snapshot } = await table.report();
    expect(snapshot.triage).toMatchObject({ isWhole: true, failed: 1500, unresolved });
  }
  // As `status --check`, `skip --where` and `export` do it: they poll until all failures are judged.
  await using table = await openTable(database.url);
  let { triage } = await table.poll([]);
  while (triage?.isWhole === false && (await table.work()) !== null) ({ triage } = await table.poll([]));
  expect(triage).toMatchObject({ isWhole: true, failed: 1500, unresolved });
});
