import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';

const install = await readSql('options/audit.sql');
const remove = await readSql('options/audit-remove.sql');
const guard = await readSql('options/guard.sql');
const guardRemove = await readSql('options/guard-remove.sql');
const lock = await readSql('queries/lock.sql');
const transition = await readSql('queries/transition.sql');
const transitionAudited = await readSql('queries/transition-audited.sql');
const activity = await readSql('queries/activity.sql');

const discard = remove.replace(/^(SET LOCAL migtop\.discard_audit = )'no';$/m, "$1'yes';");

interface Request {
  id: number;
  from: string;
  to: string;
  version?: string | null;
  completedAt?: string;
  action?: string;
  osUser?: string | null;
  host?: string | null;
  client?: string | null;
  reason?: string | null;
  key?: string;
  tableOid?: string;
}

interface Runner {
  query(text: string, params?: unknown[]): Promise<pg.QueryResult>;
}

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
});
beforeEach(async () => {
  await runFile(discard);
  await runFile(guardRemove);
  await runFile(install);
  await database.query('TRUNCATE migration_control RESTART IDENTITY');
});
afterAll(() => database?.drop());

/** As psql does: in a separate session, so that a transaction left open by an error ends with it. */
async function runFile(text: string, url = database.url): Promise<void> {
  const client = await database.connect(url);
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

async function insert(status: string, completedAt: string | null = null): Promise<number> {
  const { rows } = await database.query<{ id: number }>(
    `INSERT INTO migration_control (phase, table_name, operation, status, completed_at)
     VALUES ('execution', 'brackets', 'batch_migration', $1, $2) RETURNING id`,
    [status, completedAt],
  );
  return rows[0]?.id ?? 0;
}

function values(request: Request): unknown[] {
  return [
    request.id,
    request.from,
    request.to,
    request.version ?? null,
    request.completedAt ?? 'keep',
    null,
    null,
    request.tableOid ?? null,
  ];
}

async function act(
  request: Request,
  runner: Runner = database,
  text = transitionAudited,
): Promise<Record<string, unknown>[]> {
  const { rows } = await runner.query(text, [
    ...values(request),
    request.action ?? 'pause',
    request.osUser ?? null,
    request.host ?? null,
    request.client ?? null,
    request.reason ?? null,
    request.key ?? null,
    'public.migration_control',
  ]);
  return rows;
}

async function audit(table = 'migtop_audit'): Promise<Record<string, unknown>[]> {
  const { rows } = await database.query(`SELECT * FROM ${table} ORDER BY id`);
  return rows;
}

async function outcomes(): Promise<unknown[]> {
  return (await audit()).map((row) => row.outcome);
}

async function statuses(): Promise<unknown[]> {
  return (await database.query('SELECT status FROM migration_control ORDER BY id')).rows.map((row) => row.status);
}

const plain = `INSERT INTO migtop_audit (action, operation_id, outcome) VALUES ('pause', 1, 'moved')`;

describe('an action', () => {
  it('that changes its operation is recorded with the operator, the machine and the reason', async () => {
    const id = await insert('running');
    const rows = await act({
      id,
      from: 'running',
      to: 'paused',
      action: 'pause',
      osUser: 'ana',
      host: 'bastion',
      client: 'migtop 0.1.0',
      reason: 'disk is full',
      key: '00000000-0000-4000-8000-000000000001',
      tableOid: '4711',
    });
    expect(rows).toMatchObject([{ outcome: 'applied', status: 'paused', had_completed_at: false }]);
    expect(await statuses()).toEqual(['paused']);
    expect(await audit()).toEqual([
      {
        id: '1',
        at: expect.any(Date),
        database_role: expect.stringMatching(/^.+$/),
        os_user: 'ana',
        host: 'bastion',
        client: 'migtop 0.1.0',
        action: 'pause',
        operation_id: String(id),
        from_status: 'running',
        to_status: 'paused',
        actual_status: 'paused',
        reason: 'disk is full',
        outcome: 'applied',
        action_key: '00000000-0000-4000-8000-000000000001',
        table_oid: 4711,
        control_table: 'public.migration_control',
        operation_identity: null,
        row_version: null,
      },
    ]);
  });

  it('that is stale is recorded with the status that the operation has by then', async () => {
    const id = await insert('completed');
    expect(await act({ id, from: 'running', to: 'paused' })).toMatchObject([{ outcome: 'stale', status: 'completed' }]);
    expect(await audit()).toMatchObject([
      {
        operation_id: String(id),
        from_status: 'running',
        to_status: 'paused',
        actual_status: 'completed',
        outcome: 'stale',
        os_user: null,
        reason: null,
      },
    ]);
    expect(await statuses()).toEqual(['completed']);
  });

  it('that asks for a version the row no longer has is recorded as stale', async () => {
    const id = await insert('paused');
    expect(await act({ id, from: 'paused', to: 'running', version: '1' })).toMatchObject([
      { outcome: 'stale', status: 'paused' },
    ]);
    expect(await audit()).toMatchObject([{ actual_status: 'paused', outcome: 'stale' }]);
    expect(await statuses()).toEqual(['paused']);
  });

  it('on an operation that is gone is recorded', async () => {
    expect(await act({ id: 4711, from: 'running', to: 'paused' })).toMatchObject([{ outcome: 'gone' }]);
    expect(await audit()).toMatchObject([{ operation_id: '4711', actual_status: null, outcome: 'gone' }]);
  });

  it('that the guard undoes is recorded as kept, not as applied', async () => {
    await runFile(guard);
    const id = await insert('paused');
    expect(await act({ id, from: 'paused', to: 'running' })).toMatchObject([{ outcome: 'kept', status: 'paused' }]);
    const ana = await database.connect();
    await ana.query(`BEGIN; SET LOCAL migtop.operator = 'ana'`);
    expect(await act({ id, from: 'paused', to: 'running' }, ana)).toMatchObject([
      { outcome: 'applied', status: 'running' },
    ]);
    await ana.query('COMMIT');
    expect(await audit()).toMatchObject([
      { actual_status: 'paused', outcome: 'kept' },
      { actual_status: 'running', outcome: 'applied' },
    ]);
  });

  it('returns what the plain compare-and-set returns, and writes the same', async () => {
    const stamp = '2026-01-02 03:04:05';
    const requests: [string, string | null, Omit<Request, 'id'>][] = [
      ['running', null, { from: 'running', to: 'paused' }],
      ['failed', stamp, { from: 'failed', to: 'skipped', completedAt: 'set' }],
      ['pending', null, { from: 'pending', to: 'skipped', completedAt: 'set' }],
      ['skipped', stamp, { from: 'skipped', to: 'failed', completedAt: 'clear' }],
      ['skipped', stamp, { from: 'skipped', to: 'failed', version: '1' }],
      ['completed', stamp, { from: 'running', to: 'paused' }],
    ];
    const result = async (id: number, rows: Record<string, unknown>[]) => {
      const [row = {}] = rows;
      const current = await database.query(
        `SELECT xmin::text AS version, status, completed_at IS NULL AS empty, completed_at = '${stamp}' AS kept
         FROM migration_control WHERE id = $1`,
        [id],
      );
      const { version, ...written } = current.rows[0] ?? {};
      // Versions and moments differ from row to row: what must agree is that it is the row's newest, and that it has one.
      return { ...row, at: typeof row.at, version: row.version === version, keys: Object.keys(row), written };
    };
    for (const [status, completedAt, request] of requests) {
      const [one, other] = [await insert(status, completedAt), await insert(status, completedAt)];
      const plainly = await result(one, (await database.query(transition, values({ id: one, ...request }))).rows);
      const audited = await result(other, await act({ id: other, ...request }));
      expect(audited).toEqual(plainly);
      expect(audited.version).toBe(true);
    }
    expect(await outcomes()).toEqual(['applied', 'applied', 'applied', 'applied', 'stale', 'stale']);
  });

  it('is cut to the length that a record needs if its texts are very long', async () => {
    const id = await insert('running');
    const long = 'x'.repeat(10_000);
    await act({ id, from: 'running', to: 'paused', osUser: long, host: long, client: long, reason: long });
    const [row = {}] = await audit();
    expect([row.os_user, row.host, row.client, row.reason].map((text) => String(text).length)).toEqual([
      200, 200, 200, 4000,
    ]);
  });

  describe('and its record are one transaction', () => {
    it('are rolled back together', async () => {
      const id = await insert('running');
      const ana = await database.connect();
      await ana.query('BEGIN');
      expect(await act({ id, from: 'running', to: 'paused' }, ana)).toMatchObject([{ outcome: 'applied' }]);
      await ana.query('ROLLBACK');
      expect(await statuses()).toEqual(['running']);
      expect(await audit()).toEqual([]);
    });

    it('are both missing if the change is refused', async () => {
      const id = await insert('running');
      await expect(act({ id, from: 'running', to: 'nonsense' })).rejects.toMatchObject({ code: '23514' });
      expect(await statuses()).toEqual(['running']);
      expect(await audit()).toEqual([]);
    });

    it('are both missing if the record is refused', async () => {
      const id = await insert('running');
      const bob = await database.connect(
        await database.role({ grants: ['SELECT, UPDATE ON migration_control', 'SELECT ON migtop_audit'] }),
      );
      await expect(act({ id, from: 'running', to: 'paused' }, bob)).rejects.toMatchObject({ code: '42501' });
      expect(await statuses()).toEqual(['running']);
      expect(await audit()).toEqual([]);
    });
  });

  it('of two operators at once is recorded as applied for one and stale for the other', async () => {
    const id = await insert('running');
    const [ana, bob] = [await database.connect(), await database.connect()];
    await ana.query('BEGIN');
    await act({ id, from: 'running', to: 'paused', osUser: 'ana' }, ana);
    const { rows } = await bob.query('SELECT pg_backend_pid() AS pid');
    const late = act({ id, from: 'running', to: 'paused', osUser: 'bob' }, bob);
    await waitingForLock(rows[0]?.pid);
    await ana.query('COMMIT');
    expect(await late).toMatchObject([{ outcome: 'stale', status: 'paused' }]);
    expect(await audit()).toMatchObject([
      { os_user: 'ana', outcome: 'applied' },
      { os_user: 'bob', outcome: 'stale', actual_status: 'paused' },
    ]);
  });

  it('that waited for a row, as the program does, until it was deleted is recorded as gone', async () => {
    const id = await insert('running');
    const [owner, bob] = [await database.connect(), await database.connect()];
    await owner.query('BEGIN');
    await owner.query('DELETE FROM migration_control WHERE id = $1', [id]);
    const { rows } = await bob.query('SELECT pg_backend_pid() AS pid');
    await bob.query('BEGIN');
    const locked = bob.query(lock, [id, null]);
    await waitingForLock(rows[0]?.pid);
    await owner.query('COMMIT');
    expect((await locked).rows).toMatchObject([{ found: 0 }]);
    expect(await act({ id, from: 'running', to: 'paused' }, bob)).toMatchObject([{ outcome: 'gone' }]);
    await bob.query('COMMIT');
    expect(await outcomes()).toEqual(['gone']);
  });

  it('is applied once, however many operators press the key', async () => {
    const id = await insert('running');
    const operators = await Promise.all(Array.from({ length: 8 }, () => database.connect()));
    for (const [from, to] of [
      ['running', 'paused'],
      ['paused', 'running'],
      ['running', 'paused'],
    ] as const) {
      const results = await Promise.all(operators.map((operator) => act({ id, from, to }, operator)));
      expect(results.filter(([row]) => row?.outcome === 'applied')).toHaveLength(1);
    }
    const recorded = await outcomes();
    expect(recorded.filter((outcome) => outcome === 'applied')).toHaveLength(3);
    expect(recorded.filter((outcome) => outcome === 'stale')).toHaveLength(21);
  });
});

describe('a record', () => {
  it.each([
    ['an update', `UPDATE migtop_audit SET reason = 'other'`],
    ['an update of no row', `UPDATE migtop_audit SET reason = 'other' WHERE false`],
    ['a delete', 'DELETE FROM migtop_audit'],
    ['a truncation', 'TRUNCATE migtop_audit'],
    [
      'an upsert',
      `INSERT INTO migtop_audit (id, action, operation_id, outcome) OVERRIDING SYSTEM VALUE VALUES (1, 'x', 1, 'x')
       ON CONFLICT (id) DO UPDATE SET reason = 'other'`,
    ],
    ['a replica’s session', `SET session_replication_role = replica; DELETE FROM migtop_audit`],
  ])('is protected from %s, even by the owner', async (_, statement) => {
    await database.query(plain);
    const before = await audit();
    const owner = await database.connect();
    await expect(owner.query(statement)).rejects.toMatchObject({ code: '42501', message: /append-only/ });
    expect(await audit()).toEqual(before);
  });

  it('is refused to a role that was granted everything and names another role', async () => {
    await database.query(plain);
    const ana = await database.connect(await database.role({ grants: ['ALL ON migtop_audit'] }));
    for (const statement of [
      `UPDATE migtop_audit SET reason = 'x'`,
      'DELETE FROM migtop_audit',
      'TRUNCATE migtop_audit',
    ])
      await expect(ana.query(statement)).rejects.toMatchObject({ message: /append-only/ });
    await ana.query(
      `INSERT INTO migtop_audit (action, operation_id, outcome, database_role, at)
       VALUES ('pause', 1, 'moved', 'postgres', '2001-01-01')`,
    );
    const { rows } = await ana.query(
      `SELECT database_role = session_user AS honest, at BETWEEN now() - interval '1 day' AND clock_timestamp() AS today
       FROM migtop_audit ORDER BY id DESC LIMIT 1`,
    );
    expect(rows).toEqual([{ honest: true, today: true }]);
  });

  it('has the owner’s role and the current time, whatever the owner writes', async () => {
    await database.query(
      `INSERT INTO migtop_audit (action, operation_id, outcome, database_role, at)
       VALUES ('pause', 1, 'moved', 'somebody', '2001-01-01')`,
    );
    const { rows } = await database.query(
      `SELECT database_role = session_user AS honest, now() - at < interval '1 day' AS today FROM migtop_audit`,
    );
    expect(rows).toEqual([{ honest: true, today: true }]);
  });

  it('names the role that logged in, not the role set afterwards', async () => {
    const group = new URL(await database.role({ grants: ['INSERT ON migtop_audit'] })).username;
    const url = await database.role({ grants: [group] });
    const ana = await database.connect(url);
    await ana.query(`SET ROLE ${group}`);
    await ana.query(plain);
    expect(await audit()).toMatchObject([{ database_role: new URL(url).username }]);
  });

  it('has the time at which it is written, not at which its transaction began', async () => {
    const ana = await database.connect();
    await ana.query('BEGIN');
    await ana.query(plain);
    await ana.query(plain);
    const { rows } = await ana.query(
      'SELECT count(DISTINCT at)::int AS stamps, min(at) > now() AS later FROM migtop_audit',
    );
    await ana.query('ROLLBACK');
    expect(rows).toEqual([{ stamps: 2, later: true }]);
  });
});

describe('the grants', () => {
  const columns = ['id', 'at', 'database_role'];

  async function mayRecord(url: string): Promise<{ record: boolean; read: boolean }> {
    const client = await database.connect(url);
    const attempt = async (text: string) => {
      try {
        await client.query(text);
        return true;
      } catch (error) {
        expect(error).toMatchObject({ code: '42501' });
        return false;
      }
    };
    return { record: await attempt(plain), read: await attempt('SELECT count(*) FROM migtop_audit') };
  }

  it.each([
    ['the table', 'SELECT, UPDATE ON migration_control'],
    ['its status alone', 'SELECT, UPDATE (status, completed_at) ON migration_control'],
  ])('are given to roles that may update %s', async (_, grant) => {
    const url = await database.role({ grants: [grant] });
    expect(await mayRecord(url)).toEqual({ record: false, read: false });
    await runFile(install);
    expect(await mayRecord(url)).toEqual({ record: true, read: true });
    const id = await insert('running');
    expect(await act({ id, from: 'running', to: 'paused' }, await database.connect(url))).toMatchObject([
      { outcome: 'applied' },
    ]);
    expect((await database.query(activity, [1, null])).rows).toMatchObject([
      { body: { database_role: new URL(url).username } },
    ]);
  });

  it('are not given to roles that may only read, insert or update counters', async () => {
    const url = await database.role({
      grants: ['SELECT, INSERT, DELETE ON migration_control', 'UPDATE (records_processed) ON migration_control'],
    });
    await runFile(install);
    expect(await mayRecord(url)).toEqual({ record: false, read: false });
  });

  it('are given to PUBLIC if PUBLIC may update', async () => {
    const url = await database.role();
    await database.query('GRANT UPDATE ON migration_control TO PUBLIC');
    try {
      await runFile(install);
      expect(await mayRecord(url)).toEqual({ record: true, read: true });
    } finally {
      await database.query('REVOKE UPDATE ON migration_control FROM PUBLIC');
    }
  });

  it('are given to the control table’s owner if another role installs', async () => {
    // A new database: once anything was granted on a table, its owner is one of the grantees too.
    await using fresh = await createDatabase({ schema: true });
    const url = await fresh.role();
    await fresh.query(`ALTER TABLE migration_control OWNER TO ${new URL(url).username}`);
    await fresh.query(install);
    const owner = await fresh.connect(url);
    await owner.query(plain);
    expect((await owner.query(activity, [10, null])).rows).toHaveLength(1);
    for (const statement of ['DROP TRIGGER migtop_audit_refuse ON migtop_audit', 'DROP TABLE migtop_audit'])
      await expect(owner.query(statement)).rejects.toMatchObject({ code: '42501' });
  });

  it('of the file’s header are enough for a role that is created later', async () => {
    const [header = ''] = install.match(/^-- +GRANT[\s\S]*?;$/m) ?? [];
    const url = await database.role({ grants: ['SELECT, UPDATE ON migration_control'] });
    const role = new URL(url).username;
    await database.query(header.replace(/^--/gm, '').replace(/\bana;$/, `${role};`));
    expect(await mayRecord(url)).toEqual({ record: true, read: true });
  });

  it.each(columns)('leave out %s, so that naming it is refused', async (column) => {
    const url = await database.role({ grants: ['UPDATE ON migration_control'] });
    await runFile(install);
    const client = await database.connect(url);
    await expect(
      client.query(
        `INSERT INTO migtop_audit (action, operation_id, outcome, ${column}) OVERRIDING SYSTEM VALUE
         SELECT 'pause', 1, 'moved', ${column} FROM (SELECT 99 AS id, now() AS at, 'postgres' AS database_role) AS forged`,
      ),
    ).rejects.toMatchObject({ code: '42501' });
    expect(await audit()).toEqual([]);
  });

  it('are all that the columns of an action need', async () => {
    const { rows } = await database.query(
      `SELECT attname AS name FROM pg_attribute
       WHERE attrelid = 'migtop_audit'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    );
    const granted = install.match(/INSERT \(([^)]*)\)/)?.[1]?.split(/[,\s-]+/) ?? [];
    expect([...columns, ...granted].sort()).toEqual(rows.map((row) => String(row.name)).sort());
  });
});

describe('the activity', () => {
  it('is of one control table, and of version 1, whose rows do not name their table', async () => {
    const id = await insert('running');
    await act({ id, from: 'running', to: 'paused', action: 'pause', tableOid: '4711' });
    await act({ id, from: 'paused', to: 'running', action: 'resume', tableOid: '4712' });
    await database.query(plain);
    const { rows } = await database.query<{ body: { id: number } }>(activity, [10, '4712']);
    expect(rows.map((row) => row.body.id)).toEqual([3, 2]);
  });

  it('has one row for each key', async () => {
    const id = await insert('running');
    const key = '00000000-0000-4000-8000-000000000001';
    await act({ id, from: 'running', to: 'paused', key });
    await expect(act({ id, from: 'paused', to: 'running', key })).rejects.toMatchObject({ code: '23505' });
    expect(await statuses()).toEqual(['paused']);
  });

  it('has the newest records, newest first, up to the given number', async () => {
    const id = await insert('running');
    await act({ id, from: 'running', to: 'paused', action: 'pause', osUser: 'ana', reason: 'why' });
    await act({ id, from: 'running', to: 'paused', action: 'pause' });
    await act({ id: 99, from: 'paused', to: 'running', action: 'resume' });
    const { rows } = await database.query(activity, [2, null]);
    expect(rows.map((row) => row.kind)).toEqual(['activity', 'activity']);
    expect(rows.map((row) => row.body)).toMatchObject([
      { id: 3, action: 'resume', operation_id: 99, outcome: 'gone', actual_status: null },
      { id: 2, action: 'pause', operation_id: id, outcome: 'stale', actual_status: 'paused' },
    ]);
    const all = await database.query(activity, [100, null]);
    expect(all.rows.at(-1)?.body).toMatchObject({ os_user: 'ana', reason: 'why', from_status: 'running' });
  });

  it.each(['UTC', 'Asia/Tokyo', 'America/St_Johns'])(
    'has the times of the clock of the other queries, in %s',
    async (zone) => {
      const client = await database.connect();
      await client.query(`SET timezone = '${zone}'`);
      const clock = async () =>
        Number((await client.query(`SELECT date_part('epoch', localtimestamp) AS now`)).rows[0]?.now);
      const before = await clock();
      await client.query(plain);
      const { rows } = await client.query(activity, [1, null]);
      const after = await clock();
      expect(rows[0]?.body.at).toBeGreaterThanOrEqual(before);
      expect(rows[0]?.body.at).toBeLessThanOrEqual(after);
    },
  );

  it('cuts its texts', async () => {
    const long = 'x'.repeat(10_000);
    await database.query(
      `INSERT INTO migtop_audit (os_user, host, client, action, operation_id, from_status, to_status, actual_status, reason, outcome)
       VALUES ($1, $1, $1, $1, 1, $1, $1, $1, $1, $1)`,
      [long],
    );
    const { rows } = await database.query(activity, [1, null]);
    const lengths = Object.values(rows[0]?.body as Record<string, unknown>)
      .filter((value) => typeof value === 'string' && value.startsWith('xxx'))
      .map((value) => String(value).length);
    expect(lengths).toHaveLength(9);
    expect(Math.max(...lengths)).toBe(400);
  });
});

describe('the installation', () => {
  it('is one transaction in psql too, which sends one statement after the other', () => {
    for (const file of [install, remove]) {
      const statements = file.replace(/^--.*\n/gm, '').trim();
      expect(statements).toMatch(/^BEGIN;\n[\s\S]*\nCOMMIT;$/);
      expect(statements.match(/^(BEGIN|COMMIT);$/gm)).toEqual(['BEGIN;', 'COMMIT;']);
    }
  });

  it('can be repeated, and keeps what was recorded', async () => {
    await database.query(plain);
    const before = await audit();
    await runFile(install);
    expect(await audit()).toEqual(before);
    const { rows } = await database.query(
      `SELECT tgname AS name, tgenabled AS enabled FROM pg_trigger WHERE tgrelid = 'migtop_audit'::regclass ORDER BY 1`,
    );
    expect(rows).toEqual([
      { name: 'migtop_audit_refuse', enabled: 'A' },
      { name: 'migtop_audit_stamp', enabled: 'O' },
    ]);
    await expect(database.query('DELETE FROM migtop_audit')).rejects.toMatchObject({ message: /append-only/ });
  });

  it('creates a dropped trigger again', async () => {
    await database.query('DROP TRIGGER migtop_audit_refuse ON migtop_audit');
    await runFile(install);
    await expect(database.query('DELETE FROM migtop_audit')).rejects.toMatchObject({ message: /append-only/ });
  });

  it('creates functions that run with their caller’s privileges and a fixed search path', async () => {
    const { rows } = await database.query(
      `SELECT DISTINCT prosecdef, proconfig FROM pg_proc WHERE proname LIKE 'migtop\\_audit\\_%'`,
    );
    expect(rows).toEqual([{ prosecdef: false, proconfig: ['search_path=pg_catalog, pg_temp'] }]);
  });

  it('does not touch the control table', async () => {
    const { rows } = await database.query(
      `SELECT count(*)::int AS triggers FROM pg_trigger WHERE tgrelid = 'migration_control'::regclass`,
    );
    expect(rows).toEqual([{ triggers: 0 }]);
  });

  it('leaves another table of that name unchanged', async () => {
    await runFile(remove);
    await database.query('CREATE TABLE migtop_audit (note text)');
    try {
      await expect(runFile(install)).rejects.toMatchObject({ code: '42703' });
      const { rows } = await database.query(
        `SELECT count(*)::int AS triggers FROM pg_trigger WHERE tgrelid = 'migtop_audit'::regclass`,
      );
      expect(rows).toEqual([{ triggers: 0 }]);
    } finally {
      await database.query('DROP TABLE migtop_audit');
    }
  });

  it('is refused to a role without CREATE on the schema', async () => {
    await runFile(remove);
    const url = await database.role({ grants: ['ALL ON migration_control'] });
    await database.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
    await expect(runFile(install, url)).rejects.toMatchObject({ code: '42501' });
    await expect(database.query(plain)).rejects.toMatchObject({ code: '42P01' });
  });
});

describe('the removal', () => {
  async function functions(): Promise<unknown> {
    const { rows } = await database.query(`SELECT count(*)::int AS n FROM pg_proc WHERE proname LIKE 'migtop%'`);
    return rows[0]?.n;
  }

  it('removes an empty table, and can be repeated', async () => {
    await runFile(remove);
    await expect(database.query(plain)).rejects.toMatchObject({ code: '42P01' });
    expect(await functions()).toBe(0);
    await runFile(remove);
  });

  it('refuses if there are records, until the line to discard them is set', async () => {
    await database.query(plain);
    await expect(runFile(remove)).rejects.toMatchObject({ message: 'migtop_audit is not empty (1 recorded)' });
    expect(await audit()).toHaveLength(1);
    expect(discard).not.toBe(remove);
    await runFile(discard);
    expect(await functions()).toBe(0);
  });

  it('leaves a renamed table, and keeps it append-only', async () => {
    await database.query(plain);
    await database.query('ALTER TABLE migtop_audit RENAME TO migtop_audit_2026');
    try {
      await runFile(remove);
      await runFile(install);
      await database.query(plain);
      await runFile(discard);
      expect(await audit('migtop_audit_2026')).toHaveLength(1);
      await expect(database.query('DELETE FROM migtop_audit_2026')).rejects.toMatchObject({
        message: 'migtop_audit_2026 is append-only: DELETE is refused',
      });
    } finally {
      await database.query('DROP TABLE migtop_audit_2026');
    }
  });
});

describe('on another table', () => {
  const odd = `tracking."It's ""odd"""`;
  const forOdd = (file: string) =>
    file.replace(
      /^(SET LOCAL migtop\.control_table = ).*;$/m,
      (_, start: string) => `${start}'${odd.replaceAll("'", "''")}';`,
    );

  it('records in the schema of that table', async () => {
    for (const file of [install, remove]) expect(file.match(/^SET LOCAL migtop\.control_table = /gm)).toHaveLength(1);
    await runFile(remove);
    await database.query(`CREATE SCHEMA tracking; CREATE TABLE ${odd} (LIKE migration_control INCLUDING ALL)`);
    try {
      await runFile(forOdd(install));
      await runFile(forOdd(install));
      const { rows } = await database.query(
        `INSERT INTO ${odd} (phase, table_name, operation, status) VALUES ('execution', 'a', 'b', 'running') RETURNING id`,
      );
      const named: Record<string, string> = { migration_control: odd, migtop_audit: 'tracking.migtop_audit' };
      const substituted = (text: string) =>
        text.replace(/^--.*\n/gm, '').replace(/\b(?:migration_control|migtop_audit)\b/g, (name) => named[name] ?? name);
      const request = { id: Number(rows[0]?.id), from: 'running', to: 'paused' };
      expect(await act(request, database, substituted(transitionAudited))).toMatchObject([{ outcome: 'applied' }]);
      expect(await act(request, database, substituted(transitionAudited))).toMatchObject([{ outcome: 'stale' }]);
      const shown = await database.query<{ body: { outcome: string } }>(substituted(activity), [10, null]);
      expect(shown.rows.map((row) => row.body.outcome)).toEqual(['stale', 'applied']);
      await expect(database.query('DELETE FROM tracking.migtop_audit')).rejects.toMatchObject({
        message: /append-only/,
      });
      await expect(runFile(forOdd(remove))).rejects.toMatchObject({ message: /2 recorded/ });
      await runFile(forOdd(discard));
      expect((await database.query(`SELECT to_regclass('tracking.migtop_audit') AS found`)).rows).toEqual([
        { found: null },
      ]);
    } finally {
      await database.query('DROP SCHEMA tracking CASCADE');
    }
  });
});

async function waitingForLock(pid: unknown): Promise<void> {
  for (;;) {
    const { rows } = await database.query(`SELECT wait_event_type AS waits FROM pg_stat_activity WHERE pid = $1`, [
      pid,
    ]);
    if (rows[0]?.waits === 'Lock') return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
