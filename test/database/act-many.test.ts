import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Change, outcomeCounts, type RowOutcome, undoOfBulk } from '../../source/domain/bulk-actions.ts';
import { bulkOf } from '../../source/domain/bulk-key.ts';
import type { Status } from '../../source/domain/operation.ts';
import type { Action } from '../../source/domain/transitions.ts';
import { changesOf as changesOfAll, insertBatches, storedRows } from '../support/bulk.ts';
import { type OpenedTable, openTable } from '../support/control-table.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let table: OpenedTable;
let clients: pg.Client[];

beforeEach(async () => {
  database = await createDatabase({ schema: true });
  table = await openTable(database.url);
  clients = [];
});
afterEach(async () => {
  for (const client of clients) await client.end();
  await table.close();
  await database.drop();
});

async function connect(): Promise<pg.Client> {
  const client = await database.connect();
  clients.push(client);
  return client;
}

const insert = (rows: number, status: Status) => insertBatches(database, rows, status);
const rows = (name?: string) => storedRows(database, name);
const changesOf = (action: Action, name?: string) => changesOfAll(database, action, name);

/** A role that may change the table under policies: the rows that it sees, those that it may change, and what they may become. */
async function restricted({ shown = 'true', changeable = 'true', changed = 'true' }): Promise<string> {
  const role = await database.role({ grants: ['SELECT, UPDATE ON migration_control'] });
  await database.query(`
    ALTER TABLE migration_control ENABLE ROW LEVEL SECURITY;
    CREATE POLICY shown ON migration_control FOR SELECT USING (${shown});
    CREATE POLICY changed ON migration_control FOR UPDATE USING (${changeable}) WITH CHECK (${changed})`);
  return role;
}

const kinds = (outcomes: readonly RowOutcome[]) => Object.fromEntries(outcomeCounts(outcomes));

async function statuses(): Promise<Record<string, number>> {
  const { rows: counts } = await database.query<{ status: string; n: number }>(
    'SELECT status, count(*)::int AS n FROM migration_control GROUP BY status ORDER BY status',
  );
  return Object.fromEntries(counts.map(({ status, n }) => [status, n]));
}

const pause = { action: 'pause', reason: 'the target is full' };

describe.each<[where: string, install: string | null]>([
  ['a local audit', null],
  ['an audit table', 'options/audit.sql'],
])('many actions with %s', (_, install) => {
  beforeEach(async () => {
    if (install === null) return;
    await database.query(await readSql(install));
    await table.inspect();
  });

  /** The outcomes in the audit, by the id of the operation. */
  async function audited(): Promise<Record<string, string>> {
    return Object.fromEntries(
      (await table.activity()).map(({ operationId, outcome }) => [String(operationId), outcome]).reverse(),
    );
  }

  it('change every row that is as the operator saw it, and record each', async () => {
    await insert(450, 'running');
    const seen: number[] = [];
    const outcomes = await table.actMany(await changesOf('pause'), pause, {
      onOutcomes: (some) => seen.push(some.length),
    });
    expect(kinds(outcomes)).toEqual({ applied: 450 });
    expect(outcomes.map(({ change }) => change.transition.id)).toEqual(Array.from({ length: 450 }, (_, n) => n + 1));
    expect(seen).toEqual([200, 200, 50]);
    expect(await statuses()).toEqual({ paused: 450 });
    const now = new Map((await rows()).map(({ id, version }) => [id, version]));
    for (const { change, outcome } of outcomes)
      expect(outcome).toMatchObject({ kind: 'applied', version: now.get(change.transition.id) });
    const activity = await table.activity();
    // More than the newest 200: all of the action that they are a part of.
    expect(activity).toHaveLength(450);
    expect(activity[0]).toMatchObject({
      action: 'pause',
      reason: 'the target is full',
      outcome: 'applied',
    });
    expect(new Set(activity.map(({ key }) => bulkOf(key))).size).toBe(1);
    expect(new Set(Object.values(await audited()))).toEqual(new Set(['applied']));
  });

  it('leave out rows that changed, that are gone, and that are another operation now', async () => {
    await insert(5, 'running');
    const changes = await changesOf('pause');
    await database.query("UPDATE migration_control SET status = 'completed' WHERE id = 2");
    await database.query('DELETE FROM migration_control WHERE id = 3');
    await database.query("UPDATE migration_control SET table_name = 'cases' WHERE id = 4");
    const outcomes = (await table.actMany(changes, pause)).map(({ outcome }) => outcome);
    expect(outcomes).toMatchObject([
      { kind: 'applied' },
      { kind: 'stale', actual: 'completed' },
      { kind: 'gone' },
      { kind: 'changed', now: 'execution cases batch 4' },
      { kind: 'applied' },
    ]);
    expect(await statuses()).toEqual({ completed: 1, paused: 2, running: 1 });
    expect(await audited()).toEqual({ 1: 'applied', 2: 'stale', 3: 'gone', 4: 'changed', 5: 'applied' });
  });

  it('skip rows that another session has locked, without waiting for them', async () => {
    await insert(300, 'running');
    const changes = await changesOf('pause');
    const holder = await connect();
    await holder.query('BEGIN; SELECT FROM migration_control WHERE id % 3 = 0 FOR UPDATE');
    // A single action waits 2 s for a row: with a wait for each of these the test would end at its own time limit.
    const outcomes = await table.actMany(changes, pause);
    expect(kinds(outcomes)).toEqual({ applied: 200, locked: 100 });
    const locked = outcomes.filter(({ outcome }) => outcome.kind === 'locked');
    expect(locked.every(({ change }) => change.transition.id % 3 === 0)).toBe(true);
    await holder.query('COMMIT');
    expect(await statuses()).toEqual({ paused: 200, running: 100 });
  });

  it('keep the others of a chunk if a trigger refuses a row', async () => {
    await insert(60, 'running');
    await database.query(`
      CREATE FUNCTION rule() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.id = ANY (ARRAY[13, 14, 60]) THEN RAISE EXCEPTION 'operation % is needed', NEW.id; END IF;
        RETURN NEW; END $$;
      CREATE TRIGGER rule BEFORE UPDATE ON migration_control FOR EACH ROW EXECUTE FUNCTION rule()`);
    const outcomes = await table.actMany(await changesOf('pause'), pause);
    expect(kinds(outcomes)).toEqual({ applied: 57, refused: 3 });
    expect(outcomes[12]?.outcome).toEqual({ kind: 'refused', reason: 'operation 13 is needed' });
    expect(await statuses()).toEqual({ paused: 57, running: 3 });
    expect(await audited()).toMatchObject({ 12: 'applied', 13: 'refused', 14: 'refused', 60: 'refused' });
  });

  it.each([
    ['drops the change', 'BEFORE UPDATE', 'RETURN CASE WHEN NEW.id = 2 THEN NULL ELSE NEW END;', 'keeps it running'],
    [
      'sets another status',
      'BEFORE UPDATE',
      "IF NEW.id = 2 THEN NEW.status := 'skipped'; END IF; RETURN NEW;",
      'makes it skipped',
    ],
    [
      'sets another status afterwards',
      'AFTER UPDATE',
      `IF NEW.id = 2 AND NEW.status = 'paused' THEN UPDATE migration_control SET status = 'running' WHERE id = 2; END IF;
       RETURN NULL;`,
      'keeps it running',
    ],
    [
      'deletes the row afterwards',
      'AFTER UPDATE',
      'IF NEW.id = 2 THEN DELETE FROM migration_control WHERE id = 2; END IF; RETURN NULL;',
      'deletes it, or gives it another id or name',
    ],
  ])('undo the change of a row if a trigger %s', async (_what, event, body, reason) => {
    await insert(3, 'running');
    await database.query(`
      CREATE FUNCTION rule() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} END $$;
      CREATE TRIGGER rule ${event} ON migration_control FOR EACH ROW EXECUTE FUNCTION rule()`);
    const outcomes = (await table.actMany(await changesOf('pause'), pause)).map(({ outcome }) => outcome);
    expect(outcomes).toMatchObject([
      { kind: 'applied' },
      { kind: 'refused', reason: `a trigger on the table ${reason}` },
      { kind: 'applied' },
    ]);
    expect((await rows()).map(({ status }) => status)).toEqual(['paused', 'running', 'paused']);
    expect(await audited()).toEqual({ 1: 'applied', 2: 'refused', 3: 'applied' });
  });

  it('are undone for the rows that have not changed since', async () => {
    await insert(4, 'failed');
    await database.query('UPDATE migration_control SET completed_at = NULL WHERE id = 1');
    const before = await rows();
    const done = await table.actMany(await changesOf('skip'), { action: 'skip', reason: null });
    expect(kinds(done)).toEqual({ applied: 4 });
    expect((await rows())[0]?.completed).not.toBeNull();
    await database.query('UPDATE migration_control SET batch_size = 5 WHERE id = 3');
    const undone = await table.actMany(undoOfBulk(done), { action: 'undo', reason: null });
    expect(undone.map(({ outcome }) => outcome.kind)).toEqual(['applied', 'applied', 'stale', 'applied']);
    const after = await rows();
    for (const id of [1, 2, 4])
      expect(after[id - 1]).toMatchObject({ status: 'failed', completed: before[id - 1]?.completed });
    expect(after[2]?.status).toBe('skipped');
  });

  it('stop between two messages', async () => {
    await insert(500, 'running');
    const stopping = new AbortController();
    const outcomes = await table.actMany(await changesOf('pause'), pause, {
      signal: stopping.signal,
      onOutcomes: () => stopping.abort(),
    });
    expect(kinds(outcomes)).toEqual({ applied: 200, 'not sent': 300 });
    expect(await statuses()).toEqual({ paused: 200, running: 300 });
  });

  it('stop between two messages of a chunk that is divided', async () => {
    await insert(64, 'running');
    const changes = await changesOf('pause');
    await database.query(`
      CREATE SEQUENCE attempts;
      CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM nextval('attempts'); PERFORM pg_sleep(0.05); RAISE EXCEPTION 'not now'; END $$;
      CREATE TRIGGER fails BEFORE UPDATE ON migration_control FOR EACH STATEMENT EXECUTE FUNCTION fail()`);
    const calls = async () =>
      (await database.query<{ calls: number }>('SELECT last_value::int AS calls FROM attempts WHERE is_called')).rows[0]
        ?.calls ?? 0;
    const stopping = new AbortController();
    const acting = table.actMany(changes, pause, { signal: stopping.signal });
    await vi.waitFor(async () => expect(await calls()).toBeGreaterThan(2), { timeout: 20_000, interval: 5 });
    stopping.abort();
    const outcomes = await acting;
    // Without a stop they would be 127.
    expect(await calls()).toBeLessThan(100);
    expect(outcomes).toHaveLength(64);
    expect(outcomes.at(-1)?.outcome).toEqual({ kind: 'not sent', reason: 'stopped' });
    expect(await statuses()).toEqual({ running: 64 });
  });

  it('change no more rows in a second than they may', async () => {
    await insert(50, 'running');
    const messages: number[] = [];
    const onOutcomes = ({ length }: readonly RowOutcome[]) => messages.push(length);
    await table.actMany(await changesOf('pause'), pause, { rowsPerSecond: 40, onOutcomes });
    expect(messages).toEqual([40, 10]);
    expect(await statuses()).toEqual({ paused: 50 });
  });
});

describe('many actions', () => {
  it('change only the operation that was seen if several have its id', async () => {
    await database.query(`
      CREATE TABLE control (LIKE migration_control, PRIMARY KEY (id, phase)) PARTITION BY LIST (phase);
      CREATE TABLE one PARTITION OF control FOR VALUES IN ('execution'); CREATE TABLE two PARTITION OF control DEFAULT;
      INSERT INTO control (id, phase, table_name, operation, status) VALUES
        (7, 'execution', 'brackets', 'batch', 'running'), (7, 'validation', 'brackets', 'batch', 'running'),
        (8, 'execution', 'brackets', 'batch', 'running')`);
    await using own = await openTable(database.url, 'control');
    const [first, , third] = await changesOf('pause', 'control');
    if (first === undefined || third === undefined) expect.fail('two changes');
    const any: Change = { ...first, transition: { ...first.transition, identity: null } };
    expect((await own.actMany([any, third], pause)).map(({ outcome }) => outcome)).toMatchObject([
      { kind: 'refused', reason: '2 rows have id 7 and are the same operation' },
      { kind: 'applied' },
    ]);
    expect(kinds(await own.actMany([first], pause))).toEqual({ applied: 1 });
    expect((await rows('control')).map(({ id, status }) => `${id} ${status}`)).toEqual([
      '7 paused',
      '7 running',
      '8 paused',
    ]);
  });

  it('are applied although the guard keeps workers from undoing them', async () => {
    await database.query(await readSql('options/guard.sql'));
    await insert(5, 'paused');
    const outcomes = await table.actMany(await changesOf('resume'), { action: 'resume', reason: null });
    expect(kinds(outcomes)).toEqual({ applied: 5 });
    expect(await statuses()).toEqual({ pending: 5 });
  });

  it('name the privilege that is missing, for all rows at once', async () => {
    await insert(300, 'running');
    await using limited = await openTable(await database.role({ grants: ['SELECT ON migration_control'] }));
    const outcomes = await limited.actMany(await changesOf('pause'), pause);
    expect(outcomes).toHaveLength(300);
    for (const { outcome } of outcomes) expect(outcome).toEqual({ kind: 'refused', reason: 'no UPDATE privilege' });
  });

  it('say which rows a policy hides, and which it refuses', async () => {
    await insert(4, 'running');
    const role = await restricted({ shown: 'id <> 2', changeable: 'id <> 3', changed: 'id <> 4' });
    const changes = await changesOf('pause');
    await using limited = await openTable(role);
    const outcomes = (await limited.actMany(changes, pause)).map(({ outcome }) => outcome);
    expect(outcomes).toMatchObject([
      { kind: 'applied' },
      { kind: 'gone' },
      { kind: 'refused', reason: 'a row-level security policy hides it from your updates' },
      { kind: 'refused', reason: expect.stringContaining('a row-level security policy refuses the change') },
    ]);
  });

  it.each(['53100', '58030'])('end when the server cannot write, without trying each row: %s', async (state) => {
    await insert(600, 'running');
    const changes = await changesOf('pause');
    const second = changes[300]?.transition.id;
    // A sequence counts also in a transaction that is rolled back.
    await database.query(`
      CREATE SEQUENCE attempts;
      CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM nextval('attempts');
          RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '${state}';
        END $$;
      CREATE TRIGGER fails BEFORE UPDATE ON migration_control FOR EACH ROW WHEN (OLD.id = ${second}) EXECUTE FUNCTION fail()`);
    const outcomes = await table.actMany(changes, pause);
    expect(kinds(outcomes)).toEqual({ applied: 200, 'not sent': 400 });
    expect(outcomes[599]?.outcome).toMatchObject({ reason: expect.stringContaining('No space left on device') });
    expect(await statuses()).toEqual({ paused: 200, running: 400 });
    const { rows: calls } = await database.query('SELECT last_value::int AS calls FROM attempts');
    expect(calls).toEqual([{ calls: 1 }]);
  });

  it('do not wait for the time limit of each row if every statement exceeds it', async () => {
    await insert(60, 'running');
    const changes = await changesOf('pause');
    await database.query(`
      CREATE SEQUENCE attempts;
      CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM nextval('attempts');
          RAISE EXCEPTION 'canceling statement due to statement timeout' USING ERRCODE = 'query_canceled';
        END $$;
      CREATE TRIGGER slow BEFORE UPDATE ON migration_control FOR EACH STATEMENT EXECUTE FUNCTION slow()`);
    expect(kinds(await table.actMany(changes, pause))).toEqual({ refused: 60 });
    const { rows: calls } = await database.query<{ calls: number }>('SELECT last_value::int AS calls FROM attempts');
    // Without a limit they would be 119.
    expect(calls[0]?.calls).toBeLessThan(40);
  });

  it('say that a policy hides the rows that migtop itself has changed', async () => {
    await insert(2, 'running');
    const role = await restricted({ changeable: "status <> 'paused'" });
    await using limited = await openTable(role);
    expect(kinds(await limited.actMany(await changesOf('pause'), pause))).toEqual({ applied: 2 });
    const resumed = await limited.actMany(await changesOf('resume'), { action: 'resume', reason: null });
    for (const { outcome } of resumed)
      expect(outcome).toEqual({ kind: 'refused', reason: 'a row-level security policy hides it from your updates' });
  });

  it('say that a policy hides the rows after a lock, and that another session holds them during one', async () => {
    await insert(4, 'running');
    const role = await restricted({ changeable: 'id > 3' });
    // One row is locked by one session, one by two together, and one by nobody.
    const lockers = [await connect(), await connect()];
    for (const [index, locker] of lockers.entries())
      await locker.query(`BEGIN; SELECT FROM migration_control WHERE id IN (2, ${[1, 4][index]}) FOR SHARE`);
    await using limited = await openTable(role);
    const of = async () => (await limited.actMany(await changesOf('pause'), pause)).map(({ outcome }) => outcome);
    const hidden = { kind: 'refused', reason: 'a row-level security policy hides it from your updates' };
    expect(await of()).toMatchObject([{ kind: 'locked' }, { kind: 'locked' }, hidden, { kind: 'locked' }]);
    for (const locker of lockers) await locker.query('COMMIT');
    expect(await of()).toMatchObject([hidden, hidden, hidden, { kind: 'applied' }]);
  });

  it('do not wait long for a table that another session has locked', async () => {
    await insert(300, 'running');
    const changes = await changesOf('pause');
    const holder = await connect();
    await holder.query('BEGIN; LOCK TABLE migration_control IN SHARE MODE');
    const stopping = new AbortController();
    const outcomes = await table.actMany(changes, pause, {
      signal: stopping.signal,
      onOutcomes: () => stopping.abort(),
    });
    expect(kinds(outcomes)).toEqual({ refused: 200, 'not sent': 100 });
    expect(outcomes[0]?.outcome).toMatchObject({
      reason: expect.stringMatching(/^table public\.migration_control is locked by pid \d+/),
    });
  });

  it('leave no row out while workers report on the same rows', async () => {
    await insert(2000, 'running');
    const changes = await changesOf('pause');
    const workers = await Promise.all(Array.from({ length: 4 }, connect));
    let isOver = false;
    const working = workers.map(async (client, index) => {
      for (let row = index; !isOver; row = (row + 37) % 2000)
        await client.query(
          "UPDATE migration_control SET records_processed = coalesce(records_processed, 0) + 1 WHERE id = $1 AND status = 'running'",
          [row + 1],
        );
    });
    const outcomes = await table.actMany(changes, pause);
    isOver = true;
    await Promise.all(working);
    const counts = kinds(outcomes);
    expect((counts.applied ?? 0) + (counts.locked ?? 0)).toBe(2000);
    const paused = new Set((await rows()).filter(({ status }) => status === 'paused').map(({ id }) => id));
    for (const { change, outcome } of outcomes)
      expect(paused.has(change.transition.id)).toBe(outcome.kind === 'applied');
  });
});
