import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../support/command.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  await database.query(await readSql('options/audit.sql'));
});
afterAll(() => database?.drop());
beforeEach(async () => {
  await database.query(`
    TRUNCATE migration_control RESTART IDENTITY;
    INSERT INTO migration_control (phase, table_name, operation, status, started_at, error_message, worker_id) VALUES
      ('execution', 'cases', 'copy 1', 'running', localtimestamp, NULL, 1),
      ('execution', 'cases', 'copy 2', 'pending', NULL, NULL, NULL),
      ('execution', 'judges', 'copy 3', 'failed', localtimestamp, 'value 17 is too long', 2),
      ('execution', 'judges', 'copy 4', 'failed', localtimestamp, 'value 18 is too long', 2),
      ('execution', 'judges', 'copy 5', 'completed', localtimestamp, NULL, 2)`);
});

const run = (...args: string[]) => runCommand([...args, '--url', database.url]);

async function statuses(): Promise<string> {
  const { rows } = await database.query<{ status: string }>('SELECT status FROM migration_control ORDER BY id');
  return rows.map(({ status }) => status).join(' ');
}

async function audited() {
  const { rows } = await database.query(
    `SELECT action, operation_id::int AS id, outcome, reason FROM migtop_audit
     WHERE at >= now() - interval '1 minute' ORDER BY migtop_audit.id DESC LIMIT 1`,
  );
  return rows[0];
}

describe('migtop pause, resume, skip and retry', () => {
  it('change the named operations, and record the reason', async () => {
    const paused = await run('pause', '1', '2', '--reason', 'the target is full');
    const later = '  operation 1 was running: its worker stops after its batch; migtop show 1 says whether it has\n';
    expect(paused).toMatchObject({ code: 0, stdout: `paused: 2 operations\n${later}`, stderr: '' });
    expect(await statuses()).toBe('paused paused failed failed completed');
    expect(await audited()).toMatchObject({ action: 'pause', outcome: 'applied', reason: 'the target is full' });
    expect(await run('resume', '1', '2')).toMatchObject({ code: 0, stdout: 'resumed: 2 operations\n' });
    // Each becomes again what it was.
    expect(await statuses()).toBe('running pending failed failed completed');
  });

  it('take a filter if the texts of the table are padded with spaces', async () => {
    await using padded = await createDatabase({ schema: true });
    await padded.query(`
      ALTER TABLE migration_control ALTER phase TYPE char(20), ALTER table_name TYPE char(20),
        ALTER operation TYPE char(20), ALTER status TYPE char(12);
      INSERT INTO migration_control (phase, table_name, operation, status, source_query) VALUES
        ('execution', 'cases', 'copy', 'failed', 'SELECT * FROM cases WHERE id BETWEEN 1 AND 1000'),
        ('execution', 'cases', 'copy', 'pending', 'SELECT * FROM cases WHERE id BETWEEN 1 AND 1000'),
        ('execution', 'judges', 'copy', 'failed', 'SELECT * FROM judges WHERE id BETWEEN 1 AND 1000')`);
    const act = (...args: string[]) => runCommand([...args, '--url', padded.url]);
    expect(await act('retry', '--where', 'status:failed')).toMatchObject({
      code: 0,
      stdout: 'queued again: operation 3 · judges, 1 already retried\n  operation 3 · judges: queued as operation 4\n',
    });
    expect(await act('pause', '--where', 'table:judges status:pending')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^paused: operation 4 · judges\n/),
    });
    const { rows } = await padded.query<{ status: string }>(
      'SELECT rtrim(status) AS status FROM migration_control ORDER BY id',
    );
    expect(rows.map(({ status }) => status)).toEqual(['failed', 'pending', 'failed', 'paused']);
  });

  it('take a filter, and change nothing with --dry-run', async () => {
    const where = ['--where', 'kind:"is too long" is:unresolved'];
    const dry = await run('skip', ...where, '--dry-run');
    expect(dry).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^dry run: 2 operations would be skipped\n {2}ids \d+, \d+\n {2}records: /),
    });
    expect(await statuses()).toBe('running pending failed failed completed');
    expect(await run('skip', ...where)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^skipped: 2 operations\n {2}ids \d, \d\n$/),
    });
    expect(await statuses()).toBe('running pending skipped skipped completed');
  });

  it('count what matches a filter and cannot change, which is no error', async () => {
    const paused = await run('pause', '--where', 'table:cases,judges');
    expect(paused).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^paused: 2 operations, 3 already ended\n {2}ids 1, 2\n {2}operation 1 was running: /,
      ),
    });
    const again = await run('pause', '--where', 'table:cases,judges', '--dry-run');
    expect(again).toMatchObject({
      code: 0,
      stdout: 'dry run: no operation to pause, 3 already ended, 2 already paused\n',
    });
  });

  it.each(['pause', 'resume', 'skip', 'retry', 'takeover'])(
    '%s says that no operation matches the filter',
    async (verb) => {
      const note = "migtop: note: no operation matches --where 'table:nope !status:failed'\n";
      const act = (...more: string[]) => run(verb, '--where', 'table:nope  !status:failed', ...more);
      const none = `no operation to ${verb === 'takeover' ? 'take over' : verb}\n`;
      expect(await act()).toMatchObject({ code: 0, stdout: none, stderr: note });
      expect(await act('--json')).toMatchObject({ code: 0, stderr: note });
      expect(await run('export', '--where', 'table:nope !status:failed')).toMatchObject({ code: 0, stderr: note });
    },
  );

  it('end with 1 if an operation was not changed, and say why', async () => {
    const some = await run('skip', '1', '3', '5', '99');
    expect(some.code).toBe(1);
    expect(some.stdout.split('\n')).toEqual([
      'skipped: 1 of 4 operations (2 not possible, 1 not in the table)',
      '  operation 99: not in the table',
      '  operation 1 · cases: cannot skip it: pause it first',
      '  operation 5 · judges: already completed',
      '',
    ]);
  });

  it('skip no failure whose records a later attempt has migrated, and show what a skip costs', async () => {
    await database.query(`
      UPDATE migration_control SET total_records = 300, source_query = 'SELECT * FROM judges ORDER BY id LIMIT 300 OFFSET ' || id * 300
      WHERE table_name = 'judges';
      INSERT INTO migration_control (phase, table_name, operation, status, started_at, completed_at, worker_id, total_records,
        records_processed, source_query)
      SELECT phase, table_name, 'retry_3', 'completed', localtimestamp, localtimestamp, 2, 300, 300, source_query
      FROM migration_control WHERE id = 3`);
    const named = await run('skip', '3', '4', '--dry-run');
    expect(named).toMatchObject({ code: 1, stderr: '' });
    expect(named.stdout.split('\n')).toEqual([
      'dry run: operation 4 would be skipped. 1 would not: it is resolved by operation 6',
      '  records: 300 will not be migrated by it',
      '  validation: has not completed for this table yet',
      '  other operations: no other in this table is open',
      '  operation 3 · judges: resolved by operation 6',
      '',
    ]);
    const planned = await run('skip', '--where', 'table:judges', '--dry-run', '--json');
    expect(planned).toMatchObject({ code: 0 });
    expect(JSON.parse(planned.stdout)).toMatchObject({
      changed: 0,
      operations: [{ id: 4, outcome: 'planned' }],
      notAsked: [
        { reason: 'already ended', operations: 2 },
        { reason: 'already resolved', operations: 1 },
      ],
      cost: {
        records: 300,
        recordsIfOwn: null,
        recordsUnknown: 0,
        validations: 0,
        validatedTables: 0,
        otherOpen: 0,
        referencedBy: [],
        openAttempts: 0,
      },
    });
    // Nothing is counted: the attempts are read through the index on the table's name.
    const skipped = await run('skip', '3', '4', '--json');
    expect(skipped).toMatchObject({ code: 1 });
    expect(JSON.parse(skipped.stdout)).toMatchObject({
      changed: 1,
      operations: expect.arrayContaining([
        expect.objectContaining({ id: 4, outcome: 'applied' }),
        expect.objectContaining({ id: 3, outcome: 'not possible', reason: 'resolved by operation 6' }),
      ]),
    });
    expect(JSON.parse(skipped.stdout)).not.toHaveProperty('cost');
    expect(await statuses()).toBe('running pending failed skipped completed completed');
  });

  it('skip a failure that only a row with the name of its retry may have resolved, as a filter does', async () => {
    await database.query(`
      INSERT INTO migration_control (phase, table_name, operation, status, started_at, completed_at)
      VALUES ('execution', 'judges', 'retry_batch_3', 'completed', localtimestamp, localtimestamp)`);
    const first = 'dry run: operation 3 would be skipped';
    expect((await run('skip', '--where', 'id:3', '--dry-run')).stdout.split('\n')[0]).toBe(first);
    expect((await run('skip', '3', '--dry-run')).stdout.split('\n')[0]).toBe(first);
  });

  it('report a named operation whose row cannot be read', async () => {
    await using strange = await createDatabase({ schema: true });
    await strange.query(`
      ALTER TABLE migration_control ALTER table_name DROP NOT NULL;
      INSERT INTO migration_control (phase, table_name, operation, status) VALUES
        ('execution', 'cases', 'copy', 'pending'), ('execution', NULL, 'copy', 'failed')`);
    const act = (...args: string[]) => runCommand([...args, '--url', strange.url]);
    expect((await act('skip', '1', '2', '99', '--dry-run')).stdout.split('\n')).toEqual(
      expect.arrayContaining([
        'dry run: operation 1 would be skipped. 2 would not: 1 not in the table, 1 unreadable',
        '  operation 99: not in the table',
        '  operation 2: its row cannot be read',
      ]),
    );
    expect(JSON.parse((await act('skip', '2', '--json')).stdout)).toMatchObject({
      changed: 0,
      operations: [{ id: 2, outcome: 'not possible', reason: 'its row cannot be read' }],
    });
  });

  it('say that the workers of several paused operations stop after their batches', async () => {
    await database.query(`UPDATE migration_control SET status = 'running' WHERE id = 2`);
    expect((await run('pause', '1', '2')).stdout).toBe(
      'paused: 2 operations\n  2 were running: their workers stop after their batches; migtop show ID says whether one has\n',
    );
  });

  it('report named operations that the filter leaves out', async () => {
    const some = await run('skip', '3', '2', '99', '--where', 'status:failed');
    expect(some.code).toBe(1);
    expect(some.stdout.split('\n')).toEqual([
      'skipped: 1 of 3 operations (1 not in the table, 1 without a match)',
      '  operation 99: not in the table',
      '  operation 2 · cases: does not match --where',
      '',
    ]);
    expect(await statuses()).toBe('running pending skipped failed completed');
  });

  it('print JSON with every operation', async () => {
    const retried = await run('retry', '3', '1', '--json');
    expect(retried.code).toBe(1);
    expect(JSON.parse(retried.stdout)).toEqual({
      action: 'retry',
      reason: null,
      dryRun: false,
      changed: 1,
      operations: [
        { id: 3, tableName: 'judges', from: 'failed', to: 'pending', outcome: 'applied', reason: null, added: 6 },
        {
          id: 1,
          tableName: 'cases',
          from: null,
          to: null,
          outcome: 'not possible',
          reason: 'cannot retry a running operation',
          added: null,
        },
      ],
    });
    const dry = await run('retry', '3', '4', '--dry-run');
    expect(dry).toMatchObject({ code: 1 });
    expect(dry.stdout.split('\n')).toEqual([
      'dry run: operation 4 would be retried. 1 would not: it has another attempt already',
      '  operation 3 · judges: already has attempt 6',
      '',
    ]);
    const again = await run('retry', '3');
    expect(again).toMatchObject({ code: 1 });
    expect(again.stdout).toContain('already has attempt 6');
  });

  it.each([
    [['pause'], 'pause takes the ids of operations, or --where FILTER'],
    [['pause', '--where', 'statsu:failed'], '--where: unknown field statsu'],
    [['pause', '1', '--rate', 'fast'], '--rate takes a number of operations a second'],
    [['status', '--reason', 'why'], '--reason is only valid with pause, resume, skip, retry and takeover'],
  ])('explain a mistake: %s', async (args, message) => {
    const failed = await run(...args);
    expect(failed.code).toBe(2);
    expect(failed.stderr).toContain(message);
  });

  it('take over what is proven dead, and with --unproven what may be', async () => {
    await database.query(
      `UPDATE migration_control SET started_at = localtimestamp - interval '1 hour',
         validation_query = '/* migtop run=- counts=own from=0 */' WHERE id = 1;
       UPDATE migration_control SET status = 'paused', worker_id = 5 WHERE id = 2`,
    );
    const some = await run('takeover', '--where', 'status:running,paused', '--interval', '0.2');
    expect(some).toMatchObject({ code: 1 });
    expect(some.stdout.split('\n').slice(0, 3)).toEqual([
      'taken over: 1 of 2 operations (1 not possible)',
      '  ids 1',
      '  operation 2 · cases: not proven dead: its worker does not name its connections: it may be alive',
    ]);
    expect(some.stdout).toContain('--unproven also takes over those that are not proven dead');
    const rest = await run('takeover', '2', '--unproven', '--interval', '0.2', '--reason', 'host replaced');
    expect(rest).toMatchObject({ code: 0, stdout: 'taken over: operation 2 · cases\n' });
    expect(await statuses()).toBe('pending pending failed failed completed');
    expect(await audited()).toMatchObject({ action: 'takeover', id: 2, outcome: 'applied', reason: 'host replaced' });
  });

  it('leave a stalled operation stalled, in every command', async () => {
    await database.query(`
      UPDATE migration_control SET started_at = localtimestamp - interval '1 hour', batch_size = 100, records_processed = 0
      WHERE id = 1;
      INSERT INTO migration_control (phase, table_name, operation, status, started_at, completed_at, batch_size, records_processed)
      SELECT 'execution', 'cases', 'copy', 'completed', localtimestamp - interval '2 hours',
        localtimestamp - interval '2 hours' + interval '40 s', 100, 100 FROM generate_series(1, 3)`);
    const stalls = async () => {
      const check = await run('status', '--check', '--sample', '0');
      const text = await run('status', '--sample', '0');
      const { summary, workers, tables } = JSON.parse((await run('status', '--json', '--sample', '0')).stdout);
      const shown = JSON.parse((await run('show', '1', '--json')).stdout);
      const waited = await run('wait', '--for', 'idle', '--fail-on', 'stalled>0', '--timeout', '20s');
      return {
        wait: waited.stderr.match(/\d (running|paused) \(.*?\)/)?.[0],
        check: check.stdout.match(/\d+ (perhaps )?stalled/)?.[0],
        text: text.stdout.match(/\d (running|paused) \(.*?\)/)?.[0],
        json: [summary.stalled, workers[0].id, workers[0].stall?.kind, tables[0].stalled, shown.stall?.kind],
      };
    };
    const json = [1, 1, 'suspected', 1, 'suspected'];
    const saying = (text: string) => ({ check: '1 perhaps stalled', text, wait: text, json });
    expect(await stalls()).toEqual(saying('1 running (1 perhaps stalled)'));
    await run('pause', '1', '2');
    expect(await stalls()).toEqual(saying('2 paused (1 perhaps stalled)'));
  });

  it('end with 6 if the privilege is missing', async () => {
    const role = await database.role({ grants: ['SELECT ON migration_control'] });
    expect(await runCommand(['pause', '1', '--url', role])).toMatchObject({
      code: 6,
      stderr: expect.stringMatching(
        /Ask the owner for: GRANT UPDATE \(status, completed_at\) ON public\.migration_control TO \w+\n$/,
      ),
    });
    const unaudited = await database.role({ grants: ['SELECT, UPDATE ON migration_control'] });
    const refused = await runCommand(['pause', '1', '--url', unaudited]);
    expect(refused).toMatchObject({ code: 6 });
    expect(refused.stderr).toContain('you have no privilege to write the audit public.migtop_audit');
  });

  it.each(['pause 1', 'resume 1', 'skip 1', 'retry 3', 'takeover 1'])(
    'end with 1 if transactions are read-only: %s',
    async (words) => {
      const role = await database.role({ grants: ['SELECT ON migration_control'] });
      const { username } = new URL(role);
      await database.query(`ALTER ROLE ${username} SET default_transaction_read_only = on`);
      const refused = await runCommand([...words.split(' '), '--url', role]);
      // No privilege would help.
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain(`read-only: user "${username}" is set to read-only transactions.`);
    },
  );
});
