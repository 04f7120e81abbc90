import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { unfiltered } from '../../source/domain/filter/resolve.ts';
import type { StatusDocument } from '../../source/presentation/status-document.ts';
import { runCommand } from '../support/command.ts';
import { type OpenedTable, openTable } from '../support/control-table.ts';

let drop: () => Promise<void> = async () => {};
let table: OpenedTable | undefined;
afterEach(async () => {
  await table?.close();
  table = undefined;
  await drop();
});

/** A database of another encoding than UTF-8, with three rows; the second holds bytes that are put in as they are. */
async function databaseOf(encoding: string, bytes: string): Promise<string> {
  const serverUrl = inject('postgresUrl');
  const name = `migtop_encoded_${encoding.toLowerCase()}_${process.pid}`;
  const server = new pg.Client({ connectionString: serverUrl });
  await server.connect();
  await server.query(`DROP DATABASE IF EXISTS ${name}`);
  await server.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C'`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  drop = async () => {
    await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await server.end();
  };
  await client.query(await readFile(new URL('../../sql/migration_control.sql', import.meta.url), 'utf8'));
  await client.query('ALTER TABLE migration_control ALTER COLUMN table_name TYPE text');
  const raw = `convert_from('\\x${bytes}'::bytea, '${encoding}')`;
  await client.query(
    `INSERT INTO migration_control (id, phase, table_name, operation, status, records_processed, total_records, started_at,
       error_message, source_query, validation_query)
     VALUES (1, 'execution', 'brackets', 'batch', 'running', 10, 100, localtimestamp, NULL, NULL, NULL),
       (2, 'execution', 'cases', 'batch', 'failed', 10, 100, localtimestamp, ${raw}, ${raw}, ${raw}),
       (3, 'execution', ${raw}, ${raw}, 'running', 10, 100, localtimestamp, ${raw}, ${raw}, ${raw})`,
  );
  await client.end();
  return url.href;
}

/** Bytes of a row, and what is shown of them. */
const cases = [
  ['WIN1252', '63 61 66 E9 81', /^café(\\x81|\\u0081|�|.{0,8})$/],
  ['SQL_ASCII', '63 61 66 E9', /^café$/],
  ['SQL_ASCII', '63 61 66 C3 A9 20 E9', /^café é$/],
  ['LATIN2', 'B1', /^ą$/],
  ['EUC_JP', 'C6FC CBDC', /^日本$/],
  ['WIN1251', 'EF F0 98', /^пр/],
] as const;

describe('a text that cannot be converted to UTF-8', () => {
  it.each(cases)('is read, with its row and all others: %s, bytes %s', async (encoding, bytes, shown) => {
    const url = await databaseOf(encoding, bytes.replaceAll(' ', ''));
    table = await openTable(url);
    const snapshot = await table.poll([]);
    expect(snapshot.operations.map(({ id }) => id)).toEqual([3, 1]);
    expect(snapshot.failures.map(({ id }) => id)).toEqual([2]);
    expect(snapshot.unreadable).toEqual([]);
    expect(snapshot.failures[0]?.errorMessage).toMatch(shown);
    expect(snapshot.operations[0]?.tableName).toMatch(shown);
    while ((await table.work()) !== null);
    const page = await table.page({
      direction: 'older',
      from: null,
      limit: 10,
      filter: unfiltered,
    });
    expect(page.map(({ id }) => id)).toEqual([3, 2, 1]);
    const detail = await table.detail(3);
    expect(detail?.operation.operation).toMatch(shown);
    expect(detail?.operation.sourceQuery).toMatch(shown);
    expect((await table.report()).snapshot.failures[0]?.errorMessage).toMatch(shown);
    const run = await runCommand(['status', '--json', '--sample', '0', url]);
    expect(run.code, run.stderr).toBe(0);
    const { summary } = JSON.parse(run.stdout) as StatusDocument;
    expect(summary).toMatchObject({ operations: 3, running: 2, failed: 1, unreadable: 0 });
  });

  it('is not a text that is cut within a character of UTF-8', async () => {
    const url = await databaseOf('SQL_ASCII', 'C3A9'.repeat(300).replace(/^/, '78'));
    table = await openTable(url);
    const [operation] = (await table.poll([])).operations;
    expect(operation?.tableName).toMatch(/^xé{20,}/);
  });

  it('does not prevent an action on a row', async () => {
    const url = await databaseOf('WIN1252', '81');
    table = await openTable(url);
    for (const { id, identity } of (await table.poll([])).operations) {
      const move = { id, from: 'running', to: 'paused', completedAt: 'keep', version: null, identity } as const;
      expect(await table.act(move)).toMatchObject({ kind: 'applied' });
    }
  });

  it('does not prevent a retry, the cost of a skip, a filter or the list of its validations', async () => {
    const url = await databaseOf('SQL_ASCII', '63 61 66 E9'.replaceAll(' ', ''));
    await addRowsOfItsTable(url);
    table = await openTable(url);
    await table.poll([]);
    const [failed] = (await table.page({ direction: 'older', from: null, limit: 10, filter: unfiltered })).filter(
      ({ id }) => id === 3,
    );
    expect(failed?.tableName).toBe('café');
    if (failed === undefined) return;
    expect(await table.skipCost(failed)).toMatchObject({ openOperations: 1 });
    expect(await table.tableCosts(['café'])).toMatchObject({ open: 1 });
    expect(await table.validated(['café'])).toMatchObject([{ id: 4 }]);
    for (const filter of ['table:=café', 'table:caf', 'table:CAFÉ', 'é !id:2'])
      expect(await idsOf(url, filter), filter).toEqual([3, 4, 5]);
    const run = await runCommand(['retry', '3', url, '--json']);
    expect(run.code, run.stdout + run.stderr).toBe(0);
  });
});

it('a table name that lists show with escapes is compared as it is stored', async () => {
  const url = await databaseOf('UTF8', '62 72 E2 80 8B 61'.replaceAll(' ', ''));
  await addRowsOfItsTable(url);
  table = await openTable(url);
  const failed = (await table.detail(3))?.operation;
  expect(failed?.tableName).toBe('br\\u200ba');
  if (failed === undefined) return;
  expect(await table.skipCost(failed)).toMatchObject({ openOperations: 1 });
  expect(await table.tableCosts([failed.tableName])).toMatchObject({ open: 1 });
  expect(await table.validated([failed.tableName])).toMatchObject([{ id: 4 }]);
  const run = await runCommand(['retry', '3', url, '--json']);
  expect(run.code, run.stdout + run.stderr).toBe(0);
});

/** Operation 3 has failed; its table has a completed validation, and a pending operation. */
async function addRowsOfItsTable(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `UPDATE migration_control SET status = 'failed' WHERE id = 3;
     INSERT INTO migration_control (id, phase, table_name, operation, status)
     SELECT 4, 'validation', table_name, 'check', 'completed' FROM migration_control WHERE id = 3
     UNION ALL SELECT 5, 'execution', table_name, 'more', 'pending' FROM migration_control WHERE id = 3;
     SELECT setval(pg_get_serial_sequence('migration_control', 'id'), 5)`,
  );
  await client.end();
}

async function idsOf(url: string, filter: string): Promise<readonly number[]> {
  const { stdout } = await runCommand(['export', url, '--format', 'ndjson', '--where', filter]);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { id: number }).id);
}
