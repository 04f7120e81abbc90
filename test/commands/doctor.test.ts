import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Diagnosis, DoctorCheck, Finding } from '../../source/domain/doctor/finding.ts';
import { runCommand } from '../support/command.ts';
import { openTable } from '../support/control-table.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
});
afterAll(() => database?.drop());

async function doctor(url: string, ...args: string[]): Promise<Diagnosis & { readonly code: number | null }> {
  const { code, stdout, stderr } = await runCommand(['doctor', url, '--json', ...args]);
  expect(stderr).toBe('');
  return { ...(JSON.parse(stdout) as Diagnosis), code };
}

function of(check: DoctorCheck, { findings }: Diagnosis): readonly Finding[] {
  return findings.filter((one) => one.check === check);
}

const batch = (offset: number, more = '') =>
  `('execution', 'brackets', 'batch_migration', 'completed', 500, 2000, 500, now() - interval '2 h', now() - interval '119 min', 1, 'SELECT * FROM dispatch_bracket ORDER BY id LIMIT 500 OFFSET ${offset}'${more})`;
const columns =
  'phase, table_name, operation, status, records_processed, total_records, batch_size, started_at, completed_at, worker_id, source_query';

describe('on a clean table', () => {
  it('finds nothing, and ends with 0', async () => {
    expect(await runCommand(['doctor', database.url])).toEqual({
      code: 0,
      signal: null,
      stdout: 'no problems found\n',
      stderr: '',
    });
    await database.query(
      `INSERT INTO migration_control (${columns}) VALUES ${[0, 500, 1000, 1500].map((offset) => batch(offset)).join(', ')},
       ('execution', 'judges', 'copy', 'running', 10, 100, 10, now() - interval '5 s', NULL, 2, 'SELECT 1 FROM judges WHERE id > 0 AND id <= 100'),
       ('execution', 'judges', 'copy', 'pending', NULL, 100, 10, NULL, NULL, NULL, 'SELECT 1 FROM judges WHERE id > 100 AND id <= 200')`,
    );
    expect(await doctor(database.url)).toMatchObject({ code: 0, findings: [], notChecked: [] });
  });
});

describe('on a table with every fault', () => {
  let found: Awaited<ReturnType<typeof doctor>>;
  let elsewhere: TestDatabase;

  beforeAll(async () => {
    // A poll reads the rows again that were written since an open transaction of any database began: they were counted before.
    elsewhere = await createDatabase({ schema: true });
    const older = await elsewhere.connect();
    await older.query('BEGIN; SELECT pg_current_xact_id()');
    await database.query(`
      TRUNCATE migration_control RESTART IDENTITY;
      ALTER TABLE migration_control DROP CONSTRAINT migration_control_status_check;
      ALTER TABLE migration_control ALTER COLUMN operation DROP NOT NULL;
      DROP INDEX idx_migration_control_started_at;
      INSERT INTO migration_control (id, ${columns}) VALUES
        (1, ${batch(0).slice(1)}, (2, ${batch(500).slice(1)}, (3, ${batch(1500).slice(1)}, (4, ${batch(1900).slice(1)},
        (10, 'validation', 'brackets', 'count', 'completed', 1, 1, NULL, now() - interval '1 h', now() - interval '59 min', 1, NULL),
        (11, 'execution', 'brackets', 'batch_migration', 'running', 0, 2000, 500, now() - interval '3 h', NULL, 7, 'SELECT * FROM dispatch_bracket ORDER BY id LIMIT 500 OFFSET 2500'),
        (12, 'execution', 'cases', 'copy', 'running', 700, 600, 10, now() + interval '2 h', NULL, 7, NULL),
        (13, 'execution', 'cases', 'copy', 'completed', 10, 100, 0, now() - interval '1 h', now() - interval '2 h', 3, NULL),
        (14, 'execution', 'cases', 'copy', 'completed', 10, 100, 10, now() - interval '1 h', NULL, 3, NULL),
        (15, 'execution', 'cases', 'copy', 'pending', 10, 100, 10, NULL, now() - interval '1 h', NULL, NULL),
        (16, 'execution', 'cases', 'copy', 'done\u202E', 10, 100, 10, NULL, NULL, NULL, NULL),
        (17, 'execution', 'cases', 'copy', 'COMPLETED', 10, 100, 10, NULL, NULL, NULL, NULL),
        (18, 'mapping', 'cases', 'map', 'running', 1, 10, 10, NULL, NULL, 18, NULL);
      INSERT INTO migration_control (id, phase, table_name, operation, status, error_message, started_at, completed_at)
        VALUES (20, 'execution', 'parties', 'copy', 'failed', 'deadlock detected', now() - interval '1 h', now() - interval '59 min');
    `);
    // A session reports its statistics after a while, or when it is told to.
    const client = await database.connect();
    await client.query('DELETE FROM migration_control WHERE id = 18');
    await client.query('SELECT pg_stat_force_next_flush()');
    await client.query(
      "INSERT INTO migration_control (id, phase, table_name, operation, status, worker_id) VALUES (18, 'mapping', 'cases', 'map', 'running', 18)",
    );
    await client.end();
    found = await doctor(database.url);
  });
  afterAll(() => elsewhere?.drop());

  it('ends with the code of the worst severity, the worst first', () => {
    expect(found.code).toBe(10);
    const order = ['error', 'warning', 'note'];
    const ranks = found.findings.map(({ severity }) => order.indexOf(severity));
    expect(ranks).toEqual(ranks.toSorted());
    expect(found.notChecked).toEqual([
      expect.objectContaining({
        check: 'coverage',
        reason: expect.stringMatching(/^whether operations are missing or overlap in cases \(6 operations\): /),
      }),
    ]);
  });

  it('says which GRANT lets it check the sequence', async () => {
    const url = await database.role({ grants: ['SELECT ON migration_control'] });
    expect((await doctor(url)).notChecked).toContainEqual({
      check: 'sequence',
      reason: `this role may not read the sequence. Ask its owner for: GRANT SELECT ON SEQUENCE public.migration_control_id_seq TO ${new URL(url).username}`,
    });
  });

  it.each([
    ['sequence', 'error', [], /ids up to 20 exist/],
    ['values', 'error', [16], /status "done"/],
    ['values', 'error', [17], /status "COMPLETED"/],
    ['counters', 'warning', [12], /more records than the total/],
    ['counters', 'warning', [13], /negative counter/],
    ['timestamps', 'warning', [12], /start in the future/],
    ['timestamps', 'warning', [13], /end before the start/],
    ['ends', 'warning', [14], /without an end/],
    ['ends', 'warning', [15], /an open status/],
    ['ends', 'warning', [18], /without a start/],
    ['workers', 'warning', [11, 12], /worker 7 has 2 live operations/],
    ['failures', 'error', [20], /1 unresolved failure: deadlock detected/],
    ['validation', 'error', [10], /validation of brackets has passed, but its execution has 1 open operation/],
    ['structure', 'warning', [], /no check constraint limits status/],
    ['structure', 'warning', [], /operation may be NULL/],
    ['structure', 'warning', [], /no index begins with started_at/],
    ['deleted', 'note', [], /deleted from the table/],
    ['coverage', 'error', [null, null], /2 ranges of brackets are in no operation: 600 records/],
    ['coverage', 'warning', [4], /1 range of brackets is in two operations/],
  ] as const)('%s: %s %j %s', (check, severity, ids, title) => {
    const one = of(check, found).find((finding) => title.test(finding.title));
    expect(of(check, found).map((finding) => finding.title)).toEqual(
      expect.arrayContaining([expect.stringMatching(title)]),
    );
    expect([one?.severity, one?.rows.map(({ id }) => id)]).toEqual([severity, ids]);
  });

  it('names the tables of each finding about rows', () => {
    const about = new Map(
      found.findings.map(({ title, tables, tableName }) => [title.replace(/:.*/, ''), [tables, tableName]]),
    );
    const several = ['brackets', 'cases'];
    expect(Object.fromEntries(about)).toMatchObject({
      '1 operation with the status "done", which the specification does not have': [['cases'], 'cases'],
      '1 operation with more records than the total': [['cases'], 'cases'],
      '1 operation with an end before the start': [['cases'], 'cases'],
      '1 operation that ended without an end (completed_at)': [['cases'], 'cases'],
      'worker 7 has 2 live operations': [several, null],
      '1 unresolved failure': [['parties'], 'parties'],
    });
    const without = found.findings.filter(({ tables }) => tables.length === 0).map(({ check }) => check);
    expect(new Set(without)).toEqual(new Set(['sequence', 'structure', 'deleted']));
    for (const { check, rows, tables } of found.findings)
      for (const { text } of ['values', 'counters', 'timestamps', 'ends'].includes(check) ? rows : [])
        expect(tables).toContain(text.split(':')[0]);
  });

  it('gives SQL that mends what it finds', async () => {
    const mending = found.findings.filter(({ check }) => check !== 'validation').flatMap(({ sql }) => sql ?? []);
    const client = await database.connect();
    for (const sql of mending) for (const statement of sql.split(/;\n/)) await client.query(statement);
    // The same again: nothing is queued twice.
    for (const { sql } of [...of('failures', found), ...of('coverage', found)])
      for (const statement of sql?.split(/;\n/) ?? []) await client.query(statement);
    const { rows } = await client.query(
      "SELECT source_query, operation, count(*)::int FROM migration_control WHERE operation LIKE 'retry%' OR source_query LIKE '%OFFSET 1000' GROUP BY 1, 2",
    );
    expect(rows.map(({ count }) => count)).toEqual([1, 1]);
    expect((await client.query('SELECT status FROM migration_control WHERE id = 16')).rows).toEqual([
      { status: 'paused' },
    ]);
    await client.end();
    const after = await doctor(database.url);
    const left = after.findings.map(({ check, title }) => `${check}: ${title}`);
    expect(
      left.filter(
        (line) =>
          !/^(deleted|coverage: 1 range|validation|failures|counting|ends: 1 operation that ended without)/.test(line),
      ),
    ).toEqual([]);
  });

  it('gives SQL, a command, or a reason why none can mend it', () => {
    for (const { title, sql, commands = [], advice } of found.findings)
      expect([title, sql !== null || commands.length > 0 || /\bno SQL\b/i.test(advice ?? '')]).toEqual([title, true]);
    const [, overlap] = of('coverage', found);
    expect(overlap?.sql).toMatch(/^SELECT id, [\s\S]*\nWHERE id IN \(3, 4\)\nORDER BY id;$/);
    expect(overlap?.advice).toContain('no SQL mends it, the SQL shows the operations');
    expect(of('deleted', found)[0]?.sql).toContain('AS first_missing');
  });

  it('shows the same as text', async () => {
    const { stdout, code } = await runCommand(['doctor', database.url]);
    expect(code).toBe(10);
    expect(stdout).toMatch(
      /^error: validation: the validation of brackets has passed[^\n]*\n {2}10 {2}count\n {2}note: .*\n {4}UPDATE public\.migration_control\n {4}SET /m,
    );
    expect(stdout).toMatch(/\d+ errors?, \d+ warnings?, 1 note\n$/);
  });
});

it('gives no SQL for a retry that would migrate records twice', async () => {
  await database.query(`TRUNCATE migration_control RESTART IDENTITY`);
  await database.query(`INSERT INTO migration_control
      (id, phase, table_name, operation, status, records_processed, total_records, batch_size, started_at, completed_at, source_query, validation_query, error_message)
    SELECT id, 'execution', 'charges', 'copy', 'failed', 200, 1000, 100, now() - interval '1 h', now() - interval '59 min', query, checked, 'deadlock detected'
    FROM (VALUES (1, NULL, '/* migtop run=- counts=own from=0 */'), (2, 'SELECT 1 FROM charges LIMIT 10', NULL),
      (3, 'SELECT 1 FROM charges LIMIT 10', 'SELECT 2'), (4, NULL, NULL)) AS failure (id, query, checked)`);
  await database.query("SELECT setval('migration_control_id_seq', 4)");
  const [one, ...others] = of('failures', await doctor(database.url));
  expect(others).toEqual([]);
  expect(one?.advice).toContain('leaves out the operations of migtop/worker');
  for (let time = 0; time < 2; time++) await database.query(one?.sql ?? 'no SQL');
  const { rows } = await database.query(
    "SELECT operation, source_query, validation_query FROM migration_control WHERE status = 'pending' ORDER BY id",
  );
  expect(rows).toEqual([
    { operation: 'retry_batch_2', source_query: 'SELECT 1 FROM charges LIMIT 10', validation_query: null },
    { operation: 'retry_batch_4', source_query: null, validation_query: null },
  ]);
});

it('gives SQL that retries what migtop retry does: of each work that has no open retry, one failure', async () => {
  await database.query(`TRUNCATE migration_control RESTART IDENTITY`);
  await database.query(`INSERT INTO migration_control
      (id, phase, table_name, operation, status, records_processed, total_records, batch_size, started_at, completed_at, source_query, error_message)
    SELECT id, 'execution', 'charges', operation, status, 0, 600, 100,
      CASE WHEN status = ANY ('{failed,running}') THEN now() - interval '1 h' + id * interval '1 s' END,
      CASE WHEN status = 'failed' THEN now() - interval '50 min' + id * interval '1 s' END,
      'SELECT * FROM charges WHERE id > ' || (work - 1) * 100 || ' AND id <= ' || work * 100,
      CASE WHEN status = 'failed' THEN 'deadlock detected' END
    FROM (SELECT n AS id, n AS work, 'batch_' || n AS operation, 'failed' AS status FROM generate_series(1, 6) AS n
      UNION ALL VALUES (61, 1, 'retry_batch_1', 'pending'), (62, 2, 'retry_batch_2', 'running'), (63, 3, 'retry_batch_3', 'skipped'),
        (64, 4, 'retry_batch_4', 'failed'), (65, 5, 'retry_batch_5', 'paused')) AS works`);
  await database.query("SELECT setval('migration_control_id_seq', 100)");
  const command = (...options: string[]) =>
    runCommand(['retry', '--where', 'kind:="deadlock detected" is:unresolved', ...options, '--url', database.url]);
  expect((await command('--dry-run')).stdout).toContain('3 operations would be retried');
  const [found] = of('failures', await doctor(database.url));
  const retries = async () => {
    const { rows } = await database.query<{ operation: string }>(
      'SELECT operation FROM migration_control WHERE id > 100 ORDER BY operation',
    );
    return rows.map(({ operation }) => operation);
  };
  for (let time = 0; time < 2; time++) await database.query(found?.sql ?? 'no SQL');
  const bySql = await retries();
  await database.query('DELETE FROM migration_control WHERE id > 100');
  expect((await command()).stdout).toContain('queued again: 3 of 4 operations');
  expect(bySql).toEqual(['retry_batch_3', 'retry_batch_4', 'retry_batch_6']);
  expect(await retries()).toEqual(bySql);
});

describe('what it finds about sessions', () => {
  it('finds open transactions, paused operations that progress, and workers in different time zones', async () => {
    await database.query('TRUNCATE migration_control RESTART IDENTITY');
    await database.query(`INSERT INTO migration_control (phase, table_name, operation, status, started_at, completed_at, worker_id)
      SELECT 'execution', 'cases', 'copy', 'completed', now() - interval '5 h' + n * interval '20 s' - (n % 3 / 2) * interval '2 h',
        now() - interval '2 h', n % 3 FROM generate_series(1, 30) AS n`);
    await database.query(
      "INSERT INTO migration_control (phase, table_name, operation, status, started_at) VALUES ('execution', 'parties', 'copy', 'paused', now())",
    );
    const idle = await database.connect();
    await idle.query('BEGIN; SELECT 1 FROM migration_control');
    const table = await openTable(database.url);
    const { findings, notChecked } = await table.examine({ seconds: 10, transactionSeconds: 0 });
    await table.close();
    await idle.query('ROLLBACK');
    expect(notChecked.map(({ reason }) => reason)).toEqual([expect.stringMatching(/ in cases \(30 operations\): /)]);
    expect(findings.map(({ check }) => check)).toEqual(expect.arrayContaining(['transactions', 'zones']));
    const zones = findings.find(({ check }) => check === 'zones');
    expect(zones?.title).toContain('by 2 hours');
    expect(zones?.advice).toContain('behind: worker 2');
    expect(zones?.tables).toEqual(['cases']);
  });

  it('gives SQL that moves the smaller part of the starts into the zone of the others, once', async () => {
    const writers = 'SELECT worker_id, id, started_at, completed_at FROM migration_control WHERE id <= 30 ORDER BY id';
    const zones = async (): Promise<Finding | undefined> => {
      const table = await openTable(database.url);
      const { findings } = await table.examine({ seconds: 10, transactionSeconds: 300 });
      await table.close();
      return findings.find(({ check }) => check === 'zones');
    };
    const { rows: before } = await database.query(writers);
    const found = await zones();
    expect(found?.sql).toMatch(/^BEGIN;\nUPDATE [\s\S]*COMMIT;$/);
    for (let time = 0; time < 2; time++) {
      await database.query(found?.sql ?? '');
      const { rows: after } = await database.query(writers);
      const steps = after.map((row, index) => [
        row.worker_id,
        (Number(row.started_at) - Number(before[index]?.started_at)) / 3_600_000,
      ]);
      expect(new Set(steps.map(String))).toEqual(new Set(['0,0', '1,0', '2,2']));
      expect(await zones()).toBeUndefined();
    }
    // Moving them the wrong way does not help: it is taken back.
    await database.query("UPDATE migration_control SET started_at = started_at - interval '2 h' WHERE worker_id = 2");
    const wrong = (await zones())?.sql?.replaceAll("'7200 seconds'", "'0 seconds'") ?? '';
    await expect(database.query(wrong)).rejects.toThrow('starts still jump: nothing is changed');
  });

  it('names of two transactions the one that the other waits for, and ends only that', async () => {
    await database.query('CREATE TABLE locked (id int)');
    const [holder, waiter] = [await database.connect(), await database.connect()];
    await holder.query("SET application_name = 'psql'; BEGIN; LOCK TABLE locked");
    await waiter.query("SET application_name = 'worker 7'");
    const waiting = waiter.query('BEGIN; SELECT * FROM locked').catch(() => {});
    const table = await openTable(database.url);
    const found = async (): Promise<readonly Finding[]> =>
      (await table.examine({ seconds: 10, transactionSeconds: 0 })).findings.filter(
        ({ check, title }) => check === 'transactions' && /psql|worker 7/.test(title),
      );
    let findings = await found();
    for (let tries = 0; tries < 100 && !findings.some(({ rowCount }) => rowCount === 2); tries++)
      findings = await found();
    await table.close();
    await holder.query('ROLLBACK');
    await waiting;
    await waiter.query('ROLLBACK');
    expect(findings).toMatchObject([
      {
        title: expect.stringMatching(/^a transaction of process \d+ \(.*psql\)/),
        rows: [
          { text: expect.stringContaining('LOCK TABLE locked') },
          { text: expect.stringMatching(/^the transaction of process \d+ \(.*worker 7\), open for .*, waits for it$/) },
        ],
        sql: expect.stringContaining('SELECT pg_terminate_backend(pid)'),
      },
    ]);
  });

  it('reads a large table in parts, and names what the time limit left out', async () => {
    const table = await openTable(database.url);
    const none = await table.examine({ seconds: -1, transactionSeconds: 300 });
    expect(none.notChecked.map(({ check }) => check)).toEqual(['values', 'counters', 'timestamps', 'ends', 'coverage']);
    const pieces = await table.examine({ seconds: 10, transactionSeconds: 300, rows: 7 });
    const whole = await table.examine({ seconds: 10, transactionSeconds: 300 });
    expect(pieces).toEqual(whole);
    await table.close();
  });

  it('names every table of a problem, also if one table has most of the rows, and tables that look alike', async () => {
    await database.query('TRUNCATE migration_control RESTART IDENTITY');
    await database.query(`INSERT INTO migration_control (phase, table_name, operation, status, started_at)
      SELECT 'execution', CASE WHEN n <= 300 THEN 'cases' WHEN n = 301 THEN 'fees' ELSE U&'fees\\200B' END, 'copy', 'completed', now()
      FROM generate_series(1, 302) AS n`);
    const { findings } = await doctor(database.url);
    expect(findings.find(({ check }) => check === 'ends')).toMatchObject({
      rowCount: 302,
      tableName: null,
      tables: ['cases', 'fees', 'fees\\u200b'],
      rows: expect.arrayContaining([{ id: 301, text: 'fees: completed' }]),
    });
    const { stdout } = await runCommand(['doctor', database.url]);
    expect(stdout).toContain('  … and 282 more\n  tables: cases, fees, fees\\u200b\n');
  });

  it.each(['integer GENERATED BY DEFAULT AS IDENTITY', 'serial'])(
    'makes a sequence longer that is near its end: %s',
    async (type) => {
      await database.query('TRUNCATE migration_control');
      await database.query(
        `ALTER TABLE migration_control DROP COLUMN id; ALTER TABLE migration_control ADD COLUMN id ${type} PRIMARY KEY`,
      );
      const [{ name } = { name: '' }] = (
        await database.query<{ name: string }>("SELECT pg_get_serial_sequence('migration_control', 'id') AS name")
      ).rows;
      await database.query(`SELECT setval('${name}', 2147483647)`);
      const [near] = of('sequence', await doctor(database.url));
      expect(near?.title).toContain('near its end');
      await database.query(near?.sql ?? '');
      await database.query(
        "INSERT INTO migration_control (phase, table_name, operation, status) VALUES ('mapping', 'cases', 'map', 'pending')",
      );
      expect(of('sequence', await doctor(database.url))).toEqual([]);
    },
  );
});

it('finds operations of the audit that are deleted, with the SQL that shows what operators did', async () => {
  await using own = await createDatabase({ schema: true });
  await runCommand(['init', own.url, '--audit', '--apply']);
  const found = async () => of('deleted', await doctor(own.url)).find(({ severity }) => severity === 'warning');
  expect(await found()).toBeUndefined();
  await own.query(`INSERT INTO migtop_audit (os_user, host, client, action, operation_id, from_status, to_status, outcome, reason)
    VALUES ('ana', 'db1', 'migtop', 'pause', 7, 'running', 'paused', 'applied', 'disk is full')`);
  const finding = await found();
  expect(finding?.title).toBe('1 operation on which an operator acted does not exist any more');
  expect(finding?.advice).toContain('no SQL restores them');
  const { rows } = await own.query(finding?.sql ?? '');
  expect(rows).toMatchObject([{ operation_id: '7', action: 'pause', reason: 'disk is full' }]);
});
