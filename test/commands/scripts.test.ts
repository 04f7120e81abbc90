import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StatusDocument } from '../../source/presentation/status-document.ts';
import { runCommand } from '../support/command.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { ended, runProgram, startProgram } from '../support/program.ts';

/** A migration in trouble: three tables, one failure of two resolved, one long text, one status that the specification does not have. */
let trouble: TestDatabase;
/** A migration that is done. */
let clean: TestDatabase;

beforeAll(async () => {
  [trouble, clean] = await Promise.all([createDatabase({ schema: true }), createDatabase({ schema: true })]);
  await trouble.query(`
    ALTER TABLE migration_control DROP CONSTRAINT migration_control_status_check;
    INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, batch_size, worker_id,
      started_at, completed_at, error_message, source_query)
    SELECT 'execution', 'cases', 'copy', 'completed', 10, 10000, 10, 1, localtimestamp - interval '2 hours',
      localtimestamp - interval '1 hour', NULL, 'SELECT * FROM cases WHERE id > ' || i
    FROM generate_series(1, 60) i;
    INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, batch_size, worker_id,
      started_at, completed_at, error_message, source_query) VALUES
      ('execution', 'cases', 'copy', 'failed', 0, 10000, 10, 1, localtimestamp - interval '4 hours',
        localtimestamp - interval '3 hours', 'line one' || chr(10) || '"two", =three', 'SELECT * FROM cases WHERE id > 1'),
      ('execution', 'judges', 'copy', 'failed', 0, 10, 10, 2, localtimestamp, localtimestamp,
        '=HYPERLINK("http://x")', 'SELECT 1'),
      ('execution', 'judges', repeat('x', 100), 'odd', 0, 10, 10, 2, localtimestamp, localtimestamp, NULL, NULL),
      ('execution', 'judges', 'copy', 'pending', 0, 10, 10, 2, NULL, NULL, NULL, repeat('long ', 300000))`);
  await clean.query(`
    INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, batch_size, started_at, completed_at)
    VALUES ('execution', 'cases', 'copy', 'completed', 10, 10, 10, localtimestamp, localtimestamp)`);
});
afterAll(() => Promise.all([trouble?.drop(), clean?.drop(), new Promise((resolve) => mute.close(resolve))]));

/** A server that accepts connections and never answers. */
const mute = createServer((socket) => void socket.on('error', () => {}).resume());
const silent = (): string => `postgres://u@127.0.0.1:${(mute.address() as AddressInfo).port}/d`;
beforeAll(async () => {
  mute.listen(0, '127.0.0.1');
  await once(mute, 'listening');
});

describe('the exit code', () => {
  const unreachable = 'postgres://u@127.0.0.1:1/d';
  const cases: readonly (readonly [string, number, () => string[], RegExp])[] = [
    [
      'status --check of a clean table',
      0,
      () => ['status', '--check', clean.url],
      /^MIGTOP OK: execution 100\.0%, 1 completed \| operations=1;/,
    ],
    [
      'status --check with a failure',
      1,
      () => ['status', '--check', trouble.url],
      /^MIGTOP WARNING: 1 unresolved \(unresolved>0\); /,
    ],
    [
      'status --check with critical conditions',
      2,
      () => ['status', '--check', trouble.url, '--critical', 'pending>=1', '--critical', 'unresolved>50%'],
      /^MIGTOP CRITICAL: 1 pending \(pending>=1\); .* pending=1;;0;0 .* unresolved_percent=1\.\d+%;;50;0;100 /,
    ],
    [
      'status --check without a server',
      3,
      () => ['status', '--check', unreachable],
      /^MIGTOP UNKNOWN: No PostgreSQL answers at /,
    ],
    [
      'status --check with wrong arguments',
      3,
      () => ['status', '--check', '--bogus'],
      /^MIGTOP UNKNOWN: unknown option --bogus/,
    ],
    [
      'status --check of a server that does not answer',
      3,
      () => ['status', '--check', '--timeout', '1s', silent()],
      /^MIGTOP UNKNOWN: timed out after 1\.0s\n$/,
    ],
    [
      'status of a server that does not answer',
      8,
      () => ['status', '--timeout', '1s', silent()],
      /^migtop: timed out after 1\.0s\. /,
    ],
    [
      'wait',
      0,
      () => ['wait', '--interval', '0.2', clean.url],
      /execution 100\.0%.*\ndone after .*: execution 100\.0%, 1 completed\n$/,
    ],
    ['wait --fail-on', 1, () => ['wait', '--fail-on', 'failed>1', trouble.url], /2 failed \(failed>1\): /],
    ['wait with wrong arguments', 2, () => ['wait', '--for', 'ever'], /--for takes one of done, idle, failed/],
    ['wait without a server', 3, () => ['wait', unreachable], /connection refused/],
    ['wait for stalled ones', 7, () => ['wait', '--fail-on', 'stalled>=0', trouble.url], /0 stalled \(stalled>=0\): /],
    // On a busy machine the time may pass before the first answer.
    [
      'wait --timeout',
      8,
      () => ['wait', '--timeout', '1s', trouble.url],
      /migtop: timed out after 1\.0s: (execution|the server has not answered)/,
    ],
    [
      'wait --until',
      8,
      () => ['wait', '--until', '1s', trouble.url],
      /migtop: the deadline (?:\S+ )?\d\d:\d\d has passed: (execution|the server has not answered)/,
    ],
    [
      'the word of a key',
      3,
      () => ['undo'],
      /connection refused.* "undo" is no command: in the monitor, u undoes the last action\n$/,
    ],
    ['a mistyped command', 3, () => ['statsu'], /connection refused.* Or did you mean: migtop status\n$/],
  ];

  it.each(cases)('of %s is %i', async (_, code, args, text) => {
    // A process has to end although its server does not answer.
    const run = await (args().includes(silent()) ? runProgram : runCommand)(args(), {
      env: { PGHOST: '127.0.0.1', PGPORT: '1' },
    });
    expect([run.code, run.signal, run.stdout + run.stderr]).toEqual([code, null, expect.stringMatching(text)]);
    expect(run.stdout).not.toMatch(/[\u0000-\u0009\u000B-\u001F]/);
    // Wrong results are errors, except that a monitoring system reads stdout.
    const isCheck = args().includes('--check');
    expect(run.stderr === '').toBe(code === 0 || isCheck);
  });

  it('of a mistyped database that does not exist is 4, with the command', async () => {
    const { hostname, port, username, password } = new URL(clean.url);
    const env = { PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: decodeURIComponent(password) };
    const run = await runCommand(['exprot'], { env });
    expect([run.code, run.stdout]).toEqual([4, '']);
    expect(run.stderr).toMatch(/^migtop: There is no database "exprot" .* Or did you mean: migtop export\n$/);
  });

  it('of the name of a target in the place of a database is 3, with the option; read_only of the file counts for init', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'migtop-target-'));
    await writeFile(join(folder, 'c.toml'), 'read_only = true\n[targets.prod]\nhost = "db1"\n', { mode: 0o600 });
    const env = { PGHOST: '127.0.0.1', PGPORT: '1', MIGTOP_CONFIG: join(folder, 'c.toml') };
    const all = [['prod'], ['status', 'prod'], ['init', '--apply', '--yes', 'dispatch']];
    const [monitor, status, init] = await Promise.all(all.map((args) => runCommand(args, { env })));
    await rm(folder, { recursive: true });
    expect(monitor).toMatchObject({ code: 3, stderr: expect.stringMatching(/did you mean: migtop --target prod\n$/) });
    expect(status).toMatchObject({ code: 3, stderr: expect.stringMatching(/did you mean: --target prod\n$/) });
    expect(init).toMatchObject({ code: 1, stderr: expect.stringContaining('read-only: read_only is set') });
  });
});

it('status and show report that a later attempt has resolved a failure, in a table whose rows have one total', async () => {
  const [status, show] = await Promise.all([
    runCommand(['status', '--json', '--sample', '0', trouble.url]),
    runCommand(['show', '61', '--json', trouble.url]),
  ]);
  const { summary, failures } = JSON.parse(status.stdout) as StatusDocument;
  expect(summary).toMatchObject({ failed: 2, unresolved: 1 });
  expect(failures.map(({ id, resolvedBy }) => [id, resolvedBy])).toEqual([
    [62, null],
    [61, 1],
  ]);
  expect(JSON.parse(show.stdout)).toMatchObject({ resolvedBy: 1 });
});

describe('status --watch', () => {
  it('writes a line of JSON for each poll, until a signal ends it', async () => {
    const child = await startProgram(['status', '--watch', '--interval', '0.2', trouble.url]);
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
    const read: { event: string; failures: unknown[]; summary: { pending: number } }[] = [];
    while (read.length < 3) read.push(JSON.parse((await lines.next()).value as string));
    expect(read.map(({ event, failures }) => [event, failures.length > 0])).toEqual([
      ['poll', true],
      ['poll', expect.any(Boolean)],
      ['poll', expect.any(Boolean)],
    ]);
    expect(read[0]?.summary.pending).toBe(1);
    const end = ended(child);
    child.kill('SIGTERM');
    expect(await end).toEqual({ code: 143, signal: null });
  });

  it('ends when its reader closes the pipe', async () => {
    const child = await startProgram(['status', '--watch', '--interval', '0.2', clean.url]);
    let stderr = '';
    child.stderr?.on('data', (bytes) => {
      stderr += bytes;
    });
    const end = ended(child);
    await once(child.stdout as NodeJS.ReadableStream, 'data');
    child.stdout?.destroy();
    expect([await end, stderr]).toEqual([{ code: 0, signal: null }, '']);
  });
});

describe('export', () => {
  it('has all operations of the filter, oldest first, and says what it leaves out and cuts', async () => {
    const [csv, ndjson] = await Promise.all([
      runCommand(['export', trouble.url]),
      runCommand(['export', '--format', 'ndjson', '--where', 'is:unresolved', trouble.url]),
    ]);
    expect([csv.code, ndjson.code, ndjson.stderr]).toEqual([0, 0, '']);
    expect(csv.stderr).toBe('migtop: note: a text of 1 operation was cut to its first million characters\n');
    const lines = csv.stdout.split('\r\n');
    expect(lines[0]).toMatch(/^id,phase,table_name,/);
    expect(lines.slice(1, -1).map((line) => Number.parseInt(line, 10))).toEqual([
      ...Array.from({ length: 64 }, (__, index) => index + 1),
    ]);
    expect(lines[61]).toContain(',"line one\n""two"", =three",');
    expect(lines[62]).toContain(`,"'=HYPERLINK(""http://x"")",`);
    expect(lines[64]?.length).toBeGreaterThan(1_000_000);
    expect(
      ndjson.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).id),
    ).toEqual([62]);
  });

  it('ends when its reader closes the pipe in the middle', async () => {
    const child = await startProgram(['export', trouble.url]);
    const end = ended(child);
    await once(child.stdout as NodeJS.ReadableStream, 'data');
    child.stdout?.destroy();
    expect(await end).toEqual({ code: 0, signal: null });
  });
});
