import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SeenFailure } from '../../source/domain/acceptance.ts';
import { endedAt } from '../../source/domain/operation.ts';
import type { Snapshot } from '../../source/domain/snapshot.ts';
import type { Triage } from '../../source/domain/triage.ts';
import { noFailures } from '../../source/domain/triage-tally.ts';
import { statusDocument } from '../../source/presentation/status-document.ts';
import { memoryLog, type OpenedTable, openTable } from '../support/control-table.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';

/** Polls until all failures are known, with the reading between the polls. */
async function triaged(table: OpenedTable): Promise<Triage> {
  let snapshot: Snapshot = await table.poll([]);
  for (let steps = 0; steps < 100 && !snapshot.triage?.isWhole; steps++) {
    await table.work();
    snapshot = await table.poll([]);
  }
  expect(snapshot.triage?.isWhole).toBe(true);
  return snapshot.triage ?? noFailures;
}

async function withTable<T>(database: TestDatabase, use: (table: OpenedTable) => Promise<T>): Promise<T> {
  const table = await openTable(database.url);
  try {
    return await use(table);
  } finally {
    await table.close();
  }
}

const counts = ({ failed, unresolved, resolved, accepted }: Triage) => ({ failed, unresolved, resolved, accepted });

describe("the specification's worked example", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase({ examples: true });
  });
  afterAll(() => database?.drop());

  it('says that operation 13 resolves operation 10, in the monitor and in status', async () => {
    await withTable(database, async (table) => {
      const triage = await triaged(table);
      expect(triage.of(10)?.resolution).toEqual({ kind: 'resolved', by: 13 });
      expect(triage.of(10)?.resolvedAt).toBeGreaterThan(triage.of(10)?.failedAt ?? Number.NaN);
      const text = { negated: false, field: 'text', values: [{ literals: ['foreign key'], isExact: false }] } as const;
      expect(await table.passing({ terms: [text] }, [10, 11, 13])).toEqual([10]);
      const document = statusDocument(table.target, await table.report());
      expect(document.summary).toMatchObject({ failed: 1, unresolved: 0 });
      expect(document.failures).toMatchObject([{ id: 10, resolvedBy: 13, accepted: null, sqlState: null }]);
      expect(document.failureKinds).toMatchObject([
        { unresolved: 0, failed: 1, tables: ['case_file_relationships'], workers: [2] },
      ]);
    });
  });

  it('shows what a skip of 10 may cost: the attempt, open operations, and tables that refer to its table', async () => {
    await database.query(`
      CREATE TABLE case_file_relationships (id integer PRIMARY KEY, parent integer REFERENCES case_file_relationships);
      CREATE TABLE annotations (relationship integer REFERENCES case_file_relationships);
      INSERT INTO migration_control (id, phase, table_name, operation, status)
      VALUES (90, 'execution', 'case_file_relationships', 'batch_migration', 'pending')`);
    await withTable(database, async (table) => {
      const failed = (await table.poll([])).failures.find(({ id }) => id === 10);
      if (failed === undefined) return expect.fail('operation 10 is not listed');
      expect(await table.skipCost(failed)).toMatchObject({
        openOperations: 1,
        references: ['annotations'],
        attempt: { kind: 'done', by: 13 },
      });
    });
    await database.query('DELETE FROM migration_control WHERE id = 90');
  });

  it('is unresolved until 13 has completed, and again when 10 fails once more', async () => {
    await database.query(`UPDATE migration_control SET status = 'running', completed_at = NULL WHERE id = 13`);
    await withTable(database, async (table) => {
      const running = (await triaged(table)).of(10);
      expect([running?.resolution, running?.openAttempt]).toEqual([{ kind: 'unresolved' }, 13]);
      await database.query(
        `UPDATE migration_control SET status = 'completed', completed_at = started_at + interval '30 s' WHERE id = 13`,
      );
      await table.poll([]);
      expect((await triaged(table)).of(10)?.resolution.kind).toBe('unresolved');
      await table.work();
      const completed = (await triaged(table)).of(10);
      expect([completed?.resolution, completed?.openAttempt]).toEqual([{ kind: 'resolved', by: 13 }, undefined]);
      await database.query(`UPDATE migration_control SET completed_at = localtimestamp WHERE id = 10`);
      await table.poll([]);
      await table.work();
      expect((await triaged(table)).of(10)?.resolution).toEqual({ kind: 'unresolved' });
    });
  });
});

/** 40 tables of 46 batches; 60 batches failed of five kinds, 24 of them were repeated; and three failed validations. */
const incident = `
  INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, started_at,
    completed_at, error_message, batch_size, worker_id, source_query)
  SELECT 'execution', 'table_' || t, 'batch_migration', CASE WHEN f THEN 'failed' ELSE 'completed' END, 500, 23000,
    timestamp '2026-11-05 08:00' + (b * 40 + t) * interval '1 s', timestamp '2026-11-05 08:01' + (b * 40 + t) * interval '1 s',
    CASE WHEN f THEN CASE t % 5
      WHEN 0 THEN 'ERROR:  deadlock detected' || E'\\nDETAIL:  Process ' || t || ' waits'
      WHEN 1 THEN 'insert or update on table "table_' || t || '" violates foreign key constraint "x_' || t || '"'
      WHEN 2 THEN 'could not receive data from client: Connection reset by peer'
      WHEN 3 THEN 'invalid byte sequence for encoding "UTF8": 0xe9 0x' || 20 + t
      ELSE 'value too long for type character varying(64)' END END,
    500, 1 + t % 30, 'SELECT * FROM legacy.table_' || t || ' ORDER BY id LIMIT 500 OFFSET ' || b * 500
  FROM generate_series(0, 45) b, generate_series(1, 40) t, LATERAL (SELECT b = 44 OR b = 45 AND t <= 20 AS f) failed
  ORDER BY b, t;
  INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, started_at,
    completed_at, batch_size, worker_id, source_query)
  SELECT phase, table_name, 'batch_migration_retry', 'completed', 500, total_records, completed_at + interval '5 min',
    completed_at + interval '6 min', batch_size, worker_id, source_query
  FROM migration_control WHERE status = 'failed' AND error_message ~ 'deadlock|reset' ORDER BY id;
  INSERT INTO migration_control (phase, table_name, operation, status, started_at, completed_at, error_message, source_query)
  SELECT 'validation', 'table_' || t, 'count_verification', CASE WHEN t <= 3 THEN 'failed' ELSE 'completed' END,
    timestamp '2026-11-05 10:00', timestamp '2026-11-05 10:01',
    CASE WHEN t <= 3 THEN 'count mismatch: source ' || t * 100 || ', target ' || t END, 'SELECT COUNT(*) FROM legacy.table_' || t
  FROM generate_series(1, 40) t`;

describe('63 failures of 6 kinds, 24 of them retried', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase({ schema: true });
    await database.query(incident);
  });
  afterAll(() => database?.drop());

  it('are 39 unresolved of 63 failed, by kind, in the monitor and in status', async () => {
    await withTable(database, async (table) => {
      const triage = await triaged(table);
      expect(counts(triage)).toEqual({ failed: 63, unresolved: 39, resolved: 24, accepted: 0 });
      expect(triage.kinds.map(({ kind, unresolved, failed }) => [unresolved, failed, kind])).toEqual([
        [12, 12, 'value too long for type character varying(64)'],
        [12, 12, 'invalid byte sequence for encoding "UTF8"'],
        [12, 12, 'insert or update on table … violates foreign key constraint …'],
        [3, 3, 'count mismatch: source …, target …'],
        [0, 12, 'deadlock detected'],
        [0, 12, 'could not receive data from client: Connection reset by peer'],
      ]);
      expect(triage.unresolvedIn('validation', 'table_1')).toBe(1);
      expect(triage.unresolvedIn('execution', 'table_5')).toBe(0);
      const document = statusDocument(table.target, await table.report());
      expect(document.summary).toMatchObject({ failed: 63, unresolved: 39 });
      expect(document.failures.filter(({ resolvedBy }) => resolvedBy !== null)).toHaveLength(24);
      expect(document.failureKinds.reduce((sum, { failed }) => sum + failed, 0)).toBe(63);
    });
  });

  it('reads the later attempts of all tables at once', async () => {
    await withTable(database, async (table) => {
      const { triage } = await table.poll([]);
      for (let steps = 0; steps < 6; steps++) await table.work();
      expect([triage?.isWhole, (await table.poll([])).triage?.isWhole]).toEqual([false, true]);
    });
  });

  it('follows a retry that completes while the table is watched', async () => {
    await withTable(database, async (table) => {
      await triaged(table);
      await database.query(`
        INSERT INTO migration_control (phase, table_name, operation, status, started_at, completed_at, source_query)
        SELECT phase, table_name, 'batch_migration_retry', 'completed', localtimestamp, localtimestamp, source_query
        FROM migration_control WHERE status = 'failed' AND phase = 'execution' AND error_message ~ 'too long' LIMIT 1`);
      let unresolved = 39;
      for (let polls = 0; polls < 20 && unresolved === 39; polls++) {
        unresolved = (await table.poll([])).triage?.unresolved ?? 39;
        await table.work();
      }
      expect(unresolved).toBe(38);
    });
  });
});

describe.each([
  ['in the audit table', true],
  ['on this machine', false],
])('accepted failures, recorded %s', (_, hasAudit) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase({ schema: true });
    await database.query(incident);
    if (hasAudit) await database.query(await readSql('options/audit.sql'));
  });
  afterAll(() => database?.drop());

  it('are not unresolved, in every session that reads the record, until they fail again', async () => {
    const log = memoryLog();
    const open = () => openTable(database.url, 'migration_control', log);
    const [mine, other, third] = [await open(), await open(), await open()];
    try {
      const before = await triaged(mine);
      const [kind] = before.kinds;
      const ids = before.membersOf(kind?.kind ?? '').slice(0, 3);
      const seen = await failuresOf(mine, ids);
      // One of them changes after it was seen.
      await database.query('UPDATE migration_control SET worker_id = 99 WHERE id = $1', [ids[2]]);
      const outcome = await mine.accept(seen, 'known: the parents come tomorrow', true);
      expect(outcome).toEqual({ applied: seen.slice(0, 2), changed: 1, gone: 0, isLocal: !hasAudit });
      // Its own session shows it with the next poll.
      expect((await mine.poll([])).triage).toMatchObject({ accepted: 2, unresolved: 37 });
      // The first triage that is whole has them: commands that poll until then, as `status --check` and `doctor`, do not count them.
      expect(counts(await triaged(third))).toMatchObject({ accepted: 2, unresolved: 37 });
      for (const table of [mine, other]) {
        const { triage } = await settled(table, (one) => one.isWhole && one.accepted === 2);
        expect(counts(triage)).toEqual({ failed: 63, unresolved: 37, resolved: 24, accepted: 2 });
        expect(triage.of(ids[0] ?? 0)?.resolution).toMatchObject({
          kind: 'accepted',
          who: 'ana@bastion',
          note: 'known: the parents come tomorrow',
        });
      }
      const document = statusDocument(mine.target, await mine.report());
      expect(document.summary).toMatchObject({ failed: 63, unresolved: 37 });
      expect(document.failureKinds.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(2);
      expect(document.failures.find(({ id }) => id === ids[0])?.accepted).toMatchObject({ who: 'ana@bastion' });
      expect(document.activity.filter(({ action }) => action === 'accept')).toMatchObject([
        { outcome: expect.stringMatching(/applied|stale/) },
        { outcome: expect.stringMatching(/applied|stale/) },
        { outcome: expect.stringMatching(/applied|stale/) },
      ]);
      // The operation fails once more: that is a new failure.
      await database.query('UPDATE migration_control SET completed_at = localtimestamp WHERE id = $1', [ids[0]]);
      await settled(other, (one) => one.unresolved === 38);
      await mine.accept(await failuresOf(mine, ids.slice(1, 2)), 'no, they matter', false);
      await settled(mine, (one) => one.unresolved === 39 && one.accepted === 0);
      await settled(other, (one) => one.unresolved === 39 && one.accepted === 0);
    } finally {
      for (const table of [mine, other, third]) await table.close();
    }
  });
});

async function failuresOf(table: OpenedTable, ids: readonly number[]): Promise<SeenFailure[]> {
  const { failures } = await table.poll([]);
  return ids.flatMap((id) =>
    failures.filter((one) => one.id === id).map((one) => ({ ...one, failedAt: endedAt(one) })),
  );
}

/** Polls and reads between the polls until the triage is as expected. */
it('counts the table while the failures are judged, in turn', async () => {
  await using database = await createDatabase({ schema: true });
  // Each piece of the triage reads 10,000 failures.
  await database.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, started_at,
       completed_at, error_message, source_query)
     SELECT 'execution', 'cases', 'batch', 'failed', 1, 100, localtimestamp, localtimestamp, 'deadlock detected',
       'SELECT * FROM cases WHERE id = ' || i
     FROM generate_series(1, 35000) i`,
  );
  await withTable(database, async (table) => {
    let snapshot = await table.poll([]);
    expect(snapshot.coverage.share).toBeLessThan(1);
    for (let step = 0; step < 4; step++) await table.work();
    snapshot = await table.poll([]);
    expect(snapshot.coverage.share).toBeGreaterThan(0.3);
    expect(snapshot.triage?.failed).toBeGreaterThan(10_000);
    expect(snapshot.triage?.isWhole).toBe(false);
    expect((await triaged(table)).unresolved).toBe(35_000);
  });
});

async function settled(table: OpenedTable, isExpected: (triage: Triage) => boolean): Promise<{ triage: Triage }> {
  let triage = noFailures;
  await expect
    .poll(
      async () => {
        await table.work();
        triage = (await table.poll([])).triage ?? noFailures;
        return isExpected(triage);
      },
      { timeout: 30_000 },
    )
    .toBe(true);
  return { triage };
}

it.each([
  ['three failures', ['failed', 'failed', 'failed', 'completed'], { failed: 3, unresolved: 0 }],
  ['a skipped attempt', ['failed', 'skipped', 'completed'], { failed: 1, unresolved: 0 }],
  ['two failures, of which the last was not repeated', ['failed', 'failed'], { failed: 2, unresolved: 2 }],
] as const)('follows the repetitions of the library over %s', async (_, statuses, expected) => {
  await using database = await createDatabase({ schema: true });
  for (const [index, status] of statuses.entries())
    await database.query(
      `INSERT INTO migration_control
         (phase, table_name, operation, status, records_processed, total_records, batch_size, started_at, completed_at, validation_query, error_message)
       VALUES ('execution', 'charges', 'copy', $1, 100, 400, 100, localtimestamp - interval '1 h', localtimestamp - $2 * interval '1 min', $3, $4)`,
      [
        status,
        30 - index,
        `/* migtop run=- counts=own from=${index * 100}${index === 0 ? '' : ` repeats=${index}`} */`,
        status === 'failed' ? 'deadlock detected' : null,
      ],
    );
  await withTable(database, async (table) => {
    expect(await triaged(table)).toMatchObject(expected);
    expect(statusDocument(table.target, await table.report()).summary).toMatchObject(expected);
  });
});

it('names the parent tables of a foreign key, by the constraint of the target tables, with their state', async () => {
  const database = await createDatabase({ schema: true });
  try {
    await database.query(`
      CREATE TABLE parents (id int PRIMARY KEY); CREATE TABLE children (parent int CONSTRAINT to_parents REFERENCES parents);
      INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, completed_at, error_message)
      VALUES ('execution', 'children', 'copy', 'failed', 0, 10, localtimestamp,
          'insert or update on table "children" violates foreign key constraint "to_parents"'),
        ('execution', 'parents', 'copy', 'running', 5, 10, NULL, NULL)`);
    await withTable(database, async (table) => {
      const document = statusDocument(table.target, await table.report());
      expect(document.failureKinds[0]?.suggestion).toBe(
        'a parent row is missing: migrate the parent table first, then retry. Parents: parents is at 50.0%, 1 open',
      );
    });
    await database.query(
      "UPDATE migration_control SET status = 'completed', records_processed = 11 WHERE table_name = 'parents'",
    );
    await withTable(database, async (table) => {
      const document = statusDocument(table.target, await table.report());
      expect(document.failureKinds[0]?.suggestion).toBe(
        'a parent row is missing, although its table has ended: retry if it was copied after the failure; else the source does not have it, or no operation has copied it. Parents: parents is complete',
      );
    });
  } finally {
    await database.drop();
  }
});

it('groups a hundred thousand failures of three kinds, and finds the 2,000 that were retried', async () => {
  const database = await createDatabase({ schema: true });
  try {
    await database.query(`
      INSERT INTO migration_control (phase, table_name, operation, status, worker_id, completed_at, error_message, source_query)
      SELECT 'execution', 'table_' || n % 40, 'copy', 'failed', n % 30, localtimestamp - n * interval '1 ms',
        CASE n % 3 WHEN 0 THEN 'deadlock detected' || E'\\nDETAIL:  Process ' || n WHEN 1 THEN 'record ' || n || ' is broken'
          ELSE 'value too long for type character varying(64)' END,
        'SELECT * FROM t ORDER BY id LIMIT 10 OFFSET ' || n * 10
      FROM generate_series(1, 100000) n;
      INSERT INTO migration_control (phase, table_name, operation, status, completed_at, source_query)
      SELECT 'execution', 'table_' || n % 40, 'copy', 'completed', localtimestamp + interval '1 s',
        'SELECT * FROM t ORDER BY id LIMIT 10 OFFSET ' || n * 10
      FROM generate_series(98001, 110000) n;
      -- The worker library marked this one as a repetition of the first failure.
      INSERT INTO migration_control (phase, table_name, operation, status, completed_at, validation_query)
      SELECT phase, table_name, 'retry_batch_' || id, 'completed', localtimestamp + interval '1 s',
        '/* migtop run=r counts=own repeats=' || id || ' */'
      FROM migration_control WHERE id = 1;
      ANALYZE migration_control`);
    await withTable(database, async (table) => {
      const triage = await triaged(table);
      expect(counts(triage)).toEqual({ failed: 100_000, unresolved: 97_999, resolved: 2_001, accepted: 0 });
      expect(triage.of(100_000)?.resolution).toEqual({ kind: 'resolved', by: 102_000 });
      expect(triage.of(1)?.resolution).toEqual({ kind: 'resolved', by: 112_001 });
      const byKind = (of: Triage) => Object.fromEntries(of.kinds.map(({ kind, failed }) => [kind, failed]));
      expect(byKind(triage)).toEqual({
        'record … is broken': 33_334,
        'deadlock detected': 33_333,
        'value too long for type character varying(64)': 33_333,
      });
      // A new failure is there at the next poll.
      await database.query(
        `INSERT INTO migration_control (phase, table_name, operation, status, completed_at, error_message)
         VALUES ('execution', 'table_1', 'copy', 'failed', localtimestamp, 'record 1 is broken')`,
      );
      const { triage: later } = await settled(table, (one) => one.failed === 100_001);
      expect(byKind(later)['record … is broken']).toBe(33_335);
    });
  } finally {
    await database.drop();
  }
});
