import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';

const install = await readSql('options/guard.sql');
const remove = await readSql('options/guard-remove.sql');

// The updates of the specification, as they are written there ("Usage Patterns" and "Agent Status Updates").
const progressById = `
    UPDATE migration_control 
    SET records_processed = $1, status = 'running'
    WHERE id = $2
  `;
const progress = `
UPDATE migration_control 
SET records_processed = 500, status = 'running'
WHERE phase = 'execution' AND table_name = 'brackets' AND worker_id = 1;`;
const completion = `
UPDATE migration_control
SET status = 'completed', completed_at = NOW(), records_processed = 1569
WHERE phase = 'execution' AND table_name = 'brackets' AND worker_id = 1;`;
const phaseCompletion = `
UPDATE migration_control 
SET status = 'completed', completed_at = NOW(), total_records = 1569
WHERE phase = 'discovery' AND table_name = 'dispatch_bracket' AND operation = 'schema_analysis';`;
const failure = `
UPDATE migration_control
SET 
  status = 'failed',
  error_message = 'Foreign key constraint violation: case_id 1001 not found in target cases table',
  completed_at = NOW()
WHERE phase = 'execution' AND table_name = 'case_file_relationships' AND worker_id = 2;`;

const rogues = [
  {
    name: 'the progress update of an agent',
    run: (database: Runner, id: number) => database.query(progressById, [500, id]),
    row: {},
    status: 'running',
    written: { records_processed: 500 },
  },
  {
    name: 'the progress update of a batch',
    run: (database: Runner) => database.query(progress),
    row: {},
    status: 'running',
    written: { records_processed: 500 },
  },
  {
    name: 'the completion',
    run: (database: Runner) => database.query(completion),
    row: {},
    status: 'completed',
    written: { records_processed: 1569 },
  },
  {
    name: 'the completion of a phase',
    run: (database: Runner) => database.query(phaseCompletion),
    row: { phase: 'discovery', table_name: 'dispatch_bracket', operation: 'schema_analysis' },
    status: 'completed',
    written: { total_records: 1569 },
  },
  {
    name: 'the failure',
    run: (database: Runner) => database.query(failure),
    row: { table_name: 'case_file_relationships', worker_id: 2 },
    status: 'failed',
    written: { error_message: 'Foreign key constraint violation: case_id 1001 not found in target cases table' },
  },
];
const held = ['paused', 'skipped'];
const cases = rogues.flatMap((rogue) => held.map((status) => ({ ...rogue, from: status })));

interface Runner {
  query(text: string, params?: unknown[]): Promise<pg.QueryResult>;
}

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
});
beforeEach(async () => {
  await runFile(remove);
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

async function insert(status: string, row: Record<string, unknown> = {}, table = 'migration_control'): Promise<number> {
  const full = {
    phase: 'execution',
    table_name: 'brackets',
    operation: 'batch_migration',
    worker_id: 1,
    records_processed: 0,
    completed_at: status === 'skipped' ? '2026-01-02 03:04:05' : null,
    status,
    ...row,
  };
  const columns = Object.keys(full);
  const { rows } = await database.query<{ id: number }>(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((_, i) => `$${i + 1}`).join(', ')}) RETURNING id`,
    Object.values(full),
  );
  return rows[0]?.id ?? 0;
}

// Timestamps as text: a Date depends on the zone of the machine.
async function read(id: number, table = 'migration_control'): Promise<Record<string, unknown>> {
  const { rows } = await database.query(`SELECT *, completed_at::text FROM ${table} WHERE id = $1`, [id]);
  return rows[0] ?? {};
}

async function statuses(table = 'migration_control'): Promise<unknown[]> {
  return (await database.query(`SELECT status FROM ${table} ORDER BY id`)).rows.map((row) => row.status);
}

async function triggers(table = 'migration_control'): Promise<Record<string, unknown>[]> {
  const { rows } = await database.query(
    `SELECT oid::int, tgname AS name, tgenabled AS enabled FROM pg_trigger
     WHERE tgrelid = $1::regclass::oid AND NOT tgisinternal`,
    [table],
  );
  return rows;
}

async function functions(): Promise<number> {
  const { rows } = await database.query(`SELECT count(*)::int AS n FROM pg_proc WHERE proname = 'migtop_guard'`);
  return rows[0]?.n as number;
}

/** COPY FROM STDIN, which pg leaves to an addition. */
function copyIn(client: pg.Client, text: string, data: string): Promise<void> {
  interface CopyConnection {
    query(text: string): void;
    sendCopyFromChunk(chunk: Buffer): void;
    endCopyFrom(): void;
  }
  return new Promise((resolve, reject) => {
    let failed: Error | undefined;
    const copy = {
      submit: (connection: unknown) => (connection as CopyConnection).query(text),
      handleCopyInResponse(connection: CopyConnection) {
        connection.sendCopyFromChunk(Buffer.from(data));
        connection.endCopyFrom();
      },
      handleCommandComplete() {},
      handleError(error: Error) {
        failed = error;
        reject(error);
      },
      handleReadyForQuery() {
        if (!failed) resolve();
      },
    };
    client.query(copy);
  });
}

describe('without the guard', () => {
  it.each(cases)('$name takes an operation out of $from', async ({ run, row, from, status, written }) => {
    const id = await insert(from, row);
    await run(database, id);
    expect(await read(id)).toMatchObject({ status, ...written });
  });
});

describe('with the guard', () => {
  beforeEach(() => runFile(install));

  it.each(cases)(
    '$name leaves an operation $from, and its other columns are written',
    async ({ run, row, from, written }) => {
      const id = await insert(from, row);
      const before = await read(id);
      const { rowCount } = await run(database, id);
      // The worker gets the result that it expects.
      expect(rowCount).toBe(1);
      expect(await read(id)).toEqual({ ...before, ...written });
    },
  );

  it.each([
    ['paused', 'skipped'],
    ['paused', 'pending'],
    ['skipped', 'paused'],
    ['skipped', 'running'],
  ])('keeps %s against a change to %s', async (from, to) => {
    const id = await insert(from);
    const before = await read(id);
    await database.query('UPDATE migration_control SET status = $2, completed_at = NULL WHERE id = $1', [id, to]);
    expect(await read(id)).toEqual(before);
  });

  it.each(['running', 'pending', 'failed', 'completed'])(
    'lets any role pause or skip an operation that is %s',
    async (from) => {
      const [paused, skipped] = [await insert(from), await insert(from)];
      await database.query(`UPDATE migration_control SET status = 'paused' WHERE id = $1`, [paused]);
      await database.query(`UPDATE migration_control SET status = 'skipped', completed_at = NOW() WHERE id = $1`, [
        skipped,
      ]);
      expect(await statuses()).toEqual(['paused', 'skipped']);
      expect((await read(skipped)).completed_at).not.toBeNull();
    },
  );

  it('lets the specification change rows that are neither paused nor skipped', async () => {
    const id = await insert('pending');
    await database.query(progressById, [500, id]);
    expect(await read(id)).toMatchObject({ status: 'running', records_processed: 500 });
    await database.query(completion);
    const row = await read(id);
    expect(row).toMatchObject({ status: 'completed', records_processed: 1569 });
    expect(row.completed_at).not.toBeNull();
  });

  it('keeps only the paused and skipped rows if one update writes many rows', async () => {
    for (const status of ['running', 'paused', 'pending', 'skipped', 'failed', 'completed']) await insert(status);
    const { rowCount } = await database.query(progress);
    expect(rowCount).toBe(6);
    expect(await statuses()).toEqual(['running', 'paused', 'running', 'skipped', 'running', 'running']);
    const { rows } = await database.query('SELECT DISTINCT records_processed FROM migration_control');
    expect(rows).toEqual([{ records_processed: 500 }]);
  });

  it('lets completed_at be corrected if the status stays', async () => {
    const id = await insert('skipped');
    await database.query(`UPDATE migration_control SET completed_at = '2026-02-03 04:05:06' WHERE id = $1`, [id]);
    expect(await read(id)).toMatchObject({ status: 'skipped', completed_at: '2026-02-03 04:05:06' });
  });

  describe('an operator', () => {
    it('may resume until the end of its transaction, and no longer', async () => {
      const [first, second] = [await insert('paused'), await insert('paused')];
      const client = await database.connect();
      await client.query(`BEGIN; SET LOCAL migtop.operator = 'ana'`);
      await client.query(progressById, [1, first]);
      await client.query('COMMIT');
      // Once set, the setting is there for the rest of the session, and empty.
      await client.query(progressById, [1, second]);
      expect(await statuses()).toEqual(['running', 'paused']);
    });

    it('may skip, and set the time', async () => {
      const id = await insert('paused');
      const client = await database.connect();
      await client.query(`SET migtop.operator = 'ana'`);
      await client.query(
        `UPDATE migration_control SET status = 'skipped', completed_at = '2026-02-03 04:05:06' WHERE id = $1`,
        [id],
      );
      expect(await read(id)).toMatchObject({ status: 'skipped', completed_at: '2026-02-03 04:05:06' });
    });

    it('is not recognized without a name', async () => {
      const id = await insert('paused');
      const client = await database.connect();
      await client.query(`SET migtop.operator = ''`);
      await client.query(progressById, [1, id]);
      expect(await statuses()).toEqual(['paused']);
    });

    it('is not recognized in another session', async () => {
      const id = await insert('paused');
      const ana = await database.connect();
      const worker = await database.connect();
      await ana.query(`SET migtop.operator = 'ana'`);
      await worker.query(progressById, [1, id]);
      expect(await statuses()).toEqual(['paused']);
    });
  });

  it('keeps a pause that is made while an update waits for the row', async () => {
    const id = await insert('running');
    const ana = await database.connect();
    const worker = await database.connect();
    const { rows } = await worker.query('SELECT pg_backend_pid() AS pid');
    await ana.query('BEGIN');
    await ana.query(`UPDATE migration_control SET status = 'paused' WHERE id = $1`, [id]);
    const update = worker.query(progressById, [7, id]);
    await waitingForLock(rows[0]?.pid);
    await ana.query('COMMIT');
    await update;
    expect(await read(id)).toMatchObject({ status: 'paused', records_processed: 7 });
  });

  it('does not affect INSERT, COPY and DELETE', async () => {
    await database.query(`
      INSERT INTO migration_control (phase, table_name, operation, status, records_processed, completed_at)
      SELECT 'execution', 'brackets', 'batch', s, 3, '2026-01-02' FROM unnest('{paused,skipped,running}'::text[]) AS s`);
    const client = await database.connect();
    await copyIn(
      client,
      'COPY migration_control (phase, table_name, operation, status, completed_at) FROM STDIN',
      ['paused', 'skipped', 'failed'].map((status) => `execution\ta\tb\t${status}\t2026-01-03 00:00:00\n`).join(''),
    );
    expect(await statuses()).toEqual(['paused', 'skipped', 'running', 'paused', 'skipped', 'failed']);
    const { rows } = await database.query('SELECT count(completed_at)::int AS stamped FROM migration_control');
    expect(rows).toEqual([{ stamped: 6 }]);
    await database.query(`DELETE FROM migration_control WHERE status = 'paused'`);
    expect(await statuses()).toEqual(['skipped', 'running', 'skipped', 'failed']);
  });

  it('keeps a pause against an upsert', async () => {
    const id = await insert('paused');
    await database.query(
      `INSERT INTO migration_control (id, phase, table_name, operation, status, records_processed)
       VALUES ($1, 'execution', 'brackets', 'batch', 'running', 9)
       ON CONFLICT (id) DO UPDATE SET status = EXCLUDED.status, records_processed = EXCLUDED.records_processed`,
      [id],
    );
    expect(await read(id)).toMatchObject({ status: 'paused', records_processed: 9 });
  });

  it('works if the search path is empty, as in a restore', async () => {
    const id = await insert('paused');
    const client = await database.connect();
    await client.query(`SELECT set_config('search_path', '', false)`);
    await client.query(`UPDATE public.migration_control SET status = 'running', records_processed = 5 WHERE id = $1`, [
      id,
    ]);
    expect(await read(id)).toMatchObject({ status: 'paused', records_processed: 5 });
  });

  it('applies to a role that may only do a worker’s updates', async () => {
    const id = await insert('paused');
    await database.query('REVOKE ALL ON FUNCTION migtop_guard() FROM PUBLIC');
    const worker = await database.connect(
      await database.role({
        grants: ['SELECT (id), UPDATE (records_processed, status, completed_at) ON migration_control'],
      }),
    );
    await worker.query(progressById, [5, id]);
    expect(await read(id)).toMatchObject({ status: 'paused', records_processed: 5 });
    await worker.query(`BEGIN; SET LOCAL migtop.operator = 'ana'`);
    await worker.query(progressById, [6, id]);
    await worker.query('COMMIT');
    expect(await read(id)).toMatchObject({ status: 'running', records_processed: 6 });
  });

  it('gives no privileges: a role that may not update may not update as an operator either', async () => {
    const id = await insert('paused');
    const reader = await database.connect(await database.role({ grants: ['SELECT ON migration_control'] }));
    await reader.query(`SET migtop.operator = 'ana'`);
    await expect(reader.query(progressById, [5, id])).rejects.toMatchObject({ code: '42501' });
    expect(await statuses()).toEqual(['paused']);
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

  it('can be repeated, and then changes nothing and waits for no session', async () => {
    await runFile(install);
    const before = await triggers();
    expect(before).toMatchObject([{ name: 'migtop_guard', enabled: 'O' }]);
    const id = await insert('running');
    const worker = await database.connect();
    await worker.query('BEGIN');
    await worker.query(progressById, [1, id]);
    // The update is still open: a lock on the table would not be had.
    await runFile(install);
    await worker.query('COMMIT');
    expect(await triggers()).toEqual(before);
    expect(await functions()).toBe(1);
  });

  it('fails on a table that stays locked, and changes nothing', async () => {
    const id = await insert('running');
    const worker = await database.connect();
    await worker.query('BEGIN');
    await worker.query(progressById, [1, id]);
    await expect(runFile(install)).rejects.toMatchObject({ code: '55P03' });
    expect(await triggers()).toEqual([]);
    expect(await functions()).toBe(0);
    await worker.query('COMMIT');
    await runFile(install);
    expect(await triggers()).toHaveLength(1);
  });

  it('enables a disabled guard again', async () => {
    await runFile(install);
    await database.query('ALTER TABLE migration_control DISABLE TRIGGER migtop_guard');
    await runFile(install);
    const id = await insert('paused');
    await database.query(progressById, [1, id]);
    expect(await statuses()).toEqual(['paused']);
  });

  it('creates a function that runs with its caller’s privileges and a fixed search path', async () => {
    await runFile(install);
    const { rows } = await database.query(
      `SELECT prosecdef, proconfig FROM pg_proc WHERE oid = 'migtop_guard()'::regprocedure`,
    );
    expect(rows).toEqual([{ prosecdef: false, proconfig: ['search_path=pg_catalog, pg_temp'] }]);
  });

  it('calls no object that another role created in the schema', async () => {
    await database.query(`
      CREATE FUNCTION public.format(text, regclass) RETURNS text LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'called'; END $$;
      CREATE FUNCTION public.same(oid, regclass) RETURNS boolean LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'called'; END $$;
      CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = regclass, FUNCTION = public.same);`);
    try {
      await runFile(install);
      await runFile(install);
      expect(await triggers()).toHaveLength(1);
      await runFile(remove);
      expect(await triggers()).toEqual([]);
    } finally {
      await database.query(`
        DROP FUNCTION public.format(text, regclass);
        DROP OPERATOR public.= (oid, regclass);
        DROP FUNCTION public.same(oid, regclass);`);
    }
  });

  it('is refused to a role that does not own the table', async () => {
    const url = await database.role({
      grants: ['SELECT, INSERT, UPDATE, DELETE ON migration_control', 'CREATE ON SCHEMA public'],
    });
    await expect(runFile(install, url)).rejects.toMatchObject({ code: '42501' });
    expect(await triggers()).toEqual([]);
    expect(await functions()).toBe(0);
  });

  it('fails if there is no table', async () => {
    await expect(runFile(forTable(install, 'no_such_table'))).rejects.toMatchObject({ code: '42P01' });
    expect(await functions()).toBe(0);
  });

  it('is restored after the rows, so that the rows are as they were saved', async () => {
    // The order of pg_dump: functions and tables, then data, then triggers.
    await runFile(install);
    const client = await database.connect();
    await client.query(`SELECT set_config('search_path', '', false)`);
    // With the schema in it, as pg_dump writes it.
    const { rows } = await client.query(
      `SELECT pg_get_triggerdef(oid) AS definition FROM pg_trigger WHERE tgname = 'migtop_guard'`,
    );
    await client.query('DROP TRIGGER migtop_guard ON public.migration_control');
    await copyIn(
      client,
      'COPY public.migration_control (id, phase, table_name, operation, status, completed_at) FROM STDIN',
      '1\texecution\tbrackets\tbatch\tpaused\t\\N\n2\texecution\tbrackets\tbatch\tskipped\t2026-01-02 03:04:05\n',
    );
    await client.query(String(rows[0]?.definition));
    expect(await statuses()).toEqual(['paused', 'skipped']);
    await database.query(progressById, [4, 1]);
    expect(await read(1)).toMatchObject({ status: 'paused', records_processed: 4 });
  });
});

describe('the removal', () => {
  it('leaves the table as it was, and can be repeated', async () => {
    await runFile(install);
    const id = await insert('paused');
    await runFile(remove);
    expect(await triggers()).toEqual([]);
    expect(await functions()).toBe(0);
    await runFile(remove);
    await database.query(progressById, [1, id]);
    expect(await statuses()).toEqual(['running']);
  });

  it('fails on a table that stays locked, and keeps the guard', async () => {
    await runFile(install);
    const id = await insert('running');
    const worker = await database.connect();
    await worker.query('BEGIN');
    await worker.query(progressById, [1, id]);
    await expect(runFile(remove)).rejects.toMatchObject({ code: '55P03' });
    expect(await triggers()).toHaveLength(1);
    await worker.query('COMMIT');
  });
});

describe('on another table', () => {
  const odd = `tracking."It's ""odd"" "`;

  beforeEach(async () => {
    await database.query(`
      CREATE SCHEMA tracking;
      CREATE TABLE ${odd} (LIKE migration_control INCLUDING ALL);
      CREATE TABLE tracking.second (LIKE migration_control INCLUDING ALL);`);
    return async () => {
      await database.query('DROP SCHEMA tracking CASCADE');
    };
  });

  it('requires a change of one line in each file', () => {
    for (const file of [install, remove]) expect(file.match(/^SET LOCAL migtop\.control_table = /gm)).toHaveLength(1);
  });

  it('guards that one, from its own schema', async () => {
    await runFile(forTable(install, odd));
    await runFile(forTable(install, odd));
    const { rows } = await database.query(
      `SELECT pronamespace::regnamespace::text AS schema FROM pg_proc WHERE proname = 'migtop_guard'`,
    );
    expect(rows).toEqual([{ schema: 'tracking' }]);
    expect(await triggers()).toEqual([]);
    const [there, here] = [await insert('paused', {}, odd), await insert('paused')];
    await database.query(`UPDATE ${odd} SET status = 'running', records_processed = 8 WHERE id = $1`, [there]);
    await database.query(progressById, [8, here]);
    expect(await read(there, odd)).toMatchObject({ status: 'paused', records_processed: 8 });
    expect(await statuses()).toEqual(['running']);
    await runFile(forTable(remove, odd));
    expect(await triggers(odd)).toEqual([]);
  });

  it('keeps the function for a second table of the same schema', async () => {
    await runFile(forTable(install, odd));
    await runFile(forTable(install, 'tracking.second'));
    await runFile(forTable(remove, odd));
    const id = await insert('paused', {}, 'tracking.second');
    await database.query(`UPDATE tracking.second SET status = 'running' WHERE id = $1`, [id]);
    expect(await statuses('tracking.second')).toEqual(['paused']);
    await runFile(forTable(remove, 'tracking.second'));
    expect(await functions()).toBe(0);
  });

  it('keeps a row in its partition if the table is partitioned by status', async () => {
    await database.query(`
      CREATE TABLE tracking.parted (LIKE migration_control INCLUDING DEFAULTS) PARTITION BY LIST (status);
      CREATE TABLE tracking.held PARTITION OF tracking.parted FOR VALUES IN ('paused', 'skipped');
      CREATE TABLE tracking.rest PARTITION OF tracking.parted DEFAULT;`);
    await runFile(forTable(install, 'tracking.parted'));
    const id = await insert('paused', {}, 'tracking.parted');
    await database.query(`UPDATE tracking.parted SET status = 'running', records_processed = 8 WHERE id = $1`, [id]);
    expect(await read(id, 'tracking.held')).toMatchObject({ status: 'paused', records_processed: 8 });
    await runFile(forTable(remove, 'tracking.parted'));
    expect(await triggers('tracking.held')).toEqual([]);
  });
});

function forTable(file: string, table: string): string {
  return file.replace(
    /^(SET LOCAL migtop\.control_table = ).*;$/m,
    (_, start: string) => `${start}'${table.replaceAll("'", "''")}';`,
  );
}

async function waitingForLock(pid: unknown): Promise<void> {
  for (;;) {
    const { rows } = await database.query(`SELECT wait_event_type AS waits FROM pg_stat_activity WHERE pid = $1`, [
      pid,
    ]);
    if (rows[0]?.waits === 'Lock') return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
