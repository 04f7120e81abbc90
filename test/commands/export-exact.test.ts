import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../support/command.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { builtProgram, ended, plainEnvironment, startProgram } from '../support/program.ts';

/** Texts that programs, spreadsheets and terminals read in different ways. */
const pieces = [
  'a',
  '\t',
  '\n',
  '\r\n',
  '\r',
  '"',
  "'",
  '\\',
  ',',
  '=',
  '\u0001',
  '\u001b[31m',
  '\u001b]0;title\u0007',
  '\u007f',
  '\u0085',
  '\u009b2J',
  '\u200b',
  '\u2028',
  '\u2029',
  '\u202e',
  '\u2066',
  '\ufeff',
  '\ufffd',
  'é',
  '日本',
  '👩‍👩‍👧',
];

interface Row {
  readonly id: number;
  readonly table_name: string;
  readonly operation: string;
  readonly error_message: string;
  readonly source_query: string;
  readonly validation_query: string;
  readonly started: string | null;
  readonly completed: string | null;
}

/** Runs the program as `"$@"` of a shell script. */
async function runShell(script: string, args: readonly string[]) {
  const child = spawn('sh', ['-c', script, 'sh', process.execPath, await builtProgram(), ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: plainEnvironment(),
  });
  const [stderr, { code }] = await Promise.all([text(child.stderr), ended(child)]);
  return { code, stderr };
}

let database: TestDatabase;
let stored: readonly Row[];

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  const text = fc.array(fc.constantFrom(...pieces), { maxLength: 6 }).map((parts) => parts.join(''));
  const row = fc.tuple(text, text, text, text, text);
  const ends = ["'infinity'", "'-infinity'", 'NULL', "'2026-11-27 10:00:00.000001'", "'1999-12-31 23:59:59.999999'"];
  for (const [index, texts] of fc.sample(row, { numRuns: 60, seed: 11 }).entries())
    await database.query(
      `INSERT INTO migration_control (phase, table_name, operation, status, error_message, source_query, validation_query,
         started_at, completed_at)
       VALUES ('execution', $1, $2, 'failed', $3, $4, $5,
         timestamp '2026-11-26 22:59:59' + ${index * 987_654_321} * interval '1 microsecond', ${ends[index % ends.length]})`,
      texts,
    );
  await database.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, error_message, source_query, validation_query)
     VALUES ('execution', 'cases', 'copy', 'failed', E'a\\tb\\r\\nc\\rd\\u2028e\\x1b[31mf', '', '')`,
  );
  const iso = (column: string): string =>
    `CASE WHEN isfinite(${column}) THEN to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.US') ELSE ${column}::text END`;
  stored = (
    await database.query<Row>(
      `SELECT id::int, table_name, operation, error_message, source_query, validation_query, ${iso('started_at')} AS started,
         ${iso('completed_at')} AS completed
       FROM migration_control ORDER BY id`,
    )
  ).rows;
});
afterAll(() => database.drop());

describe('an export', () => {
  it('as NDJSON has every text and timestamp as the table has it, and nothing that a terminal acts on', async () => {
    const { stdout, code } = await runCommand(['export', database.url, '--format', 'ndjson']);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(stored.length);
    for (const [index, line] of lines.entries()) {
      const one = JSON.parse(line) as Record<string, unknown>;
      expect({
        id: one.id,
        table_name: one.tableName,
        operation: one.operation,
        error_message: one.errorMessage,
        source_query: one.sourceQuery,
        validation_query: one.validationQuery,
        started: one.startedAt,
        completed: one.completedAt,
      }).toEqual(stored[index]);
    }
  });

  it('as CSV has the same timestamps, tabs and line ends, without other control characters', async () => {
    const { stdout } = await runCommand(['export', database.url]);
    expect(stdout).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202e\u2066\ufeff]/);
    expect(stdout).not.toMatch(/\r(?!\n)/);
    for (const { id, started, completed } of stored) {
      const begin = stdout.indexOf(`\r\n${id},`);
      expect(begin).toBeGreaterThan(0);
      expect(stdout.slice(begin)).toContain(`,${started ?? ''},${completed ?? ''},`);
    }
    expect(stdout).toContain('"a\tb\r\nc\nd\u2028ef"');
  });
});

describe('an export of a table with other types', () => {
  let other: TestDatabase;

  beforeAll(async () => {
    other = await createDatabase({ schema: true });
    await other.query(`ALTER TABLE migration_control
      ALTER id TYPE bigint, ALTER records_processed TYPE numeric, ALTER total_records TYPE float8, ALTER batch_size TYPE bigint,
      DROP CONSTRAINT migration_control_phase_check, DROP CONSTRAINT migration_control_status_check`);
    await other.query(
      `INSERT INTO migration_control (id, phase, table_name, operation, status, records_processed, total_records, batch_size,
         started_at, completed_at)
       VALUES
         (1, 'execution', repeat('n', 255), 'copy', 'completed', 'NaN', 'Infinity', 9007199254740993,
           timestamp '0044-03-15 12:00:00 BC', timestamp '294275-12-31 23:59:59.999999'),
         (2, 'cleanup', 'cases', 'copy', 'done', 1.5, 1e20, 9223372036854775807, NULL, '-infinity'),
         (9007199254740993, 'execution', 'cases', 'copy', 'failed', 12345678901234567890, -0.25, NULL, NULL, NULL)`,
    );
  });
  afterAll(() => other.drop());

  it('as CSV has each row with each value as the table has it', async () => {
    const { stdout, stderr, code } = await runCommand(['export', other.url]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\r\n').slice(1, -1)).toEqual([
      `1,execution,${'n'.repeat(255)},copy,completed,NaN,Infinity,0044-03-15T12:00:00.000000 BC,294275-12-31T23:59:59.999999,,9007199254740993,,,,,,`,
      '2,cleanup,cases,copy,done,1.5,1e+20,,-infinity,,9223372036854775807,,,,,,',
      '9007199254740993,execution,cases,copy,failed,12345678901234567890,-0.25,,,,,,,,no error message,,',
    ]);
  });

  it('has counters that are no numbers', async () => {
    const money = await createDatabase({ schema: true });
    await money.query(`ALTER TABLE migration_control ALTER records_processed TYPE money;
      INSERT INTO migration_control (phase, table_name, operation, status, records_processed)
      VALUES ('execution', 'cases', 'copy', 'failed', -1.5)`);
    const [csv, json] = await Promise.all([
      runCommand(['export', money.url]),
      runCommand(['export', money.url, '--format', 'ndjson']),
    ]);
    expect(csv.stdout.split('\r\n')[1]).toBe("1,execution,cases,copy,failed,'-$1.50,,,,,,,,,no error message,,");
    expect(JSON.parse(json.stdout)).toMatchObject({ id: 1, recordsProcessed: '-$1.50' });
    await money.drop();
  });

  it('as NDJSON has a number as a text where JSON would round it', async () => {
    const { stdout } = await runCommand(['export', other.url, '--format', 'ndjson']);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { id: 1, recordsProcessed: 'NaN', totalRecords: 'Infinity', batchSize: '9007199254740993' },
      { id: 2, phase: 'cleanup', status: 'done', recordsProcessed: 1.5, totalRecords: '1e+20' },
      { id: '9007199254740993', recordsProcessed: '12345678901234567890', totalRecords: -0.25, batchSize: null },
    ]);
  });
});

it('says that it is incomplete if a signal ends it: its last line may be a whole one', async () => {
  await using many = await createDatabase({ schema: true });
  await many.query(`INSERT INTO migration_control (phase, table_name, operation, status, source_query)
    SELECT 'execution', 'cases', 'copy', 'completed', repeat('x', 1000) FROM generate_series(1, 3000)`);
  const child = await startProgram(['export', many.url]);
  const end = ended(child);
  const stderr = text(child.stderr ?? Readable.from([]));
  // Its reader takes the first part, and no more: the export waits.
  await once(child.stdout ?? child, 'readable');
  child.kill('SIGTERM');
  expect(await end).toEqual({ code: 143, signal: null });
  expect(await stderr).toBe('migtop: interrupted by SIGTERM: the export is incomplete\n');
});

it('says that it is incomplete if the disk is full, or if its reader closes the pipe', async () => {
  await using many = await createDatabase({ schema: true });
  await many.query(`INSERT INTO migration_control (phase, table_name, operation, status, source_query)
    SELECT 'execution', 'cases', 'copy', 'completed', repeat('x', 1000) FROM generate_series(1, 3000)`);
  const full = await runShell('exec "$@" > /dev/full', ['export', many.url, '--format', 'csv']);
  expect(full.code).toBe(1);
  expect(full.stderr).toMatch(/^migtop: could not write the output: ENOSPC.*: the export is incomplete\n$/);
  // closed-pipes.test.ts has CSV.
  const left = await runShell('"$@" | head -n 1 > /dev/null', ['export', many.url, '--format', 'ndjson']);
  expect(left.stderr).toBe('migtop: note: the reader closed the pipe: the export is incomplete\n');
});

it('names the operation that has resolved a failure', async () => {
  await using retried = await createDatabase({ schema: true });
  await retried.query(`INSERT INTO migration_control
      (phase, table_name, operation, status, error_message, total_records, started_at, completed_at, source_query)
    VALUES ('execution', 'cases', 'copy', 'failed', 'deadlock detected', 10, now(), now(), 'SELECT 1 FROM cases WHERE id > 0'),
      ('execution', 'cases', 'retry', 'completed', NULL, 10, now() + interval '1 s', now() + interval '2 s', 'SELECT 1 FROM cases WHERE id > 0'),
      ('execution', 'fees', 'copy', 'failed', 'deadlock detected', 10, now(), now(), 'SELECT 1 FROM fees')`);
  const ndjson = await runCommand(['export', retried.url, '--format', 'ndjson']);
  const lines = ndjson.stdout.trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { resolvedBy: number | null }).resolvedBy)).toEqual([2, null, null]);
  const csv = await runCommand(['export', retried.url, '--where', 'table:cases']);
  expect(csv.stdout.split('\r\n').map((line) => line.split(',').at(-1))).toEqual(['resolved_by', '2', '', '']);
});

it('a full disk hides no result of an action or a wait, and makes no warning of a check', async () => {
  await using one = await createDatabase({ schema: true });
  await one.query(`INSERT INTO migration_control (phase, table_name, operation, status)
    VALUES ('execution', 'cases', 'copy', 'pending')`);
  const paused = await runShell('exec "$@" > /dev/full', ['pause', '1', one.url]);
  expect(paused.code).toBe(1);
  expect(paused.stderr).toMatch(/^migtop: paused: operation \d+ · \w+\nmigtop: could not write the output: ENOSPC/);
  const check = await runShell('exec "$@" > /dev/full', ['status', '--check', one.url]);
  expect(check).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/^migtop: could not write the output: ENOSPC.*\n$/),
  });
  const missing =
    /^migtop: note: could not write the output: ENOSPC.*: lines are missing\nmigtop: timed out after 8\.0s: /;
  const wait = await runShell('exec "$@" > /dev/full', ['wait', '--timeout', '8s', one.url]);
  expect(wait).toEqual({ code: 8, stderr: expect.stringMatching(missing) });
  const reached = await runShell('exec "$@" > /dev/full', ['wait', '--for', 'idle', one.url]);
  expect(reached).toEqual({
    code: 1,
    stderr: expect.stringMatching(/migtop: idle after .*\nmigtop: could not write the output: ENOSPC/),
  });
});
