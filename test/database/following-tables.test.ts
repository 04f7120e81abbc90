import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unreadableCount } from '../../source/domain/operation.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { changesQueries, type FollowedTable, followTable, sentRows } from '../support/followed-table.ts';

let database: TestDatabase;
let followed: FollowedTable;

beforeEach(async () => {
  database = await createDatabase({ schema: true });
});
afterEach(async () => {
  await followed?.close();
  await database?.drop();
});

/** Rows of a finished migration, except for the last ten, which are pending. */
const fill = (rows: number, table = 'migration_control', columns = '', values = '') => `
  INSERT INTO ${table} (${columns} phase, table_name, operation, status, records_processed, total_records, started_at, completed_at,
    batch_size, worker_id)
  SELECT ${values} 'execution', 'table ' || n % 3, 'batch', CASE WHEN n > ${rows - 10} THEN 'pending' WHEN n % 500 = 0 THEN 'failed'
      WHEN n % 700 = 0 THEN 'running' ELSE 'completed' END,
    CASE WHEN n <= ${rows - 10} THEN n % 91 END, 500,
    CASE WHEN n <= ${rows - 10} THEN localtimestamp - interval '2 days' + n * interval '1 second' END,
    CASE WHEN n <= ${rows - 10} AND n % 700 > 0 THEN localtimestamp - interval '2 days' + n * interval '1.5 second' END, 100, n % 4
  FROM generate_series(1, ${rows}) AS n`;

const schema = `(id int, phase varchar, table_name varchar, operation varchar, status varchar, records_processed int,
  total_records int, started_at timestamp, completed_at timestamp, error_message text, batch_size int, worker_id int,
  source_query text, validation_query text`;

const run = (...statements: string[]) => database.query(statements.join(';\n'));

/** Changes of workers to the newest rows: some start, some end, some are added. */
async function workOnIt(table = 'migration_control'): Promise<void> {
  await run(
    `UPDATE ${table} SET status = 'completed', completed_at = localtimestamp, records_processed = 33
       WHERE id IN (SELECT id FROM ${table} WHERE status = 'running' ORDER BY id LIMIT 2)`,
    `UPDATE ${table} SET status = 'running', started_at = localtimestamp
       WHERE id IN (SELECT id FROM ${table} WHERE status = 'pending' ORDER BY id LIMIT 3)`,
    `UPDATE ${table} SET status = 'failed', completed_at = localtimestamp
       WHERE id IN (SELECT id FROM ${table} WHERE status = 'running' ORDER BY id DESC LIMIT 1)`,
  );
}

describe('a table that loses its rows', () => {
  beforeEach(async () => {
    await run(fill(6000));
    followed = await followTable(database.url);
    await followed.expectExact();
  });

  it.each<[what: string, statements: string[]]>([
    ['the newest hundred deleted', ['DELETE FROM migration_control WHERE id > 5900']],
    ['the newest thousand deleted', ['DELETE FROM migration_control WHERE id > 5000']],
    ['all of them deleted', ['DELETE FROM migration_control']],
    ['all deleted, and new ones added', ['DELETE FROM migration_control', fill(20)]],
    [
      'all deleted, and loaded again with the same ids',
      ['DELETE FROM migration_control', `SELECT setval('migration_control_id_seq', 1, false)`, fill(5990)],
    ],
    ['truncated', ['TRUNCATE migration_control']],
    [
      'truncated, and loaded again with the same ids',
      ['TRUNCATE migration_control RESTART IDENTITY', fill(6000), `UPDATE migration_control SET records_processed = 1`],
    ],
    ['truncated, and loaded with more', ['TRUNCATE migration_control RESTART IDENTITY', fill(7000)]],
    [
      'dropped, created and loaded again',
      [
        'CREATE TABLE copy (LIKE migration_control INCLUDING ALL)',
        'INSERT INTO copy SELECT * FROM migration_control WHERE id % 2 = 0',
        'ALTER SEQUENCE migration_control_id_seq OWNED BY copy.id',
        'DROP TABLE migration_control',
        'ALTER TABLE copy RENAME TO migration_control',
      ],
    ],
    ['rewritten by VACUUM FULL', ['VACUUM FULL migration_control']],
    ['rewritten by CLUSTER', ['CLUSTER migration_control USING migration_control_pkey']],
    ['rewritten for a new column', ['ALTER TABLE migration_control ADD COLUMN note float DEFAULT random()']],
    ['given a new column', ['ALTER TABLE migration_control ADD COLUMN note text']],
    [
      'given larger figures',
      [
        'ALTER TABLE migration_control ALTER records_processed TYPE bigint, ALTER id TYPE bigint',
        'UPDATE migration_control SET records_processed = 5000000000 WHERE id = 700',
      ],
    ],
    [
      'given timestamps with a zone',
      ['ALTER TABLE migration_control ALTER started_at TYPE timestamptz, ALTER completed_at TYPE timestamptz'],
    ],
    ['without its index on the status', ['DROP INDEX idx_migration_control_status']],
    ['without its index on the start', ['DROP INDEX idx_migration_control_started_at']],
    [
      'with old ids used again',
      [
        `SELECT setval('migration_control_id_seq', 100, false)`,
        'DELETE FROM migration_control WHERE id BETWEEN 100 AND 160',
        fill(50),
      ],
    ],
    ['frozen', ['VACUUM (FREEZE) migration_control']],
    ['analyzed', ['ANALYZE migration_control']],
  ])('%s', async (_, statements) => {
    for (const statement of statements) await run(statement);
    await followed.expectHonest();
    await followed.poll();
    // Only counting finds that a row was deleted long after it ended.
    followed.pass(31);
    await followed.expectExact();
    await workOnIt();
    await followed.expectHonest();
    await followed.expectExact();
  });

  it('shows another table of that name, and no totals of the previous one', async () => {
    await run('TRUNCATE migration_control', fill(20));
    const { totals } = await followed.poll();
    expect(totals.reduce((all, { statuses }) => all + statuses.pending + statuses.completed, 0)).toBe(20);
  });

  it('is not read again because of VACUUM FREEZE', async () => {
    await run('VACUUM (FREEZE) migration_control');
    await followed.poll();
    await followed.poll();
    expect(sentRows(followed.sent)).toBe(0);
  });
});

describe('a bulk load', () => {
  it('of more rows than a poll reads is counted', async () => {
    await run(fill(2000));
    followed = await followTable(database.url);
    await followed.expectExact();
    await run(fill(25_000));
    await followed.expectHonest();
    await workOnIt();
    await followed.expectExact();
  });

  it('and an update of all rows are counted', async () => {
    await run(fill(60_000));
    followed = await followTable(database.url);
    await followed.expectExact();
    await run(
      `UPDATE migration_control SET records_processed = coalesce(records_processed, 0) + 1, started_at = localtimestamp`,
    );
    await followed.expectHonest();
    followed.pass(31);
    await followed.expectExact();
    await run(
      `UPDATE migration_control SET status = CASE WHEN id % 200 = 0 THEN 'failed' ELSE 'skipped' END WHERE id % 8 = 0`,
    );
    await followed.expectHonest();
    followed.pass(31);
    await followed.expectExact();
  });
});

describe('a partitioned table', () => {
  beforeEach(() => run('DROP TABLE migration_control'));

  async function partitioned(by: string, key: string, ...parts: string[]): Promise<void> {
    await run(`CREATE TABLE migration_control ${schema}, PRIMARY KEY (${key})) PARTITION BY ${by}`, ...parts);
    await run('CREATE SEQUENCE ids', `ALTER TABLE migration_control ALTER id SET DEFAULT nextval('ids')`);
    await run('CREATE INDEX ON migration_control (status)', 'CREATE INDEX ON migration_control (started_at)');
  }

  it('by ranges of ids, of which one is attached, detached or dropped between two polls', async () => {
    await partitioned(
      'RANGE (id)',
      'id',
      'CREATE TABLE low PARTITION OF migration_control FOR VALUES FROM (MINVALUE) TO (2000)',
      'CREATE TABLE middle PARTITION OF migration_control FOR VALUES FROM (2000) TO (4000)',
      'CREATE TABLE high PARTITION OF migration_control FOR VALUES FROM (4000) TO (MAXVALUE)',
    );
    await run(fill(6000));
    followed = await followTable(database.url);
    await followed.expectExact();
    for (const change of [
      'ALTER TABLE migration_control DETACH PARTITION middle',
      'ALTER TABLE migration_control ATTACH PARTITION middle FOR VALUES FROM (2000) TO (4000)',
      'DROP TABLE middle',
      'CREATE TABLE middle PARTITION OF migration_control FOR VALUES FROM (2000) TO (4000)',
      'TRUNCATE low',
      'VACUUM FULL high',
    ]) {
      await run(change);
      await followed.expectHonest();
      await workOnIt();
      await followed.expectExact();
    }
  });

  it('by status, so that each change moves a row to another partition', async () => {
    await partitioned(
      'LIST (status)',
      'id, status',
      `CREATE TABLE done PARTITION OF migration_control FOR VALUES IN ('completed', 'skipped')`,
      `CREATE TABLE busy PARTITION OF migration_control FOR VALUES IN ('running', 'paused')`,
      'CREATE TABLE rest PARTITION OF migration_control DEFAULT',
    );
    await run(fill(3000));
    followed = await followTable(database.url);
    // Its key is of id and status: an id may be there once for each status, so all of it is counted at each poll.
    expect(followed.table.target.isFollowable).toBe(false);
    await followed.expectExact();
    for (let n = 0; n < 6; n++) {
      await workOnIt();
      await followed.expectHonest();
      await followed.expectExact();
    }
    await run(`UPDATE migration_control SET status = 'pending' WHERE status = 'failed'`);
    await followed.expectHonest();
    await followed.expectExact();
    await run('TRUNCATE busy');
    await followed.expectHonest();
    await followed.expectExact();
  });

  it('by two levels', async () => {
    await partitioned(
      'RANGE (id)',
      'id, status',
      'CREATE TABLE low PARTITION OF migration_control FOR VALUES FROM (MINVALUE) TO (2000)',
      'CREATE TABLE high PARTITION OF migration_control FOR VALUES FROM (2000) TO (MAXVALUE) PARTITION BY LIST (status)',
      `CREATE TABLE high_done PARTITION OF high FOR VALUES IN ('completed', 'skipped')`,
      'CREATE TABLE high_rest PARTITION OF high DEFAULT',
    );
    await run(fill(3000));
    followed = await followTable(database.url);
    await followed.expectExact();
    await workOnIt();
    await followed.expectHonest();
    await followed.expectExact();
    await run('TRUNCATE high_done');
    await followed.expectHonest();
    await workOnIt();
    await followed.expectExact();
  });

  it('by inheritance, as before PostgreSQL 10', async () => {
    await run(
      `CREATE TABLE migration_control ${schema}, PRIMARY KEY (id))`,
      'CREATE TABLE newer (CHECK (id > 2000), PRIMARY KEY (id)) INHERITS (migration_control)',
      'CREATE INDEX ON migration_control (status)',
      'CREATE INDEX ON newer (status)',
      fill(2000, 'migration_control', 'id,', 'n,'),
      fill(2000, 'newer', 'id,', 'n + 2000,'),
    );
    followed = await followTable(database.url);
    await followed.expectExact();
    await workOnIt();
    await followed.expectHonest();
    await followed.expectExact();
    await run('TRUNCATE newer');
    await followed.expectHonest();
    await workOnIt();
    await followed.expectExact();
  });
});

describe('rows without a version', () => {
  beforeEach(() => run('ALTER TABLE migration_control RENAME TO operations', fill(3000, 'operations')));

  async function watchIt(hasVersions: boolean): Promise<void> {
    followed = await followTable(database.url);
    expect(followed.table.target).toMatchObject({ isFollowable: true, hasVersions });
    expect(followed.table.target.readOnly).toMatch(
      /^public\.migration_control is (a materialized view: its rows cannot be updated|a (view|foreign table): its rows have no versions to compare\. )/,
    );
    await followed.expectExact();
  }

  it('of a view are read again while they may have changed, and compared', async () => {
    await run('CREATE VIEW migration_control AS SELECT * FROM operations');
    await watchIt(false);
    for (let n = 0; n < 3; n++) {
      await workOnIt('operations');
      await followed.expectHonest();
      await followed.expectExact();
    }
    await run(
      `UPDATE operations SET status = 'pending' WHERE status = 'failed'`,
      'DELETE FROM operations WHERE id > 2900',
    );
    await followed.expectHonest();
    await followed.expectExact();
  });

  it('of a foreign table too', async () => {
    const url = new URL(database.url);
    await run(
      'CREATE EXTENSION postgres_fdw',
      `CREATE SERVER here FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '${url.hostname}', port '${url.port}', dbname '${database.name}')`,
      `CREATE USER MAPPING FOR CURRENT_USER SERVER here OPTIONS (user '${url.username}', password '${url.password}')`,
      `CREATE FOREIGN TABLE migration_control ${schema}) SERVER here OPTIONS (table_name 'operations')`,
    );
    await watchIt(false);
    for (let n = 0; n < 3; n++) {
      await workOnIt('operations');
      await followed.expectHonest();
      await followed.expectExact();
    }
  });

  it('of a partition that is a foreign table', async () => {
    const url = new URL(database.url);
    await run(
      'CREATE EXTENSION postgres_fdw',
      `CREATE SERVER here FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '${url.hostname}', port '${url.port}', dbname '${database.name}')`,
      `CREATE USER MAPPING FOR CURRENT_USER SERVER here OPTIONS (user '${url.username}', password '${url.password}')`,
      `CREATE TABLE migration_control ${schema}) PARTITION BY RANGE (id)`,
      `CREATE FOREIGN TABLE far PARTITION OF migration_control FOR VALUES FROM (MINVALUE) TO (5000) SERVER here OPTIONS (table_name 'operations')`,
      'CREATE TABLE near PARTITION OF migration_control FOR VALUES FROM (5000) TO (MAXVALUE)',
      fill(100, 'near', 'id,', '5000 + n,'),
    );
    followed = await followTable(database.url);
    // No key can span a foreign partition.
    expect(followed.table.target).toMatchObject({ isFollowable: false, hasVersions: false });
    await followed.expectExact();
    await workOnIt('operations');
    await workOnIt('near');
    await followed.expectHonest();
    await followed.expectExact();
  });

  it('are not those of a materialized view, whose rows are new at each refresh', async () => {
    await run(
      'CREATE MATERIALIZED VIEW migration_control AS SELECT * FROM operations',
      'CREATE UNIQUE INDEX ON migration_control (id)',
    );
    await watchIt(true);
    await workOnIt('operations');
    await followed.expectExact();
    await run('REFRESH MATERIALIZED VIEW migration_control');
    await followed.expectHonest();
    await followed.expectExact();
    await workOnIt('operations');
    await run('REFRESH MATERIALIZED VIEW CONCURRENTLY migration_control');
    await followed.expectHonest();
    await followed.expectExact();
  });
});

describe('a table without a key', () => {
  it('is counted completely at each poll, including duplicate ids', async () => {
    await run(
      'ALTER TABLE migration_control DROP CONSTRAINT migration_control_pkey',
      fill(3000),
      fill(1000),
      'UPDATE migration_control SET id = id % 1000',
    );
    followed = await followTable(database.url);
    expect(followed.table.target).toMatchObject({
      isFollowable: false,
      readOnly: 'public.migration_control has no primary key: its ids may repeat',
    });
    await followed.expectExact();
    await workOnIt();
    await followed.expectExact();
    expect(changesQueries(followed.sent)).toEqual([]);
  });

  it('is followed as soon as it has a key', async () => {
    await run('ALTER TABLE migration_control DROP CONSTRAINT migration_control_pkey', fill(1000));
    followed = await followTable(database.url);
    await followed.expectExact();
    await run('ALTER TABLE migration_control ADD PRIMARY KEY (id)');
    await followed.table.inspect();
    await followed.expectExact();
    await workOnIt();
    await followed.expectExact();
    expect(changesQueries(followed.sent)).not.toEqual([]);
  });
});

describe('a hostile table', () => {
  it('may have unknown phases and statuses, and change them between two polls', async () => {
    await run(
      'ALTER TABLE migration_control DROP CONSTRAINT migration_control_phase_check, DROP CONSTRAINT migration_control_status_check',
      fill(3000),
      `UPDATE migration_control SET status = 'done' WHERE id % 10 = 0`,
      `UPDATE migration_control SET phase = 'party' WHERE id % 21 = 0`,
    );
    followed = await followTable(database.url);
    for (const change of [
      'SELECT 1',
      `UPDATE migration_control SET status = 'completed' WHERE id IN (10, 20, 2100)`,
      `UPDATE migration_control SET status = 'done' WHERE status = 'running'`,
      `UPDATE migration_control SET status = 'running', started_at = localtimestamp WHERE id IN (30, 40, 42)`,
      `UPDATE migration_control SET status = 'weird' WHERE id > 2990`,
      `UPDATE migration_control SET phase = 'party' WHERE status = 'failed'`,
      `UPDATE migration_control SET phase = 'execution' WHERE phase = 'party'`,
      `INSERT INTO migration_control (phase, table_name, operation, status) VALUES ('party', 'x', 'x', 'running'), ('execution', 'x', 'x', 'odd')`,
    ]) {
      await run(change);
      followed.pass(31);
      const { unreadable } = await followed.expectExact();
      const { rows } = await database.query<{ count: number }>(
        `SELECT count(*)::int FROM migration_control WHERE phase NOT IN ('execution')
           OR status NOT IN ('pending', 'running', 'completed', 'failed', 'paused', 'skipped')`,
      );
      expect(unreadableCount(unreadable)).toBe(rows[0]?.count);
    }
  });

  it.each<[what: string, id: string]>([
    ['negative', '-5000 + n'],
    ['far apart', 'n * 1000000000000'],
    ['scattered', '(n * 7919 % 3001) * 2000000000000 - 3000000000000000'],
    ['about zero', 'n - 1500'],
  ])('may have ids that are %s', async (_, id) => {
    await run('ALTER TABLE migration_control ALTER id TYPE bigint', fill(3000, 'migration_control', 'id,', `${id},`));
    followed = await followTable(database.url);
    await followed.expectExact();
    await workOnIt();
    await followed.expectHonest();
    await run('DELETE FROM migration_control WHERE id IN (SELECT id FROM migration_control ORDER BY id DESC LIMIT 5)');
    await followed.expectHonest();
    await followed.expectExact();
  });

  it('may have ids above 2^53, which are counted and not listed', async () => {
    await run(
      'ALTER TABLE migration_control ALTER id TYPE bigint',
      fill(3000, 'migration_control', 'id,', '9223372036854775807 - 3000 + n,'),
      fill(1000, 'migration_control', 'id,', 'n,'),
      fill(1000, 'migration_control', 'id,', '-9223372036854775808 + n - 1,'),
    );
    followed = await followTable(database.url);
    const { unreadable } = await followed.expectExact();
    expect(unreadable.map(({ problem }) => problem)).toContain('id is greater than 2^53');
    for (let n = 0; n < 3; n++) {
      await workOnIt();
      await followed.poll();
      followed.pass(31);
      await followed.expectExact();
    }
  });

  it('may have rows of NULLs only', async () => {
    await run(
      'CREATE TABLE empty (LIKE migration_control)',
      ...['id', 'phase', 'table_name', 'operation', 'status'].map(
        (column) => `ALTER TABLE empty ALTER ${column} DROP NOT NULL`,
      ),
      'DROP TABLE migration_control',
      'ALTER TABLE empty RENAME TO migration_control',
      'CREATE UNIQUE INDEX ON migration_control (id)',
      'INSERT INTO migration_control SELECT FROM generate_series(1, 20)',
    );
    followed = await followTable(database.url);
    await followed.poll();
    await run(`INSERT INTO migration_control (id) SELECT generate_series(1, 20)`);
    await followed.poll();
    await run(
      `UPDATE migration_control SET phase = 'execution', status = 'running', table_name = 'x', operation = 'y' WHERE id < 5`,
    );
    await followed.poll();
    followed.pass(31);
    await followed.expectExact();
  });

  it('may have rows of five thousand tables', async () => {
    await run(fill(10_000), `UPDATE migration_control SET table_name = 'table ' || id % 5000`);
    followed = await followTable(database.url);
    await followed.expectExact();
    await workOnIt();
    await followed.expectHonest();
    await followed.expectExact();
  });

  it('may have any name, and rows of tables with any name', async () => {
    await run(
      'CREATE SCHEMA "Mig""ration $1"',
      'ALTER TABLE migration_control SET SCHEMA "Mig""ration $1"',
      `ALTER TABLE "Mig""ration $1".migration_control RENAME TO "it's a ""table"""`,
    );
    const named = `"Mig""ration $1"."it's a ""table"""`;
    await run(fill(1000, named), `UPDATE ${named} SET table_name = E'q''u"o\\\\te\\n' || id % 3 WHERE id % 5 = 0`);
    followed = await followTable(database.url, named);
    await followed.expectExact();
    await workOnIt(named);
    await followed.expectHonest();
    await followed.expectExact();
    await run(`TRUNCATE ${named}`);
    await followed.expectExact();
  });

  it('may have timestamps that are no time', async () => {
    await run(
      fill(1000),
      `UPDATE migration_control SET started_at = 'infinity' WHERE id % 7 = 0`,
      `UPDATE migration_control SET started_at = '-infinity', completed_at = 'infinity' WHERE id % 11 = 0`,
      `UPDATE migration_control SET started_at = '290000-01-01', completed_at = '4000-01-01 BC' WHERE id % 13 = 0`,
    );
    followed = await followTable(database.url);
    await followed.expectExact();
    await workOnIt();
    await followed.expectHonest();
    await followed.expectExact();
  });
});
