import { describe, expect, it } from 'vitest';
import type { Transition } from '../../source/domain/transitions.ts';
import { openTable } from '../support/control-table.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

const pause: Transition = { id: 1, from: 'running', to: 'paused', completedAt: 'keep', version: null, identity: null };

/** How each statistic is refused, what is missed, and the names under which it is left out. */
const refusals: [revoke: string, missed: string, refused: string[]][] = [
  ['SELECT ON pg_stat_activity', 'pg_stat_activity', ['sessions']],
  ['EXECUTE ON FUNCTION pg_stat_get_activity(integer)', 'pg_stat_activity', ['sessions']],
  ['EXECUTE ON FUNCTION pg_blocking_pids(integer)', 'pg_blocking_pids()', ['blockers']],
  ['SELECT ON pg_locks', 'pg_locks', ['locks']],
  ['EXECUTE ON FUNCTION pg_postmaster_start_time()', 'pg_postmaster_start_time()', ['start']],
  ['EXECUTE ON FUNCTION pg_stat_get_tuples_updated(oid)', 'pg_stat_get_tuples_updated()', ['updated']],
  ['EXECUTE ON FUNCTION pg_stat_get_tuples_deleted(oid)', 'pg_stat_get_tuples_deleted()', ['deleted']],
  ['EXECUTE ON FUNCTION pg_stat_get_tuples_inserted(oid)', '', ['inserted']],
  ['EXECUTE ON FUNCTION pg_stat_get_db_stat_reset_time(oid)', '', ['resets']],
  ['EXECUTE ON FUNCTION pg_relation_filenode(regclass)', 'pg_relation_filenode()', ['files']],
  ['EXECUTE ON FUNCTION txid_status(bigint)', '', ['commits']],
  ['EXECUTE ON FUNCTION pg_control_system()', 'pg_control_system()', []],
];

interface Own {
  readonly database: TestDatabase;
  /** The URL of a role that may read and update the table. */
  readonly url: string;
}

// A revoke is valid for one database: each test has its own, and they wait for locks at the same time.
const test = it.extend('own', async ({ task: _ }, { onCleanup }): Promise<Own> => {
  const database = await createDatabase({ schema: true });
  onCleanup(() => database.drop());
  const url = await database.role({ grants: ['SELECT, UPDATE ON migration_control'] });
  await database.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, started_at)
     VALUES ('execution', 'cases', 'batch', 'running', localtimestamp), ('execution', 'cases', 'batch', 'failed', localtimestamp)`,
  );
  return { database, url };
});

/** All reads of the monitor and of `status`, and an action on a row that another session holds. */
async function everything({
  database,
  url,
}: Own): Promise<{ notes: readonly string[]; refused: readonly string[]; system: string }> {
  const table = await openTable(url);
  const holder = await database.connect();
  try {
    const worker = await database.connect(
      `${url}?application_name=${encodeURIComponent('migtop run=a worker=1 operation=1')}`,
    );
    for (let poll = 0; poll < 3; poll++) {
      await database.query('UPDATE migration_control SET records_processed = coalesce(records_processed, 0) + 1');
      expect((await table.poll([])).operations.map(({ id }) => id)).toContain(1);
      await table.work();
    }
    expect((await table.report()).snapshot.failures).toHaveLength(1);
    expect(await table.detail(1)).not.toBeNull();
    await holder.query('BEGIN; SELECT FROM migration_control WHERE id = 1 FOR UPDATE');
    expect((await table.act(pause)).kind).toBe('locked');
    await holder.query('ROLLBACK');
    expect((await table.act(pause)).kind).toMatch(/moved|applied/);
    await worker.end();
    const { notes, refused, identity } = table.target;
    return { notes, refused, system: identity.system };
  } finally {
    await holder.end();
    await table.close();
  }
}

describe.concurrent('statistics that the server refuses', () => {
  test('are none on a default server', async ({ own }) => {
    expect(await everything(own)).toMatchObject({ notes: [], refused: [], system: expect.stringMatching(/^\d{10,}$/) });
  });

  test.for(refusals)(
    'disable a feature with a note, and the monitor continues: %s',
    async ([revoke, missed, refused], { own }) => {
      await own.database.query(`REVOKE ${revoke} FROM PUBLIC`);
      const found = await everything(own);
      expect(found.refused).toEqual(refused);
      expect(found.notes).toEqual(missed === '' ? [] : [expect.stringMatching('^the server refuses ')]);
      expect(found.notes.join()).toMatch(missed);
      if (refused.length === 0) expect(found.system).toMatch(/^127\.0\.0\.1:\d+$/);
    },
  );

  test('disable no more features if all are refused', async ({ own }) => {
    for (const [revoke] of refusals) await own.database.query(`REVOKE ${revoke} FROM PUBLIC`);
    const found = await everything(own);
    expect(found.refused).toHaveLength(10);
    expect(found.notes).toHaveLength(1);
  });

  test('may be unknown to a server that only speaks the protocol, or end in another error', async ({ own }) => {
    await own.database.query(`
      ALTER FUNCTION pg_catalog.pg_postmaster_start_time() RENAME TO unknown_start;
      ALTER FUNCTION pg_catalog.pg_blocking_pids(integer) RENAME TO unknown_blockers;
      ALTER FUNCTION pg_catalog.pg_control_system() RENAME TO unknown_system;
      CREATE FUNCTION pg_catalog.pg_postmaster_start_time() RETURNS timestamptz LANGUAGE plpgsql
        AS 'BEGIN RAISE EXCEPTION ''not supported'' USING ERRCODE = ''0A000''; END'`);
    expect((await everything(own)).refused).toEqual(['blockers', 'start']);
  });

  test('are used again at the next check after they are granted', async ({ own: { database, url } }) => {
    await database.query('REVOKE SELECT ON pg_stat_activity FROM PUBLIC');
    await using table = await openTable(url);
    expect(table.target.refused).toEqual(['sessions']);
    await database.query('GRANT SELECT ON pg_stat_activity TO PUBLIC');
    expect(await table.inspect()).toMatchObject({ refused: [], notes: [] });
  });
});

describe.concurrent('catalogs that the server refuses', () => {
  test.for(['pg_roles', 'pg_database', 'pg_proc', 'pg_trigger', 'pg_depend'])(
    '%s disables the check for the options with a note, and the monitor continues',
    async (catalog, { own: { database, url } }) => {
      await database.query(`REVOKE SELECT ON ${catalog} FROM PUBLIC`);
      const { notes } = await everything({ database, url });
      expect(notes.join()).toMatch(new RegExp(`cannot look for the guard and the audit: .*${catalog}`));
      // An action that would have to be written into an audit that cannot be looked at is not made.
      await database.query('CREATE TABLE migtop_audit ()');
      const table = await openTable(url);
      expect(table.target.readOnly).toMatch(/^cannot check whether migtop_audit is the audit: /);
      await table.close();
    },
  );

  test('pg_rewrite, which has the rules that an action would run, is named as missing', async ({
    own: { database, url },
  }) => {
    await database.query('REVOKE SELECT ON pg_rewrite FROM PUBLIC');
    await expect(openTable(url)).rejects.toThrow('pg_rewrite');
    await expect(openTable(url, 'public.migration_control')).rejects.not.toThrow('GRANT USAGE ON SCHEMA');
  });
});

test('that are turned off are in a note', async ({ own: { database, url } }) => {
  await database.query(
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET track_counts = off', current_database()); END $$`,
  );
  const table = await openTable(url);
  expect(table.target.notes).toContainEqual(expect.stringMatching(/^track_counts is off: .*--no-cache/));
  await table.close();
});
