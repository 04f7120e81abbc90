import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Operation, Status } from '../../source/domain/operation.ts';
import type { Snapshot } from '../../source/domain/snapshot.ts';
import { keyOfQuery } from '../../source/domain/work-key.ts';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { rowSums } from '../support/totals.ts';

const int4Max = 2_147_483_647;
const nothing: readonly number[] = [];

let database: TestDatabase;
let table: OpenedTable;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  table = await openTable(database.url);
});
beforeEach(() => database.query('TRUNCATE migration_control RESTART IDENTITY'));
afterAll(async () => {
  await table?.close();
  await database?.drop();
});

/** Inserts rows that are like the first execution of `brackets`, but for what is given as SQL; the ids count from 1. */
async function insert(...rows: Record<string, string>[]): Promise<void> {
  for (const row of rows) {
    const full = {
      phase: "'execution'",
      table_name: "'brackets'",
      operation: "'batch'",
      status: "'completed'",
      ...row,
    };
    await database.query(
      `INSERT INTO migration_control (${Object.keys(full).join(', ')}) VALUES (${Object.values(full).join(', ')})`,
    );
  }
}

const ids = (operations: readonly Operation[]) => operations.map(({ id }) => id);
const seconds = (count: number) => `localtimestamp - interval '${count} seconds'`;

describe('the clock', () => {
  it("is the database's own, in the session's zone, as the timestamps are", async () => {
    const { rows } = await database.query<{ before: number }>("SELECT date_part('epoch', localtimestamp) AS before");
    const { takenAt } = await table.poll(nothing);
    const after = await database.query<{ after: number }>("SELECT date_part('epoch', localtimestamp) AS after");
    expect(takenAt).toBeGreaterThanOrEqual(rows[0]?.before ?? Number.NaN);
    expect(takenAt).toBeLessThanOrEqual(after.rows[0]?.after ?? Number.NaN);
  });
});

describe('the totals', () => {
  it('are empty for an empty table', async () => {
    const snapshot = await table.poll(nothing);
    expect(snapshot).toEqual({
      takenAt: expect.any(Number),
      files: expect.any(String),
      server: expect.any(Number),
      totals: [],
      coverage: { share: 1, countedAt: expect.any(Number), isStale: false },
      counts: { running: 0, paused: 0, failed: 0 },
      operations: [],
      failures: [],
      takesWrites: true,
      gained: null,
      history: [],
      sessions: [],
      unreadable: [],
      triage: expect.objectContaining({ failed: 0, unresolved: 0, resolved: 0, accepted: 0, kinds: [], isWhole: true }),
    });
  });

  it('add up the rows of each phase and table', async () => {
    await insert(
      {
        records_processed: '500',
        total_records: '1569',
        batch_size: '500',
        started_at: "'2024-01-15 10:00:15'",
        completed_at: "'2024-01-15 10:00:45'",
      },
      {
        records_processed: '400',
        total_records: '1500',
        batch_size: '450',
        started_at: "'2024-01-15 10:00:45'",
        completed_at: "'2024-01-15 10:01:25'",
      },
      { records_processed: '7', status: "'failed'" },
      { table_name: "'cases'" },
      { phase: "'validation'" },
    );
    const { totals } = await table.poll(nothing);
    const stamp = (text: string) => Date.parse(`2024-01-15T${text}Z`) / 1000;
    expect(totals).toHaveLength(3);
    expect(totals).toContainEqual({
      phase: 'execution',
      tableName: 'brackets',
      statuses: { pending: 0, running: 0, completed: 2, failed: 1, paused: 0, skipped: 0 },
      recordsProcessed: 907,
      totals: 1569 + 1500 + 7,
      rowsWithTotal: 2,
      bare: 1,
      bareOutside: 1,
      completedBare: 0,
      smallestCompletedBare: null,
      evidenceRecords: 900,
      largestEvidence: 500,
      largestProcessed: 500,
      main: rowSums({
        works: 2,
        records: 907,
        totals: 3069,
        evidence: 2,
        completedEvidence: 2,
        largestTotal: 1569,
        smallestTotal: 1500,
        largestLive: 500,
        largestCompleted: 500,
        smallestCompleted: 400,
      }),
      side: rowSums(),
      largestCompleted: 500,
      largestBatch: 500,
      pendingSized: 0,
      pendingSizes: 0,
      rows: [expect.anything(), expect.anything(), expect.anything()],
      hasAllRows: true,
      attempts: [],
      marked: null,
      startedAt: stamp('10:00:15'),
      completedAt: stamp('10:01:25'),
      timedOperations: 2,
      timedRecords: 900,
      timedSeconds: 70,
    });
    expect(totals).toContainEqual(expect.objectContaining({ tableName: 'cases', main: rowSums() }));
    expect(totals).toContainEqual(expect.objectContaining({ phase: 'validation', recordsProcessed: 0 }));
  });

  it('ignore a row of NULLs', async () => {
    await insert({}, { records_processed: '5' });
    expect((await table.poll(nothing)).totals).toEqual([
      {
        phase: 'execution',
        tableName: 'brackets',
        statuses: { pending: 0, running: 0, completed: 2, failed: 0, paused: 0, skipped: 0 },
        recordsProcessed: 5,
        totals: 5,
        rowsWithTotal: 0,
        bare: 1,
        bareOutside: 1,
        completedBare: 1,
        smallestCompletedBare: 5,
        evidenceRecords: 0,
        largestEvidence: null,
        largestProcessed: 5,
        main: rowSums({ records: 5, largestLive: 5 }),
        side: rowSums(),
        largestCompleted: 5,
        largestBatch: null,
        pendingSized: 0,
        pendingSizes: 0,
        rows: [expect.anything(), expect.anything()],
        hasAllRows: true,
        attempts: [],
        marked: null,
        startedAt: null,
        completedAt: null,
        timedOperations: 0,
        timedRecords: 0,
        timedSeconds: 0,
      },
    ]);
  });

  it('exceed the range of one counter', async () => {
    await database.query(`
      INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records)
      SELECT 'execution', 'brackets', 'batch', 'completed', ${int4Max}, ${int4Max} FROM generate_series(1, 5000)`);
    expect((await table.poll(nothing)).totals[0]).toMatchObject({
      statuses: { completed: 5000 },
      recordsProcessed: 5000 * int4Max,
      main: expect.objectContaining({ largestLive: int4Max }),
      totals: 5000 * int4Max,
    });
  });

  it('leave infinite, unordered and implausible timestamps out of the durations, but count their rows', async () => {
    await insert(
      { started_at: "'-infinity'", completed_at: "'infinity'", records_processed: '10' },
      { started_at: "'infinity'", completed_at: "'-infinity'" },
      { started_at: "'2024-01-15 10:00:00'", completed_at: "'2024-01-15 09:00:00'" },
      { started_at: "'2024-01-15 10:00:00'", completed_at: "'2024-01-15 10:00:00'" },
      { started_at: "'4713-01-01 BC'", completed_at: "'294276-12-31'" },
    );
    const [total] = (await table.poll(nothing)).totals;
    expect(total).toMatchObject({
      statuses: { completed: 5 },
      recordsProcessed: 10,
      timedOperations: 0,
      timedRecords: 0,
    });
    expect(total?.startedAt).toBeLessThan(-200_000_000_000);
    expect(total?.completedAt).toBeGreaterThan(9_000_000_000_000);
  });
});

describe('the live operations', () => {
  it('are the running and then the paused ones, with all fields of a list', async () => {
    await insert(
      {
        status: "'running'",
        records_processed: '3',
        total_records: '100',
        batch_size: '10',
        worker_id: '7',
        started_at: "'2024-01-15 10:00:00.5'",
        source_query: "'SELECT 1'",
        validation_query: "'SELECT 2'",
      },
      { status: "'completed'" },
      { status: "'paused'" },
      { status: "'pending'" },
      { status: "'skipped'" },
    );
    const { operations } = await table.poll(nothing);
    expect(ids(operations)).toEqual([1, 3]);
    const { rows } = await database.query<{ version: string }>(
      'SELECT xmin::text AS version FROM migration_control WHERE id = 1',
    );
    expect(operations[0]).toEqual({
      id: 1,
      phase: 'execution',
      tableName: 'brackets',
      operation: 'batch',
      status: 'running',
      recordsProcessed: 3,
      totalRecords: 100,
      startedAt: Date.parse('2024-01-15T10:00:00.500Z') / 1000,
      completedAt: null,
      errorMessage: null,
      batchSize: 10,
      workerId: 7,
      sourceQuery: 'SELECT 1',
      validationQuery: 'SELECT 2',
      queryDigest: expect.any(Number),
      queryKey: keyOfQuery('SELECT 1'),
      version: rows[0]?.version,
      identity: expect.stringMatching(/^[0-9a-f]{12}$/),
    });
  });

  it('include those that started, and possibly ended, since the last poll', async () => {
    await insert({}, { started_at: seconds(4000), completed_at: seconds(2) });
    expect(ids((await table.poll(nothing)).operations)).toEqual([]);
    await insert(
      { started_at: seconds(4), completed_at: seconds(2) },
      { started_at: seconds(4), completed_at: seconds(2), status: "'failed'" },
      { started_at: "'infinity'" },
    );
    // While another session of this server holds a transaction open, older rows may come once more with them.
    expect(ids((await table.poll(nothing)).operations)).toEqual(expect.arrayContaining([3, 4, 5]));
    expect(ids((await table.poll(nothing)).operations)).toEqual([]);
  });

  it('include those that were live at the last poll, in any status', async () => {
    await insert({ status: "'running'" }, { status: "'running'" }, { status: "'running'" }, { status: "'running'" });
    const before = ids((await table.poll(nothing)).operations);
    await database.query("UPDATE migration_control SET status = 'completed' WHERE id = 1");
    await database.query("UPDATE migration_control SET status = 'pending' WHERE id = 2");
    await database.query('DELETE FROM migration_control WHERE id = 3');
    expect(before).toEqual([4, 3, 2, 1]);
    const { operations } = await table.poll(nothing);
    expect(operations.map(({ id, status }) => [id, status]).sort((a, b) => Number(b[0]) - Number(a[0]))).toEqual([
      [4, 'running'],
      [2, 'pending'],
      [1, 'completed'],
    ]);
  });

  it('are all listed, however many others ended', async () => {
    await table.poll(nothing);
    await database.query(`
      INSERT INTO migration_control (phase, table_name, operation, status, started_at)
      SELECT 'execution', 'brackets', 'batch', CASE WHEN n <= 10 THEN 'running' ELSE 'completed' END, localtimestamp
      FROM generate_series(1, 1500) AS n`);
    const { operations, totals } = await table.poll(nothing);
    expect(ids(operations.slice(0, 10))).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(totals[0]?.statuses).toMatchObject({ running: 10, completed: 1490 });
  });

  it('include the watched ones, in any status', async () => {
    await insert({}, {}, { status: "'running'" });
    await table.poll(nothing);
    expect(ids((await table.poll([2, 77])).operations)).toEqual(expect.arrayContaining([2, 3]));
    expect(ids((await table.poll([2])).operations).sort()).toEqual([2, 3]);
    expect(ids((await table.poll(nothing)).operations)).toEqual([3]);
  });

  it('have a new version after every write, even one that changes nothing', async () => {
    await insert({ status: "'running'" });
    const before = (await table.poll(nothing)).operations[0]?.version;
    expect((await table.poll(nothing)).operations[0]?.version).toBe(before);
    await database.query('UPDATE migration_control SET status = status');
    expect((await table.poll(nothing)).operations[0]?.version).not.toBe(before);
  });

  it('show timestamps outside the calendar as infinite', async () => {
    await insert({ status: "'running'", started_at: "'-infinity'", completed_at: "'infinity'" });
    expect((await table.poll(nothing)).operations[0]).toMatchObject({
      startedAt: Number.NEGATIVE_INFINITY,
      completedAt: Number.POSITIVE_INFINITY,
    });
  });
});

describe('the failures', () => {
  it('are newest first, those without a timestamp last', async () => {
    await insert(
      { status: "'failed'", completed_at: "'2024-01-15 10:00:00'" },
      { status: "'failed'", completed_at: "'2024-01-15 12:00:00'" },
      { status: "'failed'" },
      { status: "'failed'", completed_at: "'2024-01-15 11:00:00'" },
      { status: "'failed'", completed_at: "'2024-01-15 11:00:00'" },
      { status: "'skipped'", completed_at: "'2024-01-15 13:00:00'" },
    );
    expect(ids((await table.poll(nothing)).failures)).toEqual([2, 5, 4, 1, 3]);
  });

  it('are cut to the length of a list, and all are counted', async () => {
    await database.query(`
      INSERT INTO migration_control (phase, table_name, operation, status, completed_at)
      SELECT 'execution', 'brackets', 'batch', 'failed', timestamp '2024-01-15' + n * interval '1 second'
      FROM generate_series(1, 1200) AS n`);
    const { failures, totals } = await table.poll(nothing);
    expect(failures).toHaveLength(1000);
    expect([failures[0]?.id, failures.at(-1)?.id]).toEqual([1200, 201]);
    expect(totals[0]?.statuses.failed).toBe(1200);
  });
});

describe('invalid values in a row', () => {
  const constraints = [
    "migration_control_phase_check CHECK (phase IN ('discovery', 'planning', 'mapping', 'execution', 'validation', 'rollback'))",
    "migration_control_status_check CHECK (status IN ('pending', 'running', 'completed', 'failed', 'paused', 'skipped'))",
  ];
  const columns = ['phase', 'table_name', 'operation', 'status'];

  async function withoutConstraints(): Promise<void> {
    await database.query(
      `ALTER TABLE migration_control ${[
        ...constraints.map((each) => `DROP CONSTRAINT ${each.split(' ')[0]}`),
        ...columns.map((each) => `ALTER ${each} DROP NOT NULL`),
      ].join(', ')}`,
    );
  }
  afterEach(async () => {
    await database.query('TRUNCATE migration_control');
    await database.query(
      `ALTER TABLE migration_control ${[
        ...constraints.flatMap((each) => [`DROP CONSTRAINT IF EXISTS ${each.split(' ')[0]}`, `ADD CONSTRAINT ${each}`]),
        ...columns.map((each) => `ALTER ${each} SET NOT NULL`),
      ].join(', ')}`,
    );
  });

  it('counts rows of an unknown status or phase as unreadable, and names the value', async () => {
    await withoutConstraints();
    await insert({ status: "'RUNNING'" }, { status: "'RUNNING'" }, { phase: "'cutover'" }, { status: 'NULL' }, {});
    const { totals, unreadable } = await table.poll(nothing);
    expect(totals.map(({ statuses }) => statuses.completed)).toEqual([1]);
    expect(unreadable).toHaveLength(3);
    expect(unreadable).toContainEqual({
      kind: 'rows',
      operations: 2,
      problem: 'status is "RUNNING", which migtop does not know',
    });
    expect(unreadable).toContainEqual({
      kind: 'rows',
      operations: 1,
      problem: 'phase is "cutover", which migtop does not know',
    });
    expect(unreadable).toContainEqual({
      kind: 'rows',
      operations: 1,
      problem: 'status is empty, which migtop does not know',
    });
  });

  it('names an unreadable running row by its id, in addition to its total', async () => {
    await withoutConstraints();
    await insert({ status: "'running'", operation: 'NULL' }, { status: "'running'", table_name: 'NULL' });
    const { operations, unreadable } = await table.poll(nothing);
    expect(operations).toEqual([]);
    expect(unreadable.map((one) => [one.kind === 'row' ? one.id : null, one.problem])).toEqual(
      expect.arrayContaining([
        [1, 'operation is not a text'],
        [2, 'table_name is not a text'],
        [null, 'table_name is not a text'],
      ]),
    );
  });

  it('cleans a hostile value before it names it', async () => {
    await withoutConstraints();
    await insert({ status: "E'\\x1b]52;c;aGVsbG8=\\x07running\\x1b[31m'" });
    expect((await table.poll(nothing)).unreadable[0]?.problem).toBe(
      String.raw`status is "\u001b]52;c;aGVsbG8=\u0007running\u001b[31m", which migtop does not know`,
    );
  });

  it('fetches no more of a text than a list shows, however long it is', async () => {
    await withoutConstraints();
    await insert({
      status: "'failed'",
      // An index holds no more than this.
      table_name: "repeat('t', 2000)",
      operation: "repeat('o', 1000000)",
      error_message: "repeat('é', 2500000)",
      source_query: "repeat('s', 1000000)",
      validation_query: "repeat('v', 1000000)",
    });
    const {
      failures: [failure],
      totals: [total],
    } = await table.poll(nothing);
    expect(failure?.errorMessage).toBe('é'.repeat(400));
    expect([failure?.tableName.length, failure?.operation.length]).toEqual([200, 200]);
    expect([failure?.sourceQuery?.length, failure?.validationQuery?.length]).toEqual([400, 120]);
    expect(total?.tableName).toHaveLength(200);
  });

  it('removes control sequences, bidi controls and line ends from every text', async () => {
    const hostile = "E'a\\x1b]0;owned\\x07b\\x1b[2Jc\\u009b31md\\u202Ee\\nf\\rg\\x00h'".replace('\\x00', '\\x08');
    await insert({
      status: "'failed'",
      table_name: hostile,
      operation: hostile,
      error_message: hostile,
      source_query: hostile,
      validation_query: hostile,
    });
    const { failures, totals } = await table.poll(nothing);
    // In a name each character counts: two tables never look the same.
    const tableName = String.raw`a\u001b]0;owned\u0007b\u001b[2Jc\u009b31md\u202ee\u000af\u000dg\u0008h`;
    expect(failures[0]).toMatchObject({ tableName, operation: tableName });
    expect(failures[0]).toMatchObject(
      Object.fromEntries(['errorMessage', 'sourceQuery', 'validationQuery'].map((key) => [key, 'abcde f gh'])),
    );
    expect(totals[0]?.tableName).toBe(tableName);
  });

  it('returns negative and contradictory figures unchanged', async () => {
    await insert({
      status: "'running'",
      records_processed: String(-int4Max - 1),
      total_records: '-1',
      batch_size: '0',
      worker_id: '-7',
    });
    expect((await table.poll(nothing)).operations[0]).toMatchObject({
      recordsProcessed: -int4Max - 1,
      totalRecords: -1,
      batchSize: 0,
      workerId: -7,
    });
  });
});

describe('one poll', () => {
  it('is one snapshot: the totals agree with the rows while a writer changes their status', async () => {
    await database.query(`
      INSERT INTO migration_control (phase, table_name, operation, status, records_processed, started_at)
      SELECT 'execution', 'table ' || n % 3, 'batch', CASE WHEN n % 2 = 0 THEN 'running' ELSE 'failed' END, n, localtimestamp
      FROM generate_series(1, 60) AS n`);
    const writer = await database.connect();
    let isOver = false;
    let writes = 0;
    // Each transaction turns rows from running to failed and back, and changes their records: the sum stays.
    const writing = (async () => {
      while (!isOver) {
        await writer.query('BEGIN');
        await writer.query(
          "UPDATE migration_control SET status = CASE status WHEN 'running' THEN 'failed' ELSE 'running' END WHERE id % 7 = $1",
          [writes % 7],
        );
        await writer.query('UPDATE migration_control SET records_processed = 61 - records_processed');
        await writer.query('COMMIT');
        writes++;
      }
    })();
    try {
      let different = 0;
      let last = '';
      const check = ({ totals, operations: brought, failures }: Snapshot) => {
        const operations = brought.filter(({ status }) => status === 'running');
        const count = (status: Status) => totals.reduce((sum, total) => sum + total.statuses[status], 0);
        const sum = (rows: readonly { recordsProcessed: number | null }[]) =>
          rows.reduce((total, row) => total + (row.recordsProcessed ?? 0), 0);
        expect([count('running'), count('failed')]).toEqual([operations.length, failures.length]);
        expect(operations.length + failures.length).toBe(60);
        expect(sum(totals)).toBe(1830);
        expect(sum(operations) + sum(failures)).toBe(1830);
        const shape = JSON.stringify(totals);
        if (shape !== last) different++;
        last = shape;
      };
      // Until enough polls have fallen between the writer's transactions to test anything.
      for (let polls = 0; polls < 200 || different < 50; polls++) check(await table.poll(nothing));
      expect(writes).toBeGreaterThan(0);
    } finally {
      isOver = true;
      await writing;
      await writer.end();
    }
  });
});

describe('the sessions', () => {
  it('are those of workers that set their application name, with what they wait for', async () => {
    await insert({ status: "'running'" });
    const [worker, holder, stranger] = await Promise.all([database.connect(), database.connect(), database.connect()]);
    try {
      await stranger.query("SET application_name = 'migtop run= worker=x operation=1'");
      await worker.query("SET application_name = 'migtop run=night worker=7 operation=1 paused'");
      await holder.query('BEGIN; UPDATE migration_control SET batch_size = 1 WHERE id = 1');
      const waiting = worker.query('UPDATE migration_control SET batch_size = 2 WHERE id = 1');
      const pidOf = async (client: typeof holder) => (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
      const holderPid = await pidOf(holder);
      let { sessions } = await table.poll(nothing);
      while (sessions[0]?.blockedBy.length === 0) ({ sessions } = await table.poll(nothing));
      expect(sessions).toEqual([
        { run: 'night', workerId: 7, operationId: 1, paused: true, pid: expect.any(Number), blockedBy: [holderPid] },
      ]);
      await holder.query('ROLLBACK');
      await waiting;
    } finally {
      await Promise.all([worker.end(), holder.end(), stranger.end()]);
    }
  });
});

describe('the first poll', () => {
  it.each([
    [4000, 4000, 1],
    [6000, 1000, 0],
  ])('of a table with %d rows counts %d', async (rows, counted, share) => {
    await database.query(`
      INSERT INTO migration_control (phase, table_name, operation, status)
      SELECT 'execution', 'brackets', 'batch', 'completed' FROM generate_series(1, ${rows})`);
    await database.query('ANALYZE migration_control');
    await using opened = await openTable(database.url);
    const { totals, coverage } = await opened.poll(nothing);
    expect(totals[0]?.statuses.completed).toBe(counted);
    expect(Math.floor(coverage.share)).toBe(share);
  });
});
