import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { phases } from '../../source/domain/operation.ts';
import type { StatusDocument } from '../../source/presentation/status-document.ts';
import { runCommand } from '../support/command.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { ended, type ProgramRun, startProgram } from '../support/program.ts';

/** All but line ends: what a terminal would act on. */
const controls = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/;

let examples: TestDatabase;

beforeAll(async () => {
  examples = await createDatabase({ examples: true });
});
afterAll(() => examples?.drop());

function documentOf(run: ProgramRun): StatusDocument {
  expect([run.code, run.signal, run.stderr]).toEqual([0, null, '']);
  return JSON.parse(run.stdout) as StatusDocument;
}

describe('status --json', () => {
  it("is the whole document of the specification's examples", async () => {
    const document = documentOf(await runCommand(['status', '--json', examples.url]));
    const none = { pending: 0, running: 0, completed: 0, failed: 0, paused: 0, skipped: 0 };
    const day = (time: string | null) => (time === null ? null : `2024-01-15T${time}.000`);
    const phase = (
      name: string,
      operations: number,
      recordsProcessed: number,
      startedAt: string | null,
      completedAt: string | null,
      failed = 0,
    ) => ({
      ...none,
      phase: name,
      operations,
      completed: operations - failed,
      failed,
      recordsProcessed,
      startedAt: day(startedAt),
      completedAt: day(completedAt),
    });

    expect(document).toMatchObject({
      schemaVersion: 1,
      takenAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/),
      summary: {
        ...none,
        currentPhase: 'validation',
        operations: 9,
        completed: 8,
        failed: 1,
        unreadable: 0,
        recordsProcessed: 1592,
        totalRecords: 1592,
        percent: 100,
        recordsPerSecond: null,
        etaSeconds: null,
      },
    });
    expect(document.target).toEqual({
      host: '127.0.0.1',
      port: Number(new URL(examples.url).port),
      user: 'postgres',
      database: examples.name,
      table: 'public.migration_control',
    });
    expect(document.phases).toEqual([
      phase('discovery', 1, 0, '10:00:00', '10:00:05'),
      phase('planning', 1, 0, '10:00:05', '10:00:10'),
      phase('mapping', 0, 0, null, null),
      phase('execution', 5, 3523, '10:00:15', '10:21:30', 1),
      phase('validation', 2, 1592, '10:02:30', '10:18:45'),
      phase('rollback', 0, 0, null, null),
    ]);
    expect(document.phases.map((each) => each.phase)).toEqual(phases);
    expect(document.tables).toMatchObject([
      {
        tableName: 'brackets',
        recordsProcessed: 1000,
        totalRecords: 1569,
        percent: 63.73,
        counting: 'per batch',
        statuses: { ...none, completed: 2 },
        recordsPerSecond: 16.67,
      },
      {
        tableName: 'case_file_relationships',
        recordsProcessed: 2500,
        totalRecords: 15_420,
        percent: 16.21,
        counting: 'per batch',
        statuses: { ...none, completed: 1, failed: 1 },
        recordsPerSecond: 6.67,
      },
      {
        tableName: 'cases',
        recordsProcessed: 23,
        totalRecords: 23,
        percent: 100,
        counting: 'per batch',
        statuses: { ...none, completed: 1 },
        recordsPerSecond: 0.38,
      },
    ]);
    expect(document.workers).toEqual([]);
    expect(document.failures).toEqual([
      {
        id: 10,
        phase: 'execution',
        tableName: 'case_file_relationships',
        openRetry: null,
        operation: 'batch_migration',
        errorMessage: 'Foreign key constraint violation on case_id',
        kind: 'Foreign key constraint violation on case_id',
        sqlState: null,
        resolvedBy: 13,
        accepted: null,
        startedAt: '2024-01-15T10:15:00.000',
        recordsProcessed: 2300,
        totalRecords: 15_420,
        workerId: 2,
      },
    ]);
    expect(document.throughput).toEqual([
      { tableName: 'brackets', batchSize: 500, recordsPerSecond: 16.67, averageBatchSeconds: 30, batchCount: 2 },
      {
        tableName: 'case_file_relationships',
        batchSize: 200,
        recordsPerSecond: 6.67,
        averageBatchSeconds: 30,
        batchCount: 1,
      },
      { tableName: 'cases', batchSize: 23, recordsPerSecond: 0.38, averageBatchSeconds: 60, batchCount: 1 },
    ]);
  });

  it('shows the running operations, and no part of the password', async () => {
    const database = await createDatabase({ schema: true });
    try {
      await database.query(`
        INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, batch_size, worker_id, started_at)
        VALUES ('execution', 'brackets', 'batch', 'running', 500, 1569, 500, 1, localtimestamp - interval '100 seconds'),
               ('execution', 'brackets', 'batch', 'paused', NULL, NULL, NULL, NULL, NULL)`);
      const run = await runCommand(['status', '--json', database.url]);
      expect(run.stdout).not.toContain(new URL(database.url).password);
      const { workers, summary } = documentOf(run);
      expect(workers).toMatchObject([
        {
          id: 1,
          phase: 'execution',
          tableName: 'brackets',
          operation: 'batch',
          status: 'running',
          workerId: 1,
          recordsProcessed: 500,
          totalRecords: 1569,
          batchSize: 500,
          startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
          elapsedSeconds: expect.any(Number),
          recordsPerSecond: null,
          etaSeconds: null,
          stalled: false,
          stall: null,
          blockedBy: [],
        },
        {
          id: 2,
          phase: 'execution',
          tableName: 'brackets',
          operation: 'batch',
          status: 'paused',
          workerId: null,
          recordsProcessed: null,
          totalRecords: null,
          batchSize: null,
          startedAt: null,
          elapsedSeconds: null,
        },
      ]);
      expect(workers[0]?.elapsedSeconds).toBeGreaterThanOrEqual(100);
      expect(summary).toMatchObject({ currentPhase: 'execution', running: 1, paused: 1, recordsProcessed: 500 });
    } finally {
      await database.drop();
    }
  });

  it('is a document of an empty table too', async () => {
    const database = await createDatabase({ schema: true });
    try {
      const document = documentOf(await runCommand(['status', '--json', database.url]));
      expect(document.summary).toMatchObject({ currentPhase: null, operations: 0, percent: null });
      expect(document.phases).toHaveLength(6);
      expect([document.tables, document.workers, document.failures]).toEqual([[], [], []]);
    } finally {
      await database.drop();
    }
  });
});

describe('status as text', () => {
  it('has the figures of the examples', async () => {
    const { code, stdout, stderr } = await runCommand(['status', examples.url], { env: { COLUMNS: '80' } });
    expect([code, stderr]).toEqual([0, '']);
    const { user, target } = { user: 'postgres', target: examples.name };
    const lines = stdout.split('\n');
    expect(lines.slice(0, 2).join(' ')).toMatch(
      new RegExp(`^${user}@127\\.0\\.0\\.1/${target} public\\.migration_control at \\d{4}-`),
    );
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines.slice(2)).toEqual([
      'validation: 1,592 of 1,592 records (100.0%), done',
      '8 completed, 0 unresolved of 1 failed',
      '',
      'PHASE       OPERATIONS  DONE  RUNNING  PAUSED  FAILED  PENDING  SKIPPED',
      'discovery            1     1        0       0       0        0        0',
      'planning             1     1        0       0       0        0        0',
      'mapping              0     0        0       0       0        0        0',
      'execution            5     4        0       0       1        0        0',
      'validation           2     2        0       0       0        0        0',
      'rollback             0     0        0       0       0        0        0',
      '',
      'TABLE                 DONE  RECORDS   TOTAL  UNRESOLVED  VALIDATION  OUTCOME',
      'brackets             63.7%    1,000   1,569           0  passed      36.3% fewer',
      'case_file_relatio…   16.2%    2,500  15,420           0  too early   83.8% fewer',
      'cases               100.0%       23      23           0  –           completed',
      '',
      'not listed: 1 resolved',
      '',
    ]);
  });

  it.each([
    ['running', 700],
    ['pending', null],
    ['paused', 20],
  ] as const)(
    'never shows 100 %% or more while an operation is %s, and says how many records are too many',
    async (status, records) => {
      const database = await createDatabase({ schema: true });
      await database.query(
        `INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, batch_size,
         started_at, completed_at)
       SELECT 'execution', 'cases', 'batch', 'completed', 480, 1000, 500, localtimestamp - step * interval '1 minute',
         localtimestamp - step * interval '50 seconds' FROM generate_series(1, 3) AS step;
       INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, batch_size,
         started_at)
       VALUES ('execution', 'cases', 'batch', '${status}', ${records}, 1000, 1000,
         ${status === 'pending' ? 'NULL' : "localtimestamp - interval '5 seconds'"})`,
      );
      const run = await runCommand(['status', '--sample', '0', database.url]);
      await database.drop();
      expect(run.stdout).toMatch(/cases +99\.9% /);
      expect(run.stdout).not.toMatch(/\d{3}\.\d%/);
      expect(run.stdout).toContain(`${(440 + (records ?? 0)).toLocaleString('en')} more than expected`);
    },
  );

  it('is the default output of migtop if there is no terminal', async () => {
    const [plain, status] = await Promise.all([
      runCommand([examples.url], { env: { FORCE_COLOR: '1', TERM: 'xterm-256color' } }),
      runCommand(['status', examples.url]),
    ]);
    expect(plain).toMatchObject({ code: 0, stderr: '' });
    expect(plain.stdout).not.toMatch(controls);
    const withoutTime = (text: string) => text.replace(/ at\s\d.*/, '');
    expect(withoutTime(plain.stdout)).toBe(withoutTime(status.stdout));
  });

  it('finds its database in the environment', async () => {
    const url = new URL(examples.url);
    const runs = await Promise.all([
      runCommand(['status'], { env: { DATABASE_URL: examples.url } }),
      runCommand(['status'], {
        env: {
          PGHOST: url.hostname,
          PGPORT: url.port,
          PGUSER: url.username,
          PGPASSWORD: url.password,
          PGDATABASE: examples.name,
        },
      }),
    ]);
    for (const { code, stdout } of runs) {
      expect(code).toBe(0);
      expect(stdout).toContain(`/${examples.name} `);
    }
  });
});

describe('notes about the table', () => {
  it('is on stderr, and in the document', async () => {
    const several = await createDatabase({ schema: true });
    try {
      await several.query('CREATE SCHEMA app; CREATE TABLE app.migration_control ()');
      const note =
        'watching public.migration_control (owner postgres); app.migration_control exists too: choose with --table';
      const run = await runCommand(['status', '--json', several.url]);
      expect([run.code, run.stderr]).toEqual([0, `migtop: note: ${note}\n`]);
      expect((JSON.parse(run.stdout) as StatusDocument).notes).toEqual([note]);
    } finally {
      await several.drop();
    }
  });
});

describe('hostile data', () => {
  it('never puts a control character on the output, as text or as JSON', async () => {
    const database = await createDatabase({ schema: true });
    try {
      await database.query(
        'ALTER TABLE migration_control DROP CONSTRAINT migration_control_status_check, DROP CONSTRAINT migration_control_phase_check',
      );
      const hostile = [
        '\u001B]52;c;aGVsbG8=\u0007clipboard',
        '\u001B[2J\u001B[31mred\u001B[0m',
        '\u009B31mC1\u009Dtitle\u009C',
        'bidi \u202Egnp.exe\u202C \u2066isolate\u2069',
        'bell\u0007 back\bspace del\u007F tab\there',
        'one\r\ntwo\u2028three\u0085four',
        '\u001BPdevice control\u001B\\',
        '\u001B',
        'half \uD83D surrogate',
      ];
      for (const text of hostile) {
        for (const status of ['failed', 'running', text]) {
          await database.query(
            `INSERT INTO migration_control (phase, table_name, operation, status, error_message, source_query)
             VALUES ($2, $1::text, $1::text, $3, $1::text, $1::text)`,
            [text, status === text ? text : 'execution', status],
          );
        }
      }
      const runs = await Promise.all([
        runCommand(['status', database.url]),
        runCommand(['status', '--json', database.url]),
      ]);
      for (const run of runs) {
        expect([run.code, run.stderr]).toEqual([0, '']);
        expect(run.stdout).not.toMatch(controls);
        expect(run.stdout).toContain('clipboard');
      }
      const document = documentOf(runs[1] as ProgramRun);
      expect(document.failures).toHaveLength(hostile.length);
      expect(document.summary.unreadable).toBe(hostile.length);
      // JSON would escape what a terminal acts on; it is not there to be escaped. A name has a backslash and the code.
      expect(runs[1]?.stdout).not.toMatch(/(?<!\\)\\(u00[01]|[bfrt])/);
      expect(document.tables.map(({ tableName }) => tableName)).toContain(String.raw`\u001b[2J\u001b[31mred\u001b[0m`);
    } finally {
      await database.drop();
    }
  });
});

describe('an error', () => {
  const secret = 'hunter2-never-shown';
  const url = (change: (url: URL) => void): string => {
    const changed = new URL(inject('postgresUrl'));
    change(changed);
    return changed.href;
  };
  let empty: TestDatabase;
  let strange: TestDatabase;
  let unreadable: string;
  let webPort: number;
  const web = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  });

  beforeAll(async () => {
    empty = await createDatabase();
    strange = await createDatabase();
    await strange.query('CREATE TABLE migration_control (id int)');
    unreadable = await examples.role();
    web.listen(0, '127.0.0.1');
    await once(web, 'listening');
    const address = web.address();
    webPort = typeof address === 'object' && address !== null ? address.port : 0;
  });
  afterAll(async () => {
    await empty?.drop();
    await strange?.drop();
    web.close();
  });

  const cases: [string, number, RegExp, () => string[]][] = [
    ['bad arguments', 2, /unknown option --nope/, () => ['--nope']],
    ['no database', 2, /No database is named/, () => []],
    ['an unreadable URL', 2, /Invalid connection URL/, () => [`postgres://me:p@${secret}@h/d`]],
    ['two connections', 2, /unexpected argument/, () => ['a', `postgres://me:${secret}@h/d`]],
    ['a refused port', 3, /connection refused/, () => [`postgres://me:${secret}@127.0.0.1:1/d`]],
    ['a web server', 3, /is not PostgreSQL/, () => [`postgres://me:${secret}@127.0.0.1:${webPort}/d`]],
    ['a wrong password', 4, /refuses the password/, () => [url((each) => (each.password = secret))]],
    ['an unknown database', 4, /no database "nowhere"/, () => [url((each) => (each.pathname = '/nowhere'))]],
    ['a missing table', 5, /no table migration_control.*init --apply/, () => [empty.url]],
    ['an unfit table', 5, /lacks the columns/, () => [strange.url]],
    ['a missing privilege', 6, /GRANT SELECT ON public\.migration_control/, () => [unreadable]],
  ];

  it.each(cases)('%s ends with exit code %i and one line that names the remedy', async (_, code, message, argv) => {
    const run = await runCommand(['status', ...argv()]);
    expect([run.code, run.signal, run.stdout]).toEqual([code, null, '']);
    expect(run.stderr).toMatch(/^migtop: [^\n]*\.?[^\n]*\n$/);
    expect(run.stderr).toMatch(message);
    expect(run.stderr.trimEnd()).not.toMatch(controls);
    expect(run.stderr).not.toContain(secret);
  });

  it('has its stack and its cause under --debug, but not the password', async () => {
    const run = await runCommand(['status', '--debug', url((each) => (each.password = secret))]);
    expect(run.code).toBe(4);
    expect(run.stderr).toMatch(/^migtop: .*refuses the password.*\nDatabaseError: .*\n {4}at /);
    expect(run.stderr).toMatch(/\ncaused by error: password authentication failed.*\n {4}at /);
    expect(run.stderr).not.toContain(secret);
  });

  it('in the arguments has its stack under --debug too', async () => {
    const run = await runCommand(['--nope', '--debug']);
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/^migtop: unknown option --nope.*\nDatabaseError: .*\n {4}at /);
  });
});

describe('a reader that closes its pipe', () => {
  it('is not an error: status into a pipe that is closed', async () => {
    const database = await createDatabase({ schema: true });
    try {
      // More than a pipe holds, so that the end of the reader is met in the middle of the text.
      await database.query(`
        INSERT INTO migration_control (phase, table_name, operation, status, error_message)
        SELECT 'execution', 'brackets', 'batch', 'failed', repeat('x', 400) FROM generate_series(1, 1000)`);
      const child = await startProgram(['status', '--json', database.url]);
      let stderr = '';
      child.stderr?.on('data', (bytes) => {
        stderr += bytes;
      });
      const end = ended(child);
      await once(child.stdout as NodeJS.ReadableStream, 'data');
      child.stdout?.destroy();
      expect(await end).toEqual({ code: 0, signal: null });
      expect(stderr).toBe('');
    } finally {
      await database.drop();
    }
  });

  it('is not an error: init into a pipe that is closed before', async () => {
    const child = await startProgram(['init']);
    child.stdout?.destroy();
    let stderr = '';
    child.stderr?.on('data', (bytes) => {
      stderr += bytes;
    });
    expect(await ended(child)).toEqual({ code: 0, signal: null });
    expect(stderr).toBe('');
  });
});
