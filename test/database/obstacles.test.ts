import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Transition } from '../../source/domain/transitions.ts';
import { openControlTable } from '../../source/polling/control-table.ts';
import { statusDocument } from '../../source/presentation/status-document.ts';
import { statusText } from '../../source/presentation/status-text.ts';
import { memoryLog, type OpenedTable, openTable, operator } from '../support/control-table.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let url: string;
let table: OpenedTable | undefined;

const columns = `id integer, phase varchar NOT NULL, table_name varchar NOT NULL, operation varchar NOT NULL,
  status varchar NOT NULL, records_processed integer, total_records integer, started_at timestamp, completed_at timestamp,
  error_message text, batch_size integer, worker_id integer, source_query text, validation_query text`;
const row = (id: number, status: string, phase = 'execution', operation = 'batch'): string =>
  `INSERT INTO migration_control (id, phase, table_name, operation, status)
   VALUES (${id}, '${phase}', 'cases', '${operation}', '${status}')`;

beforeAll(async () => {
  database = await createDatabase();
  url = await database.role();
});
beforeEach(async () => {
  await database.query(`CREATE TABLE migration_control (${columns}, PRIMARY KEY (id))`);
  await database.query(`GRANT SELECT, UPDATE ON migration_control TO ${new URL(url).username}`);
});
afterEach(async () => {
  await table?.close();
  table = undefined;
  await database.query('DROP TABLE migration_control CASCADE');
});
afterAll(() => database?.drop());

async function run(...statements: string[]): Promise<void> {
  for (const statement of statements) await database.query(statement);
}

async function open(as = url): Promise<OpenedTable> {
  table = await openTable(as);
  return table;
}

/** The pause of an operation as the operator sees it. */
async function pauseOf(id: number, operation = 'batch'): Promise<Transition> {
  const { operations } = (await table?.poll([id])) ?? { operations: [] };
  const seen = operations.find((one) => one.id === id && one.operation === operation);
  return {
    id,
    from: 'running',
    to: 'paused',
    completedAt: 'keep',
    version: null,
    identity: seen?.identity ?? expect.fail('not seen'),
  };
}

async function statuses(): Promise<string[]> {
  const { rows } = await database.query<{ status: string }>('SELECT status FROM migration_control ORDER BY id, phase');
  return rows.map(({ status }) => status);
}

describe('row-level security', () => {
  const policies = (...uses: string[]): Promise<void> =>
    run('ALTER TABLE migration_control ENABLE ROW LEVEL SECURITY', ...uses);

  it('that hides rows from reading is reported, and only the visible rows are counted', async () => {
    await run(row(1, 'running'), row(2, 'running'));
    await policies('CREATE POLICY mine ON migration_control USING (id = 1)');
    const { target, poll } = await open();
    expect(target.rowSecurity).toBe(true);
    expect((await poll([])).operations.map(({ id }) => id)).toEqual([1]);
    const document = statusDocument(target, (await table?.report()) ?? expect.fail('not open'), null);
    expect(statusText(document).split('\n')).toContain('figures include only visible rows (row-level security)');
    await table?.close();
    expect((await open(database.url)).target.rowSecurity).toBe(false);
  });

  it('that hides a row from an update is reported', async () => {
    await run(row(1, 'running'));
    await policies(
      'CREATE POLICY seen ON migration_control FOR SELECT USING (true)',
      'CREATE POLICY mine ON migration_control FOR UPDATE USING (id = 2)',
    );
    const { act } = await open();
    expect(await act(await pauseOf(1))).toEqual({
      kind: 'refused',
      reason: 'a row-level security policy hides it from your updates',
    });
  });

  it('that refuses the new row is reported, and not as a missing privilege', async () => {
    await run(row(1, 'running'));
    await policies("CREATE POLICY mine ON migration_control USING (true) WITH CHECK (status <> 'paused')");
    const { act } = await open();
    expect(await act(await pauseOf(1))).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/^a row-level security policy refuses the change/),
    });
    expect(await statuses()).toEqual(['running']);
  });
});

describe('a row that a policy hides from reading', () => {
  beforeEach(async () => {
    await run(row(1, 'running'));
  });

  it.each([
    ['was there before the connection', true],
    ['has come since', false],
  ])('and that %s has the same outcome in the local audit as on the screen', async (_, isBefore) => {
    const hide = () =>
      run(
        'ALTER TABLE migration_control ENABLE ROW LEVEL SECURITY',
        'CREATE POLICY mine ON migration_control USING (id = 2)',
      );
    const seen = await open(database.url);
    const pause = await pauseOf(1);
    await seen.close();
    if (isBefore) await hide();
    const opened = await open();
    if (!isBefore) await hide();
    expect(await opened.act(pause)).toEqual({ kind: 'gone' });
    expect(opened.logged.map(({ outcome }) => outcome)).toEqual(['gone or hidden']);
    await run('DROP POLICY mine ON migration_control', 'ALTER TABLE migration_control DISABLE ROW LEVEL SECURITY');
  });

  it('has the same outcome in the audit table as on the screen', async () => {
    await run(await readSql('options/audit.sql'));
    try {
      const seen = await open();
      const pause = await pauseOf(1);
      await run(
        'ALTER TABLE migration_control ENABLE ROW LEVEL SECURITY',
        'CREATE POLICY mine ON migration_control USING (id = 2)',
      );
      expect(await seen.act(pause)).toEqual({ kind: 'gone' });
      expect(await seen.act({ ...pause, id: 99 })).toEqual({ kind: 'gone' });
      await run('ALTER TABLE migration_control DISABLE ROW LEVEL SECURITY');
      expect(await seen.act({ ...pause, id: 99 })).toEqual({ kind: 'gone' });
      expect((await seen.activity()).map(({ outcome }) => outcome)).toEqual([
        'gone',
        'gone or hidden',
        'gone or hidden',
      ]);
      await run('DELETE FROM migration_control', 'ALTER TABLE migration_control ENABLE ROW LEVEL SECURITY');
      await seen.inspect();
      const document = statusDocument(seen.target, await seen.report(), null);
      expect(document.activity.map(({ outcome }) => outcome)).toEqual(['gone', 'gone or hidden', 'gone or hidden']);
    } finally {
      await run('DROP TABLE migtop_audit', 'DROP FUNCTION migtop_audit_stamp(), migtop_audit_refuse()');
    }
  });
});

it('a row that a policy hides now is not reported as deleted', async () => {
  await run(row(1, 'running'));
  const { connection } = await open();
  const opened = await openControlTable(connection, 'migration_control', { operator, logFor: () => memoryLog() });
  const pause = await pauseOf(1);
  expect(opened.target.rowSecurity).toBe(false);
  await run('ALTER TABLE migration_control ENABLE ROW LEVEL SECURITY');
  expect(await opened.act(pause, { action: 'pause', reason: null })).toEqual({ kind: 'gone' });
  // The monitor then says that it was deleted or is hidden.
  expect(opened.target.rowSecurity).toBe(true);
});

describe('an obstacle that is found before a key is pressed', () => {
  it.each([
    ['DO INSTEAD NOTHING', 'no_updates'],
    ['DO ALSO NOTIFY changed', 'no_updates'],
    ["WHERE new.status = 'paused' DO INSTEAD NOTHING", 'no_updates'],
  ])('is a rule on updates: %s', async (action) => {
    const [where = '', rest = ''] = action.startsWith('WHERE') ? action.split(/(?= DO )/) : ['', action];
    await run(`CREATE RULE no_updates AS ON UPDATE TO migration_control ${where} ${rest}`);
    expect((await open()).target.readOnly).toBe(
      'public.migration_control has rules that rewrite an UPDATE: no_updates',
    );
  });

  it('is a generated column', async () => {
    await run(
      'ALTER TABLE migration_control DROP COLUMN completed_at',
      "ALTER TABLE migration_control ADD COLUMN completed_at timestamp GENERATED ALWAYS AS (started_at + interval '1 hour') STORED",
    );
    expect((await open()).target.readOnly).toBe('completed_at of public.migration_control is a generated column');
  });
});

describe('a trigger', () => {
  const trigger = (body: string, when = 'BEFORE UPDATE'): Promise<void> =>
    run(
      `CREATE OR REPLACE FUNCTION owners_rule() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} END $$`,
      `CREATE TRIGGER owners_rule ${when} ON migration_control FOR EACH ROW EXECUTE FUNCTION owners_rule()`,
    );

  it.each([
    ['that drops the change', 'RETURN NULL;', 'BEFORE UPDATE', 'keeps it running'],
    ['that keeps the status', 'NEW.status := OLD.status; RETURN NEW;', 'BEFORE UPDATE', 'keeps it running'],
    ['that sets another status', "NEW.status := 'pending'; RETURN NEW;", 'BEFORE UPDATE', 'makes it pending'],
    [
      'that changes it back afterwards',
      "IF pg_trigger_depth() = 1 THEN UPDATE migration_control SET status = 'running' WHERE id = NEW.id; END IF; RETURN NULL;",
      'AFTER UPDATE',
      'keeps it running',
    ],
    [
      'that deletes the row',
      'DELETE FROM migration_control WHERE id = NEW.id; RETURN NULL;',
      'AFTER UPDATE',
      'deletes it, or gives it another id or name',
    ],
  ])('%s is reported, and its changes are rolled back', async (_, body, when, told) => {
    await run(row(1, 'running'));
    await trigger(body, when);
    const { act } = await open(database.url);
    expect(await act(await pauseOf(1))).toEqual({ kind: 'refused', reason: `a trigger on the table ${told}` });
    expect(await statuses()).toEqual(['running']);
  });

  it.each(['55P03', '25006', '40001', '42501'])(
    'that refuses with the code %s is reported with its message, and never as another session or the server',
    async (code) => {
      await run(row(1, 'running'));
      await trigger(`RAISE EXCEPTION 'ask the owner' USING ERRCODE = '${code}';`);
      const { act } = await open();
      expect(await act(await pauseOf(1))).toEqual({ kind: 'refused', reason: 'ask the owner' });
      expect(await statuses()).toEqual(['running']);
    },
  );

  it('that finds another table locked is reported: the row itself was not locked', async () => {
    await run(row(1, 'running'), 'CREATE TABLE elsewhere ()', 'GRANT ALL ON elsewhere TO PUBLIC');
    await trigger('LOCK TABLE elsewhere; RETURN NEW;');
    const holder = await database.connect();
    try {
      await holder.query('BEGIN; LOCK TABLE elsewhere');
      const { act } = await open();
      expect(await act(await pauseOf(1))).toMatchObject({
        kind: 'refused',
        reason: expect.stringMatching(/^another object that it needs is locked \(/),
      });
    } finally {
      await holder.end();
      await run('DROP TABLE elsewhere');
    }
  });

  it('is named before a key is pressed, to every role that may act, if a change of the status runs it', async () => {
    await run(row(1, 'running'));
    await trigger('RETURN NEW;', 'BEFORE UPDATE OF status');
    const note = 'trigger owners_rule runs when a status changes';
    expect((await open()).target.notes).toContain(note);
    await run(`REVOKE UPDATE ON migration_control FROM ${new URL(url).username}`);
    expect((await table?.inspect())?.notes).not.toContain(note);
    await run(`GRANT UPDATE ON migration_control TO ${new URL(url).username}`);
    await run('DROP TRIGGER owners_rule ON migration_control');
    for (const when of ['BEFORE UPDATE OF worker_id', 'BEFORE INSERT']) {
      await trigger('RETURN NEW;', when);
      expect((await table?.inspect())?.notes).toEqual([]);
      await run('DROP TRIGGER owners_rule ON migration_control');
    }
    await trigger('RETURN NEW;', 'AFTER INSERT OR UPDATE');
    await run(
      'CREATE TRIGGER also BEFORE UPDATE ON migration_control FOR EACH STATEMENT EXECUTE FUNCTION owners_rule()',
    );
    expect((await table?.inspect())?.notes).toEqual(['triggers also, owners_rule run when a status changes']);
  });

  it('that changes the status back at the commit is reported', async () => {
    await run(row(1, 'running'));
    await run(
      `CREATE OR REPLACE FUNCTION owners_rule() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF pg_trigger_depth() = 1 THEN UPDATE migration_control SET status = 'running' WHERE id = NEW.id; END IF;
         RETURN NULL; END $$`,
      `CREATE CONSTRAINT TRIGGER owners_rule AFTER UPDATE ON migration_control DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION owners_rule()`,
    );
    const { act } = await open(database.url);
    expect(await act(await pauseOf(1))).toMatchObject({ reason: 'a trigger on the table keeps it running' });
    expect(await statuses()).toEqual(['running']);
  });

  it('that drops an undo is reported, and not as another session', async () => {
    await run(row(1, 'running'));
    const { act } = await open(database.url);
    const pause = await pauseOf(1);
    const done = await act(pause);
    if (done.kind !== 'applied') expect.fail(done.kind);
    await trigger("IF OLD.status = 'paused' THEN NEW.status := 'paused'; END IF; RETURN NEW;");
    const undo: Transition = { ...pause, from: 'paused', to: 'running', version: done.version };
    expect(await act(undo)).toEqual({ kind: 'refused', reason: 'a trigger on the table keeps it paused' });
    await run('DROP TRIGGER owners_rule ON migration_control');
    expect((await act(undo)).kind).toBe('applied');
  });
});

describe('ids that repeat', () => {
  const admin = (): Promise<OpenedTable> => open(database.url);

  it('in partitions: only the row that was shown is changed', async () => {
    await run(
      'DROP TABLE migration_control',
      `CREATE TABLE migration_control (${columns}, PRIMARY KEY (id, phase)) PARTITION BY LIST (phase)`,
      "CREATE TABLE execution PARTITION OF migration_control FOR VALUES IN ('execution')",
      'CREATE TABLE others PARTITION OF migration_control DEFAULT',
      row(7, 'running'),
      row(7, 'completed', 'validation'),
    );
    const { target, act } = await admin();
    expect(target).toMatchObject({ isFollowable: false, readOnly: null });
    expect(await act(await pauseOf(7))).toMatchObject({ kind: 'applied' });
    expect(await statuses()).toEqual(['paused', 'completed']);
  });

  it.each([
    ['phase', "'execution'", "'validation'", { kind: 'changed', now: 'validation cases batch' }],
    ['status', "'running'", "'completed'", { kind: 'stale', actual: 'completed' }],
  ])(
    'in partitions: a row that another session moves to another partition by its %s is reported as it is then',
    async (key, from, to, told) => {
      await run(
        'DROP TABLE migration_control',
        `CREATE TABLE migration_control (${columns}, PRIMARY KEY (id, ${key})) PARTITION BY LIST (${key})`,
        `CREATE TABLE one PARTITION OF migration_control FOR VALUES IN (${from})`,
        'CREATE TABLE others PARTITION OF migration_control DEFAULT',
        row(7, 'running'),
      );
      const { act } = await admin();
      const pause = await pauseOf(7);
      const mover = await database.connect();
      try {
        await mover.query(`BEGIN; UPDATE migration_control SET ${key} = ${to}`);
        const acting = act(pause);
        // PostgreSQL returns 40001 to a session that waits for a row that moves to another partition.
        await vi.waitFor(async () => {
          const { rows } = await database.query(
            "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
          );
          expect(rows).toHaveLength(1);
        });
        await mover.query('COMMIT');
        expect(await acting).toEqual(told);
      } finally {
        await mover.end();
      }
    },
  );

  it('in partitions by status: an action moves the row to another partition, and undo moves it back', async () => {
    await run(
      'DROP TABLE migration_control',
      `CREATE TABLE migration_control (${columns}, PRIMARY KEY (id, status)) PARTITION BY LIST (status)`,
      "CREATE TABLE one PARTITION OF migration_control FOR VALUES IN ('running')",
      'CREATE TABLE others PARTITION OF migration_control DEFAULT',
      row(7, 'running'),
    );
    const { act } = await admin();
    const pause = await pauseOf(7);
    const done = await act(pause);
    if (done.kind !== 'applied') expect.fail(done.kind);
    expect(await statuses()).toEqual(['paused']);
    expect(await act({ ...pause, from: 'paused', to: 'running', version: done.version })).toMatchObject({
      kind: 'applied',
    });
    expect(await statuses()).toEqual(['running']);
  });

  it('in inheritance children: an action on equal rows is refused, with their number', async () => {
    await run(
      'CREATE TABLE child (PRIMARY KEY (id)) INHERITS (migration_control)',
      row(7, 'running'),
      row(7, 'running').replace('INTO migration_control', 'INTO child'),
      row(8, 'running').replace('INTO migration_control', 'INTO child'),
    );
    const { target, act } = await admin();
    expect(target).toMatchObject({ isFollowable: false, readOnly: null });
    expect(await act(await pauseOf(7))).toEqual({
      kind: 'refused',
      reason: '2 rows have id 7 and are the same operation',
    });
    expect(await act(await pauseOf(8))).toMatchObject({ kind: 'applied' });
    expect(await statuses()).toEqual(['running', 'running', 'paused']);
  });

  it('in partitions: the detail shows the operation that was opened', async () => {
    await run(
      'DROP TABLE migration_control',
      `CREATE TABLE migration_control (${columns}, PRIMARY KEY (id, phase)) PARTITION BY LIST (phase)`,
      "CREATE TABLE execution PARTITION OF migration_control FOR VALUES IN ('execution')",
      'CREATE TABLE others PARTITION OF migration_control DEFAULT',
      row(7, 'failed'),
      "UPDATE migration_control SET error_message = 'execution failed'",
      row(7, 'failed', 'validation'),
      "UPDATE migration_control SET error_message = 'validation failed' WHERE phase = 'validation'",
    );
    const { poll, detail, text } = await admin();
    const { failures } = await poll([]);
    expect(failures).toHaveLength(2);
    for (const { id, identity, phase } of failures) {
      expect((await detail(id, identity))?.operation).toMatchObject({ phase, errorMessage: `${phase} failed` });
      expect((await text(id, 'errorMessage', 0, identity))?.version).toBe(
        (await detail(id, identity))?.operation.version,
      );
    }
  });

  it('in a view: each row is shown, and a note says that each poll counts the whole view', async () => {
    await run(
      'ALTER TABLE migration_control DROP CONSTRAINT migration_control_pkey',
      'ALTER TABLE migration_control RENAME TO rows',
      'CREATE VIEW migration_control AS SELECT * FROM rows',
      row(7, 'running'),
    );
    try {
      expect((await admin()).target).toMatchObject({ isFollowable: true, notes: [] });
      await table?.close();
      await run(row(7, 'paused', 'validation'));
      const { target, poll } = await admin();
      expect(target).toMatchObject({
        isFollowable: false,
        notes: ['ids may repeat: every poll counts the whole table'],
      });
      expect((await poll([])).operations.map(({ status }) => status).sort()).toEqual(['paused', 'running']);
    } finally {
      await run('DROP VIEW migration_control', 'ALTER TABLE rows RENAME TO migration_control');
    }
  });

  it('without a key the table is read-only', async () => {
    await run('ALTER TABLE migration_control DROP CONSTRAINT migration_control_pkey', row(7, 'running'));
    expect((await admin()).target).toMatchObject({
      isFollowable: false,
      readOnly: 'public.migration_control has no primary key: its ids may repeat',
    });
  });
});

it('reports that the row is another operation now', async () => {
  await run(row(1, 'running'));
  const { act } = await open();
  const pause = await pauseOf(1);
  await run("UPDATE migration_control SET operation = 'copy'");
  expect(await act(pause)).toEqual({ kind: 'changed', now: 'execution cases copy' });
  expect(await statuses()).toEqual(['running']);
});
