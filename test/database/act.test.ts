import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Outcome, type Transition, undoOf } from '../../source/domain/transitions.ts';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let table: OpenedTable;
/** Another session, of a worker or of another operator. */
let other: pg.Client;

const applicationName = 'migtop';

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  table = await openTable(database.url);
  other = await database.connect();
  await other.query("SET application_name = 'worker 7'");
});
beforeEach(() => database.query('TRUNCATE migration_control RESTART IDENTITY'));
afterEach(async () => {
  await other.query('ROLLBACK');
  // After every outcome of an action, no transaction of migtop is open.
  await vi.waitFor(
    async () =>
      expect(
        (
          await database.query(
            `SELECT state, query FROM pg_stat_activity
             WHERE datname = $1 AND application_name = $2 AND (state <> 'idle' OR xact_start IS NOT NULL)`,
            [database.name, applicationName],
          )
        ).rows,
      ).toEqual([]),
    { timeout: 20_000, interval: 10 },
  );
});
afterAll(async () => {
  await table?.close();
  await database?.drop();
});

const pause: Transition = { id: 1, from: 'running', to: 'paused', completedAt: 'keep', version: null, identity: null };
const skip: Transition = { id: 1, from: 'failed', to: 'skipped', completedAt: 'set', version: null, identity: null };

async function insert(status: string, completedAt: string | null = null): Promise<void> {
  await database.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, records_processed, completed_at)
     VALUES ('execution', 'brackets', 'batch', $1, 100, $2)`,
    [status, completedAt],
  );
}

interface Row {
  status: string;
  records: number;
  completed: string | null;
  version: string;
}

async function row(id = 1): Promise<Row | undefined> {
  const { rows } = await database.query<Row>(
    `SELECT status, records_processed AS records, completed_at::text AS completed, xmin::text AS version
     FROM migration_control WHERE id = $1`,
    [id],
  );
  return rows[0];
}

function moved(outcome: Outcome): Extract<Outcome, { kind: 'applied' }> {
  if (outcome.kind !== 'applied') expect.fail(`not moved: ${JSON.stringify(outcome)}`);
  return outcome;
}

/** Until one of our sessions waits for a lock: the pid of its backend. */
function waitingBackend(): Promise<number> {
  return waitingFor(`application_name = '${applicationName}' AND wait_event_type = 'Lock'`);
}

/** Until a session is so: the pid of its backend. */
function waitingFor(condition: string): Promise<number> {
  return vi.waitFor(
    async () => {
      const { rows } = await database.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE datname = $1 AND wait_event IS NOT NULL AND ${condition}`,
        [database.name],
      );
      return rows[0]?.pid ?? expect.fail('nobody waits');
    },
    { timeout: 20_000, interval: 5 },
  );
}

/**
 * The outcome of a transition that has to wait for the row while another session changes it.
 * On a machine so slow that the wait ran out, it is all done again.
 */
async function whileWaiting(setUp: () => Promise<void>, change: string, end: string, move: () => Transition) {
  for (;;) {
    await setUp();
    await other.query('BEGIN');
    await other.query(change);
    const acted = table.act(move());
    const isWaiting = waitingBackend().then(
      () => true,
      () => false,
    );
    await Promise.race([isWaiting, acted]);
    await other.query(end);
    const outcome = await acted;
    await isWaiting;
    if (outcome.kind !== 'locked') return outcome;
  }
}

async function withTrigger(body: string, work: () => Promise<void>, options = 'BEFORE UPDATE'): Promise<void> {
  const constraint = options.includes('DEFERRED') ? 'CONSTRAINT' : '';
  await database.query(`
    CREATE TABLE notes (note text);
    CREATE FUNCTION owners_rule() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} END $$;
    CREATE ${constraint} TRIGGER owners_rule ${options.replace('UPDATE', 'UPDATE ON migration_control')}
      FOR EACH ROW EXECUTE FUNCTION owners_rule()`);
  try {
    await work();
  } finally {
    await database.query('DROP TRIGGER owners_rule ON migration_control; DROP FUNCTION owners_rule; DROP TABLE notes');
  }
}

describe('an action on a table that another session has created again', () => {
  afterEach(() => database.query('DROP TABLE migration_control; ALTER TABLE earlier RENAME TO migration_control'));

  it('changes nothing: the operation of that id is another one', async () => {
    await insert('running');
    await database.query(`ALTER TABLE migration_control RENAME TO earlier;
      CREATE TABLE migration_control (LIKE earlier INCLUDING ALL); INSERT INTO migration_control SELECT * FROM earlier`);
    const refused = {
      kind: 'refused',
      reason: 'another table has the name now: its operations are not those that you saw',
    };
    const change = { transition: pause, tableName: 'brackets', seenVersion: null };
    expect([
      await table.act(pause),
      ...(await table.actMany([change], { action: 'pause', reason: null })).map(({ outcome }) => outcome),
    ]).toEqual([refused, refused]);
    expect(await row()).toMatchObject({ status: 'running' });
  });
});

describe('a transition', () => {
  it('is applied if the operation is as the operator saw it', async () => {
    await insert('running');
    const outcome = moved(await table.act(pause));
    const after = await row();
    expect(after).toMatchObject({ status: 'paused', completed: null, records: 100 });
    expect(outcome).toMatchObject({ kind: 'applied', version: after?.version, hadCompletedAt: false });
  });

  it('sets completed_at if it is empty', async () => {
    await insert('failed');
    const before = await database.query<{ now: string }>('SELECT clock_timestamp()::timestamp::text AS now');
    expect(moved(await table.act(skip)).hadCompletedAt).toBe(false);
    const after = await row();
    expect(after?.status).toBe('skipped');
    const { rows } = await database.query(
      'SELECT completed_at BETWEEN $1 AND clock_timestamp()::timestamp AS fits FROM migration_control',
      [before.rows[0]?.now],
    );
    expect(rows).toEqual([{ fits: true }]);
  });

  it('leaves completed_at unchanged if it is set', async () => {
    await insert('failed', '2024-01-15 10:18:30');
    expect(moved(await table.act(skip)).hadCompletedAt).toBe(true);
    expect(await row()).toMatchObject({ status: 'skipped', completed: '2024-01-15 10:18:30' });
  });

  it('sets the current time as the end of an operation that has not ended, whatever an earlier run left in the row', async () => {
    await insert('pending', '2024-01-15 10:00:00');
    const outcome = moved(await table.act({ ...skip, from: 'pending' }));
    expect((await row())?.completed).not.toContain('2024');
    await table.act({ ...skip, from: 'skipped', to: 'pending', completedAt: 'keep', version: outcome.version });
    expect(await row()).toMatchObject({ status: 'pending', completed: null });
  });

  it('changes one row and no other', async () => {
    await insert('running');
    await insert('running');
    await table.act(pause);
    expect((await row(2))?.status).toBe('running');
  });

  it('is not applied if the operation has another status now, and names that status', async () => {
    await insert('completed', '2024-01-15 10:00:00');
    const before = await row();
    expect(await table.act(pause)).toEqual({ kind: 'stale', actual: 'completed' });
    expect(await row()).toEqual(before);
  });

  it('shows a hostile status without its control characters', async () => {
    await database.query('ALTER TABLE migration_control DROP CONSTRAINT migration_control_status_check');
    try {
      await insert('\u001B]0;owned\u0007done\u001B[2J');
      expect(await table.act(pause)).toEqual({ kind: 'stale', actual: 'done' });
    } finally {
      await database.query('TRUNCATE migration_control');
      await database.query(
        "ALTER TABLE migration_control ADD CONSTRAINT migration_control_status_check CHECK (status IN ('pending', 'running', 'completed', 'failed', 'paused', 'skipped'))",
      );
    }
  });

  it('is not applied if the row is gone', async () => {
    expect(await table.act(pause)).toEqual({ kind: 'gone' });
  });

  it('has time limits in its own transaction, and in no other', async () => {
    await insert('running');
    await withTrigger(
      `INSERT INTO notes VALUES (concat_ws(' ', current_setting('lock_timeout'), current_setting('statement_timeout'),
         current_setting('transaction_isolation')));
       RETURN NEW;`,
      async () => {
        moved(await table.act(pause));
        expect((await database.query('SELECT note FROM notes')).rows).toEqual([{ note: '2s 5s read committed' }]);
      },
    );
    // The one that migtop sends with every read.
    expect(
      await table.connection.read(
        "SELECT current_setting('lock_timeout') AS lock, current_setting('statement_timeout') AS statement",
      ),
    ).toEqual([{ lock: '0', statement: '9s' }]);
  });

  it.each(['serializable', 'repeatable read'])('works the same if the default isolation is %s', async (isolation) => {
    const role = await database.role({ grants: ['SELECT, UPDATE ON migration_control'] });
    await database.query(`ALTER ROLE ${new URL(role).username} SET default_transaction_isolation = '${isolation}'`);
    const own = table;
    table = await openTable(role);
    try {
      const outcome = await whileWaiting(
        async () => {
          await database.query('TRUNCATE migration_control RESTART IDENTITY');
          await insert('running');
        },
        "UPDATE migration_control SET status = 'completed'",
        'COMMIT',
        () => pause,
      );
      expect(outcome).toEqual({ kind: 'stale', actual: 'completed' });
    } finally {
      await table.close();
      table = own;
    }
  });
});

describe('a row that another session holds', () => {
  // The name of the holder delays an outcome by 600 ms at most: on a busy machine one may come without it.
  const untilNamed = { timeout: 60_000 };

  it('is left unchanged, and the message names the holder by pid and application', async () => {
    await insert('running');
    const { rows } = await other.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await other.query("BEGIN; UPDATE migration_control SET records_processed = 500, status = 'running' WHERE id = 1");
    const held = { kind: 'locked', pid: rows[0]?.pid, application: 'worker 7' };
    await expect.poll(() => table.act(pause), untilNamed).toEqual(held);
    await other.query('COMMIT');
    expect(await row()).toMatchObject({ status: 'running', records: 500 });
    expect(moved(await table.act(pause)).kind).toBe('applied');
  });

  it('is reported to a role that may not see other sessions, also if the lock was taken after a savepoint', async () => {
    await insert('running');
    const limited = await openTable(await database.role({ grants: ['SELECT, UPDATE ON migration_control'] }));
    const holder = await database.connect();
    try {
      await holder.query("SET application_name = 'loader'");
      const { rows } = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await holder.query('BEGIN; SAVEPOINT one; SELECT 1 FROM migration_control FOR UPDATE');
      const held = { kind: 'locked', pid: rows[0]?.pid, application: 'loader' };
      await expect.poll(() => limited.act(pause), untilNamed).toEqual(held);
    } finally {
      await holder.end();
      await limited.close();
    }
  });

  it('and a table that another session has locked, does not make the operator wait for the name of the holder', async () => {
    await insert('running');
    await other.query("SET application_name = 'loader'; BEGIN; LOCK TABLE migration_control IN ACCESS EXCLUSIVE MODE");
    await expect
      .poll(() => table.act(pause), untilNamed)
      .toEqual({
        kind: 'refused',
        reason: expect.stringMatching(/^table public\.migration_control is locked by pid \d+ loader\. Try again$/),
      });
  });
});

describe('a row that changes while the operator waits for it', () => {
  const running = async () => {
    await database.query('TRUNCATE migration_control RESTART IDENTITY');
    await insert('running');
  };
  const paused = async () => {
    await database.query('TRUNCATE migration_control RESTART IDENTITY');
    await insert('paused');
  };
  // The specification's progress update, by id alone.
  const progress = "UPDATE migration_control SET records_processed = 500, status = 'running' WHERE id = 1";

  it('is paused with the progress that was reported during the wait', async () => {
    const outcome = await whileWaiting(running, progress, 'COMMIT', () => pause);
    const after = await row();
    expect(moved(outcome).version).toBe(after?.version);
    expect(after).toMatchObject({ status: 'paused', records: 500 });
  });

  it('is paused as it was if the worker rolled its report back', async () => {
    moved(await whileWaiting(running, progress, 'ROLLBACK', () => pause));
    expect(await row()).toMatchObject({ status: 'paused', records: 100 });
  });

  it('is left unchanged if it was completed during the wait', async () => {
    const completion = "UPDATE migration_control SET status = 'completed', completed_at = now()";
    expect(await whileWaiting(running, completion, 'COMMIT', () => pause)).toEqual({
      kind: 'stale',
      actual: 'completed',
    });
    expect((await row())?.status).toBe('completed');
  });

  it('is left unchanged if the worker has started it again: a resume is stale', async () => {
    const resume: Transition = { ...pause, from: 'paused', to: 'running' };
    expect(await whileWaiting(paused, progress, 'COMMIT', () => resume)).toEqual({ kind: 'stale', actual: 'running' });
  });

  it('is paused if it was changed twice during the wait and is running again', async () => {
    const twice =
      "UPDATE migration_control SET status = 'paused'; UPDATE migration_control SET status = 'running', records_processed = 700";
    moved(await whileWaiting(running, twice, 'COMMIT', () => pause));
    expect(await row()).toMatchObject({ status: 'paused', records: 700 });
  });

  it('is gone if it was deleted during the wait', async () => {
    expect(await whileWaiting(running, 'DELETE FROM migration_control', 'COMMIT', () => pause)).toEqual({
      kind: 'gone',
    });
  });

  it('keeps the timestamp that was set during the wait', async () => {
    const failed = async () => {
      await database.query('TRUNCATE migration_control RESTART IDENTITY');
      await insert('failed');
    };
    const stamping = "UPDATE migration_control SET completed_at = '2024-01-15 10:00:00'";
    expect(moved(await whileWaiting(failed, stamping, 'COMMIT', () => skip)).hadCompletedAt).toBe(true);
    expect(await row()).toMatchObject({ status: 'skipped', completed: '2024-01-15 10:00:00' });
  });
});

describe('two operators', () => {
  it('that pause one operation at the same time: one succeeds and the other gets a message, a hundred times', async () => {
    await using second = await openTable(database.url);
    for (let round = 0; round < 100; round++) {
      await database.query('TRUNCATE migration_control RESTART IDENTITY');
      await insert('running');
      const outcomes = await Promise.all([
        table.act(pause),
        second.act({ ...pause, to: 'failed', completedAt: 'set' }),
      ]);
      const winner = outcomes.findIndex(({ kind }) => kind === 'applied');
      const status = winner === 0 ? 'paused' : 'failed';
      expect(outcomes[1 - winner]).toEqual({ kind: 'stale', actual: status });
      const after = await row();
      expect([after?.status, after?.version]).toEqual([status, moved(outcomes[winner] as Outcome).version]);
    }
  });
});

describe('undo', () => {
  async function done(transition: Transition): Promise<Transition> {
    const outcome = moved(await table.act(transition));
    return undoOf(transition, outcome.version, outcome.hadCompletedAt);
  }

  it('undoes a pause if no other session has changed the row', async () => {
    await insert('running');
    const undo = await done(pause);
    moved(await table.act(undo));
    expect(await row()).toMatchObject({ status: 'running', completed: null, records: 100 });
  });

  it('clears the timestamp that the skip has set', async () => {
    await insert('failed');
    moved(await table.act(await done(skip)));
    expect(await row()).toMatchObject({ status: 'failed', completed: null });
  });

  it('keeps the timestamp that the row had before the skip', async () => {
    await insert('failed', '2024-01-15 10:18:30');
    moved(await table.act(await done(skip)));
    expect(await row()).toMatchObject({ status: 'failed', completed: '2024-01-15 10:18:30' });
  });

  it('of a pause works although its worker has reported since, and not after another status', async () => {
    await insert('running');
    const undo = await done(pause);
    await database.query('UPDATE migration_control SET records_processed = 500');
    moved(await table.act(undo));
    expect(await row()).toMatchObject({ status: 'running', records: 500 });
    const second = await done(pause);
    await database.query("UPDATE migration_control SET status = 'completed'");
    expect(await table.act(second)).toEqual({ kind: 'stale', actual: 'completed' });
  });

  it('of a skip is stale if the row was written since, even with the same values', async () => {
    await insert('failed');
    const undo = await done(skip);
    await database.query('UPDATE migration_control SET status = status');
    expect(await table.act(undo)).toEqual({ kind: 'stale', actual: 'skipped' });
    expect((await row())?.status).toBe('skipped');
  });

  it('of a skip is stale if the row is written while it waits', async () => {
    let undo: Transition = skip;
    const outcome = await whileWaiting(
      async () => {
        await database.query('TRUNCATE migration_control RESTART IDENTITY');
        await insert('failed');
        undo = await done(skip);
      },
      'UPDATE migration_control SET records_processed = 500',
      'COMMIT',
      () => undo,
    );
    expect(outcome).toEqual({ kind: 'stale', actual: 'skipped' });
  });

  it('works once', async () => {
    await insert('running');
    const undo = await done(pause);
    moved(await table.act(undo));
    expect(await table.act(undo)).toEqual({ kind: 'stale', actual: 'running' });
  });

  it('works if the row was only locked since', async () => {
    await insert('running');
    const undo = await done(pause);
    await database.query('SELECT 1 FROM migration_control FOR UPDATE');
    moved(await table.act(undo));
  });
});

describe('a change that the owner of the table refuses', () => {
  it('is reported with the message of a trigger, on one line and cleaned', async () => {
    await insert('running');
    await withTrigger("RAISE EXCEPTION E'not during\\nthe \\x1b[31mfreeze';", async () => {
      expect(await table.act(pause)).toEqual({ kind: 'refused', reason: 'not during the freeze' });
      expect((await row())?.status).toBe('running');
    });
  });

  it('is reported if a trigger uses its own error code', async () => {
    await insert('running');
    await withTrigger("RAISE EXCEPTION 'ask first' USING ERRCODE = 'EPIPE';", async () => {
      expect(await table.act(pause)).toEqual({ kind: 'refused', reason: 'ask first' });
    });
  });

  it('is reported if a deferred trigger refuses it at the commit', async () => {
    await insert('running');
    await withTrigger(
      "RAISE EXCEPTION 'too late';",
      async () => {
        expect(await table.act(pause)).toEqual({ kind: 'refused', reason: 'too late' });
        expect((await row())?.status).toBe('running');
      },
      'AFTER UPDATE DEFERRABLE INITIALLY DEFERRED',
    );
  });

  it('is reported with the name of a constraint', async () => {
    await insert('running');
    await database.query(
      "ALTER TABLE migration_control ADD CONSTRAINT no_pauses CHECK (status <> 'paused' OR table_name <> 'brackets')",
    );
    try {
      expect(await table.act(pause)).toEqual({
        kind: 'refused',
        reason: expect.stringMatching(/violates check constraint "no_pauses"$/),
      });
    } finally {
      await database.query('ALTER TABLE migration_control DROP CONSTRAINT no_pauses');
    }
  });

  it('is not reported as applied if a trigger keeps the status', async () => {
    await insert('running');
    await withTrigger('NEW.status := OLD.status; RETURN NEW;', async () => {
      expect(await table.act(pause)).toEqual({
        kind: 'refused',
        reason: 'a trigger on the table keeps it running',
      });
    });
  });

  it('is not reported as applied if a trigger drops the write', async () => {
    await insert('running');
    await withTrigger('RETURN NULL;', async () => {
      expect(await table.act(pause)).toEqual({
        kind: 'refused',
        reason: 'a trigger on the table keeps it running',
      });
    });
  });

  it('is reported if the privilege is missing', async () => {
    await insert('running');
    await using limited = await openTable(await database.role({ grants: ['SELECT ON migration_control'] }));
    expect(await limited.act(pause)).toEqual({ kind: 'refused', reason: 'no UPDATE privilege' });
  });

  it('is reported if the server cancels a statement that takes too long', async () => {
    await insert('running');
    await withTrigger(
      "RAISE EXCEPTION 'canceling statement due to statement timeout' USING ERRCODE = 'query_canceled';",
      async () => {
        expect(await table.act(pause)).toEqual({
          kind: 'refused',
          reason: 'the server cancelled it (canceling statement due to statement timeout)',
        });
      },
    );
  });
});

it('releases its row within 7 s by limits of the server, whatever its statements do one after the other', async () => {
  await insert('running');
  // As where the program is stopped or killed: it cancels nothing.
  const never = { answerMs: 60_000, cancelMs: 60_000, validMs: 60_000, onTheWayMs: 60_000 };
  await using stopped = await openTable(database.url, undefined, undefined, never);
  await withTrigger(
    'PERFORM pg_sleep(4); RETURN NULL;',
    async () => {
      await database.query(`CREATE TRIGGER also AFTER UPDATE ON migration_control
        FOR EACH ROW EXECUTE FUNCTION owners_rule()`);
      const outcome = await stopped.act(pause);
      await database.query('DROP TRIGGER also ON migration_control');
      expect(outcome).toEqual({
        kind: 'refused',
        reason: 'the server cancelled it (canceling statement due to statement timeout)',
      });
    },
    'AFTER UPDATE DEFERRABLE INITIALLY DEFERRED',
  );
  expect((await row())?.status).toBe('running');
});

it('that reaches the database too late is refused, and says so, alone and among many', async () => {
  await insert('running');
  const late = { answerMs: 7000, cancelMs: 5500, validMs: -1000, onTheWayMs: 3000 };
  await using slow = await openTable(database.url, undefined, undefined, late);
  await slow.poll([]);
  const outcome = {
    kind: 'refused',
    reason: 'the database was too slow: its time ran out before the change. Try again',
  };
  expect(await slow.act(pause)).toEqual(outcome);
  const many = await slow.actMany([{ transition: pause, tableName: 'brackets', seenVersion: null }], {
    action: 'pause',
    reason: null,
  });
  expect(many.map((one) => one.outcome)).toEqual([outcome]);
  expect((await row())?.status).toBe('running');
});

describe('the guard of sql/options', () => {
  it('lets the operator resume an operation that it protects from workers', async () => {
    await database.query(await readSql('options/guard.sql'));
    try {
      await insert('running');
      moved(await table.act(pause));
      await database.query("UPDATE migration_control SET status = 'running', records_processed = 500");
      expect(await row()).toMatchObject({ status: 'paused', records: 500 });
      moved(await table.act({ ...pause, from: 'paused', to: 'running' }));
      expect((await row())?.status).toBe('running');
    } finally {
      await database.query(await readSql('options/guard-remove.sql'));
    }
  });
});

describe('a connection that breaks', () => {
  it('during a transition leaves its outcome unknown, and the next transition works', async () => {
    await insert('running');
    await other.query('BEGIN; SELECT 1 FROM migration_control FOR UPDATE');
    const acted = table.act(pause);
    await database.query('SELECT pg_terminate_backend($1)', [await waitingBackend()]);
    expect(await acted).toMatchObject({ kind: 'unknown' });
    await other.query('ROLLBACK');
    expect((await row())?.status).toBe('running');
    moved(await table.act(pause));
  });

  it('during the commit of a transition leaves its outcome unknown', async () => {
    await insert('running');
    await withTrigger(
      'PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(60); RETURN NULL;',
      async () => {
        expect(await table.act(pause)).toMatchObject({ kind: 'unknown' });
      },
      'AFTER UPDATE DEFERRABLE INITIALLY DEFERRED',
    );
    moved(await table.act(pause));
  });

  it('is not used again for the next poll', async () => {
    await insert('running');
    await other.query('BEGIN; SELECT 1 FROM migration_control FOR UPDATE');
    const acted = table.act(pause);
    await database.query('SELECT pg_terminate_backend($1)', [await waitingBackend()]);
    expect(await acted).toMatchObject({ kind: 'unknown' });
    expect((await table.poll([])).operations).toHaveLength(1);
  });
});

it('closes while a transition waits for its row, and leaves the row as it was', async () => {
  await insert('running');
  const closing = await openTable(database.url);
  await other.query('BEGIN; SELECT 1 FROM migration_control FOR UPDATE');
  const acted = closing.act(pause).catch((error: unknown) => error);
  const pid = await waitingBackend();
  await closing.close();
  await acted;
  await vi.waitFor(
    async () => expect((await database.query('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [pid])).rows).toEqual([]),
    { timeout: 20_000, interval: 10 },
  );
  await other.query('ROLLBACK');
  expect((await row())?.status).toBe('running');
});

describe('cancelling the action in progress, as quitting does', () => {
  it('names the session that holds the row, not the one that waits for it too', async () => {
    await insert('running');
    const quitting = await openTable(database.url);
    const behind = await database.connect();
    try {
      await other.query('BEGIN; SELECT 1 FROM migration_control FOR UPDATE');
      const queued = behind.query("SET application_name = 'worker 8'; UPDATE migration_control SET status = status");
      await waitingFor("application_name = 'worker 8' AND wait_event_type = 'Lock'");
      const acted = quitting.act(pause);
      await waitingBackend();
      await quitting.quiesce({ graceMs: 0, limitMs: 5000 });
      const { rows } = await other.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      expect(await acted).toEqual({ kind: 'locked', pid: rows[0]?.pid, application: 'worker 7' });
      await other.query('ROLLBACK');
      await queued;
      expect((await row())?.status).toBe('running');
    } finally {
      await quitting.close();
    }
  });

  it('does not name a lock if none blocked the action', async () => {
    await insert('running');
    await using quitting = await openTable(database.url);
    await withTrigger('PERFORM pg_sleep(60); RETURN NULL;', async () => {
      const acted = quitting.act(pause);
      await waitingFor("wait_event = 'PgSleep'");
      await quitting.quiesce({ graceMs: 0, limitMs: 5000 });
      expect(await acted).toMatchObject({
        kind: 'refused',
        reason: 'the server cancelled it (canceling statement due to user request)',
      });
    });
  });
});

describe('an id that belongs to another operation now', () => {
  it('is not acted on: after a reload the message names the operation that has the id now', async () => {
    await database.query('TRUNCATE migration_control RESTART IDENTITY');
    await database.query(
      "INSERT INTO migration_control (phase, table_name, operation, status) VALUES ('execution', 'cases', 'copy', 'running')",
    );
    const { operations } = await table.poll([]);
    const seen = operations[0];
    if (seen === undefined) expect.fail('nothing was seen');
    await database.query('TRUNCATE migration_control RESTART IDENTITY');
    await database.query(
      "INSERT INTO migration_control (phase, table_name, operation, status) VALUES ('execution', 'payments', 'copy', 'running')",
    );
    const move = { id: 1, from: 'running', to: 'paused', completedAt: 'keep', version: null } as const;
    expect(await table.act({ ...move, identity: seen.identity })).toEqual({
      kind: 'changed',
      now: 'execution payments copy',
    });
    expect((await database.query('SELECT status FROM migration_control')).rows).toEqual([{ status: 'running' }]);
    const [now] = (await table.poll([])).operations;
    expect((await table.act({ ...move, identity: now?.identity ?? '' })).kind).toBe('applied');
  });

  it('and a status that a trigger sets instead of skipped is rolled back', async () => {
    await database.query('TRUNCATE migration_control RESTART IDENTITY');
    await database.query(`
      INSERT INTO migration_control (phase, table_name, operation, status) VALUES ('execution', 'cases', 'copy', 'failed');
      CREATE FUNCTION keep_failed() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN NEW.status := OLD.status; RETURN NEW; END';
      CREATE TRIGGER keep_failed BEFORE UPDATE ON migration_control FOR EACH ROW EXECUTE FUNCTION keep_failed()`);
    try {
      const skip = {
        id: 1,
        from: 'failed',
        to: 'skipped',
        completedAt: 'set',
        version: null,
        identity: null,
      } as const;
      expect((await table.act(skip)).kind).toBe('refused');
      const { rows } = await database.query('SELECT status, completed_at FROM migration_control');
      expect(rows).toEqual([{ status: 'failed', completed_at: null }]);
    } finally {
      await database.query('DROP FUNCTION keep_failed CASCADE');
    }
  });
});
