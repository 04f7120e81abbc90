import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readTogether } from '../../source/database/bounds.ts';
import { oneMoment } from '../../source/database/session-settings.ts';
import type { Change } from '../../source/domain/bulk-actions.ts';
import { type StatusDocument, statusDocument } from '../../source/presentation/status-document.ts';
import { changesOf } from '../support/bulk.ts';
import { runCommand } from '../support/command.ts';
import { openTable } from '../support/control-table.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

/** Settings of a role that psql accepts without a message. */
const settings = [
  "default_transaction_isolation = 'serializable'",
  "default_transaction_isolation = 'read uncommitted'",
  'default_transaction_deferrable = on',
  'extra_float_digits = -15',
  'extra_float_digits = 3',
  "TimeZone = 'Asia/Kathmandu'",
  "DateStyle = 'German, DMY'",
  "DateStyle = 'SQL, MDY'",
  "IntervalStyle = 'sql_standard'",
  'search_path = pg_catalog, public',
  // It also limits the statement that sets another limit, which takes a while on a busy machine.
  'statement_timeout = 500',
  'lock_timeout = 50',
  'idle_in_transaction_session_timeout = 50',
  // It also counts from the login to the first message, which takes a while on a busy machine.
  'idle_session_timeout = 1000',
  // It also ends a transaction before the setting of the message takes effect, which takes longer on a busy machine.
  'transaction_timeout = 2000',
  'row_security = off',
  "client_min_messages = 'debug5'",
  'standard_conforming_strings = off',
  'backslash_quote = off',
  'escape_string_warning = off',
  "bytea_output = 'escape'",
  'array_nulls = off',
  'transform_null_equals = on',
  "xmloption = 'document'",
  'quote_all_identifiers = on',
  "client_encoding = 'LATIN1'",
  "plan_cache_mode = 'force_generic_plan'",
  'enable_indexscan = off',
];

const nameOf = (setting: string): string => setting.split(' = ')[0] ?? '';

/** The settings in two groups, each with a name once: starting the program for each setting takes half a minute. */
const together = [true, false].map((isFirst) =>
  settings.filter(
    (setting, at) => (settings.findIndex((other) => nameOf(other) === nameOf(setting)) === at) === isFirst,
  ),
);

let database: TestDatabase;
let url: string;
let role: string;
let plain: unknown;
let read: unknown;

beforeAll(async () => {
  database = await createDatabase({ examples: true });
  await database.query(
    `INSERT INTO migration_control (id, phase, table_name, operation, status, records_processed, total_records, started_at,
       source_query, error_message)
     VALUES (900, 'execution', 'a\\b''c', 'é\\', 'running', 10, 33, timestamp '2026-01-01 00:00:00.123457',
       $q$SELECT '\\x'$q$, '{NULL}')`,
  );
  url = await database.role({ grants: ['SELECT, UPDATE ON migration_control'] });
  role = new URL(url).username;
  // A policy that hides nothing: without row_security a read would be an error.
  await database.query('ALTER TABLE migration_control ENABLE ROW LEVEL SECURITY');
  await database.query('CREATE POLICY everything ON migration_control USING (true)');
  plain = figures(await status());
  read = await readBy();
});
beforeEach(() => database.query(`ALTER ROLE ${role} RESET ALL`));
afterAll(() => database?.drop());

async function status(): Promise<StatusDocument> {
  const run = await runCommand(['status', '--json', '--sample', '0', url]);
  expect(run.code, run.stderr).toBe(0);
  return JSON.parse(run.stdout) as StatusDocument;
}

/** The rows of a poll and of the report of `status`. */
async function readBy(): Promise<unknown> {
  await using table = await openTable(url);
  return figures([await table.poll([]), statusDocument(table.target, await table.report())]);
}

/** All but what the time between two runs changes. */
function figures(document: unknown): unknown {
  return JSON.parse(
    JSON.stringify(document, (key, value) =>
      /^(takenAt|countedAt|readAt)$/.test(key) || /seconds$/i.test(key) ? undefined : value,
    ),
  );
}

describe('a setting of the role', () => {
  it.each(settings)('changes no figure: %s', async (setting) => {
    await database.query(`ALTER ROLE ${role} SET ${setting}`);
    expect(await readBy()).toEqual(read);
  });

  it('changes no figure that status prints, together with others', async () => {
    for (const group of together) {
      await database.query(`ALTER ROLE ${role} RESET ALL`);
      for (const setting of group) await database.query(`ALTER ROLE ${role} SET ${setting}`);
      expect(figures(await status())).toEqual(plain);
    }
  });

  it('changes no outcome of an action, together with others', async () => {
    for (const group of together) {
      await database.query(`ALTER ROLE ${role} RESET ALL`);
      for (const setting of group) await database.query(`ALTER ROLE ${role} SET ${setting}`);
      await using table = await openTable(url);
      for (const action of ['pause', 'resume'] as const) {
        const [outcome] = await table.actMany(await changesOf(database, action), { action, reason: "it's {NULL}" });
        expect(outcome?.outcome).toMatchObject({ kind: 'applied' });
      }
    }
    await database.query(`UPDATE migration_control SET status = 'running', completed_at = NULL WHERE id = 900`);
  });

  it.each([
    ['lock_timeout = 50', 0.4],
    ['statement_timeout = 500', 0.8],
    ['transaction_timeout = 2000', 2.5],
    ['idle_in_transaction_session_timeout = 50', 0.4],
  ])('does not end a waiting poll: %s', async (setting, seconds) => {
    await database.query(`ALTER ROLE ${role} SET ${setting}`);
    const table = await openTable(url);
    const other = await database.connect();
    try {
      await other.query('BEGIN');
      await other.query('LOCK TABLE migration_control');
      const poll = table.poll([]);
      // Long past the limit, by the server's clock.
      await other.query('SELECT pg_sleep($1)', [seconds]);
      await other.query('COMMIT');
      expect((await poll).operations.map(({ id }) => id)).toEqual([900]);
    } finally {
      await other.end();
      await table.close();
    }
  });

  it('does not end a query before the table and the version of its server are known', async () => {
    await database.query(`ALTER ROLE ${role} SET transaction_timeout = 2000`);
    await using table = await openTable(url);
    const unknown = { hasConnectionChecks: false, serverVersion: null };
    const slow = { text: 'SELECT 1 AS one FROM pg_sleep(2.5)', values: [], seconds: 9 };
    expect(await readTogether(table.connection, unknown, [slow])).toEqual([[{ one: 1 }]]);
    expect(await table.connection.read(slow.text)).toEqual([{ one: 1 }]);
  });

  it('is named if it ends a query', async () => {
    await database.query(`ALTER ROLE ${role} SET transaction_timeout = 1000`);
    await using table = await openTable(url);
    await expect(table.connection.readAll([oneMoment, { text: 'SELECT pg_sleep(3)' }], 9)).rejects.toThrow(
      `transaction_timeout: terminating connection due to transaction timeout. Raise it for this role: ALTER ROLE ${role} SET`,
    );
    const [row] = await table.connection.read('SELECT 1 AS one');
    expect(row).toEqual({ one: 1 });
  });

  it.each(settings)('changes no action: %s', async (setting) => {
    const mark = '/* migtop run=r counts=own from=0 */';
    const before = (await database.query('SELECT to_jsonb(t) AS row FROM migration_control AS t WHERE id = 900'))
      .rows[0]?.row;
    await database.query('UPDATE migration_control SET validation_query = $1 WHERE id = 900', [`SELECT 1 ${mark}`]);
    await database.query(`ALTER ROLE ${role} SET ${setting}`);
    await using table = await openTable(url);
    try {
      const transition = { id: 900, version: null, completedAt: 'keep' as const, identity: null };
      const change = (from: 'running' | 'paused', to: 'paused' | 'pending', rewrite?: Change['rewrite']): Change[] => [
        { transition: { ...transition, from, to }, tableName: 'x', seenVersion: null, ...(rewrite && { rewrite }) },
      ];
      const pause = { action: 'pause', reason: "it's \\full" };
      expect((await table.actMany(change('running', 'paused'), pause)).map(({ outcome }) => outcome.kind)).toEqual([
        'applied',
      ]);
      const requeue = change('paused', 'pending', { kind: 'requeue', before: null });
      expect(await table.rewriteMany(requeue, { ...pause, action: 'takeover' })).toMatchObject([
        { outcome: { kind: 'applied' } },
      ]);
      const { rows } = await database.query(
        'SELECT status, started_at, validation_query AS query FROM migration_control WHERE id = 900',
      );
      expect(rows).toEqual([
        {
          status: 'pending',
          started_at: null,
          query: expect.stringMatching(/^SELECT 1 [/][*] migtop run=r counts=own from=0 worked=[0-9.]+ [*][/]$/),
        },
      ]);
    } finally {
      await database.query('DELETE FROM migration_control WHERE id = 900');
      await database.query(
        'INSERT INTO migration_control SELECT (jsonb_populate_record(NULL::migration_control, $1)).*',
        [before],
      );
    }
  });

  it('does not change the time limits of an action, and the times of its result', async () => {
    for (const setting of [
      'extra_float_digits = -15',
      "default_transaction_isolation = 'serializable'",
      'lock_timeout = 50',
    ])
      await database.query(`ALTER ROLE ${role} SET ${setting}`);
    const table = await openTable(url);
    try {
      const snapshot = await table.poll([]);
      const [operation] = snapshot.operations;
      const outcome = await table.act({
        id: 900,
        from: 'running',
        to: 'paused',
        version: operation?.version ?? null,
        completedAt: 'keep',
        identity: null,
      });
      expect(outcome.kind).toBe('applied');
      if (outcome.kind === 'applied') expect(Math.abs(outcome.at - snapshot.takenAt)).toBeLessThan(60);
    } finally {
      await database.query("UPDATE migration_control SET status = 'running' WHERE id = 900");
      await table.close();
    }
  });
});
