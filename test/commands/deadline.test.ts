import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StatusDocument } from '../../source/presentation/status-document.ts';
import { runCommand } from '../support/command.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createGrowingView } from '../support/growing-view.ts';

let database: TestDatabase;

beforeEach(async () => {
  database = await createDatabase({ schema: true });
});
afterEach(() => database?.drop());

/** A view of a worker that processes 800 of 100,000 records a second, and of failed, paused and pending operations. */
async function migrating(): Promise<void> {
  await database.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, batch_size,
       worker_id, started_at, completed_at)
     VALUES ('execution', 'persons', 'batch', 'running', 20000, 100000, 500, 1, localtimestamp, NULL),
       ('execution', 'persons', 'batch', 'failed', 10, 100000, 500, 2, localtimestamp, localtimestamp),
       ('execution', 'persons', 'batch', 'paused', 10, 100000, 500, 3, localtimestamp, NULL),
       ('validation', 'persons', 'count', 'pending', NULL, 100000, NULL, NULL, NULL, NULL),
       ('validation', 'cases', 'count', 'completed', 10, 10, NULL, 4, localtimestamp, localtimestamp),
       ('execution', 'cases', 'batch', 'completed', 10, 10, 10, 4, localtimestamp, localtimestamp)`,
  );
  await createGrowingView(database, 1, 800);
}

describe('status with a deadline', () => {
  it('says whether the migration is in time, when it will be done, and what that leaves out', async () => {
    await migrating();
    const ofView = ['--table', 'growing', '--sample', '3'];
    const [run, late, text] = await Promise.all([
      runCommand(['status', '--json', ...ofView, '--until', '2d', database.url]),
      runCommand(['status', '--json', ...ofView, '--until', '1s', database.url]),
      runCommand(['status', ...ofView, '--until', '2d', database.url]),
    ]);
    const { summary, deadline, tables, takenAt } = JSON.parse(run.stdout) as StatusDocument;
    expect(deadline).toMatchObject({ text: '2d', fits: true, verdict: { kind: 'fits' } });
    expect(summary.notIncluded).toMatchObject({ paused: 1, unresolved: 1, phases: ['validation'] });
    expect((summary.endsAt?.low ?? '') > takenAt).toBe(true);
    expect((summary.endsAt?.high ?? '') > (summary.endsAt?.low ?? '')).toBe(true);
    expect(tables).toMatchObject([
      { tableName: 'cases', validation: 'valid' },
      { tableName: 'persons', validation: 'open', endsAt: { low: expect.any(String) } },
    ]);
    expect((JSON.parse(late.stdout) as StatusDocument).deadline).toMatchObject({
      fits: false,
      verdict: { kind: 'late' },
    });
    expect(text.stdout).toMatch(/^execution: .* rec\/s, done (in ~\d+[sm]|\d\d:\d\d(–\d\d:\d\d)?|by \d\d:\d\d)$/m);
    expect(text.stdout).toMatch(
      /^(?:\S+ )?\d\d:\d\d: without 1 paused, 1 unresolved and the validation:\s+fits, 1d 23h to spare$/m,
    );
    expect(text.stdout).toMatch(/^persons .* open/m);
  });

  it('says why there is no ETA, with a deadline and without', async () => {
    await migrating();
    await database.query(
      `INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, worker_id, started_at)
       VALUES ('execution', 'fees', 'batch', 'running', 10, 0, 9, localtimestamp)`,
    );
    const ofView = ['--table', 'growing', '--sample', '3'];
    const [json, text, due] = await Promise.all([
      runCommand(['status', '--json', ...ofView, database.url]),
      runCommand(['status', ...ofView, database.url]),
      runCommand(['status', ...ofView, '--until', '2d', database.url]),
    ]);
    const { summary } = JSON.parse(json.stdout) as StatusDocument;
    expect([summary.etaSeconds, summary.whyNoEta]).toEqual([null, 'table of unknown size']);
    const why = 'no ETA: how much is left of a table is unknown';
    expect(text.stdout.split('\n').filter((line) => line.includes('no ETA'))).toEqual([why]);
    // The line of the deadline says it.
    expect(due.stdout.split('\n').filter((line) => line.includes('no ETA'))).toEqual([
      expect.stringMatching(new RegExp(`^(?:\\S+ )?\\d\\d:\\d\\d: .*${why}`)),
    ]);
  });

  it('has no reason for no ETA where there is one, and where nothing is open', async () => {
    await migrating();
    const [running, ended] = await Promise.all([
      runCommand(['status', '--json', '--table', 'growing', '--sample', '3', database.url]),
      (async () => {
        const empty = await createDatabase({ schema: true });
        try {
          return await runCommand(['status', '--json', empty.url]);
        } finally {
          await empty.drop();
        }
      })(),
    ]);
    const reasons = [running, ended].map(({ stdout }) => (JSON.parse(stdout) as StatusDocument).summary.whyNoEta);
    expect(reasons).toEqual([null, null]);
  });

  it('finds with --check that it is late by the batches of the last hour, as without', async () => {
    await database.query(
      `INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, batch_size,
         worker_id, started_at, completed_at)
       SELECT 'execution', 'persons', 'batch ' || n, 'completed', 1000, 1000, 1000, n % 4, at, at + interval '3 minutes'
       FROM (SELECT n, localtimestamp - interval '1 minute' * (45 - n / 4 * 3) AS at FROM generate_series(0, 55) AS n) AS done;
       INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, batch_size,
         worker_id, started_at)
       SELECT 'execution', 'persons', 'batch ' || n, CASE WHEN n < 60 THEN 'running' ELSE 'pending' END, 0, 1000, 1000,
         CASE WHEN n < 60 THEN n % 4 END, CASE WHEN n < 60 THEN localtimestamp - interval '1 minute' END
       FROM generate_series(56, 200) AS n`,
    );
    const [check, text] = await Promise.all([
      runCommand(['status', '--check', '--until', '1m', database.url]),
      runCommand(['status', '--until', '1m', database.url]),
    ]);
    expect(text.stdout).toMatch(/^(?:\S+ )?\d\d:\d\d: late by /m);
    expect([check.code, check.stdout]).toEqual([
      1,
      expect.stringMatching(/late.*; deadline (?:\S+ )?\d\d:\d\d: late by \d/),
    ]);
  });

  it('stays late after a time of the day has passed, in each form', async () => {
    await migrating();
    const { rows } = await database.query(`SELECT to_char(localtimestamp - interval '12 minutes', 'HH24:MI') AS clock`);
    const clock = String(rows[0]?.clock);
    const given = ['--until', clock, database.url];
    const [check, text, json, waited] = await Promise.all([
      runCommand(['status', '--check', '--sample', '0', '--warning', 'late', '--critical', 'failed>5', ...given]),
      runCommand(['status', '--sample', '0', ...given]),
      runCommand(['status', '--json', '--sample', '0', ...given]),
      runCommand(['wait', '--for', 'idle', ...given]),
    ]);
    expect([check.code, check.stdout]).toEqual([
      1,
      expect.stringMatching(/^MIGTOP WARNING: the deadline passed 1[23]m ago \(late\)/),
    ]);
    expect(text.stdout).toMatch(/^(?:\S+ )?\d\d:\d\d: (deadline passed 1[23]m|late by )/m);
    const { deadline, takenAt } = JSON.parse(json.stdout) as StatusDocument;
    expect(deadline).toMatchObject({ text: clock, fits: false });
    expect((deadline?.at ?? '') < takenAt).toBe(true);
    expect([waited.code, waited.stderr]).toEqual([
      8,
      expect.stringMatching(/migtop: the deadline (?:\S+ )?\d\d:\d\d passed 1[23]m ago: /),
    ]);
  });

  it('that has passed does not end the wait for a migration of which all is done', async () => {
    await database.query(
      `INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, started_at, completed_at)
       VALUES ('execution', 'cases', 'batch', 'completed', 10, 10, localtimestamp, localtimestamp)`,
    );
    const { rows } = await database.query(`SELECT to_char(localtimestamp - interval '12 minutes', 'HH24:MI') AS clock`);
    const wait = () => runCommand(['wait', '--interval', '0.2', '--until', String(rows[0]?.clock), database.url]);
    expect(await wait()).toMatchObject({ code: 0 });
    await database.query(
      `INSERT INTO migration_control (phase, table_name, operation, status) VALUES ('execution', 'cases', 'batch', 'pending')`,
    );
    expect(await wait()).toMatchObject({ code: 8 });
  });

  it('without an ETA says how long it is until then, and takes no other form', async () => {
    await database.query(
      `INSERT INTO migration_control (phase, table_name, operation, status) VALUES ('execution', 'persons', 'batch', 'pending')`,
    );
    const { stdout } = await runCommand(['status', '--sample', '0', '--until', '3h', database.url]);
    expect(stdout).toMatch(/^(?:\S+ )?\d\d:\d\d: deadline in (3h 00m|2h 59m), no ETA: the totals are unknown$/m);
    const check = await runCommand(['status', '--check', '--sample', '0', '--until', '3h', database.url]);
    expect(check.stdout).toMatch(/; deadline (?:\S+ )?\d\d:\d\d in (3h 00m|2h 59m), no ETA: the totals are unknown \|/);
    const wrong = await runCommand(['status', '--until', '4711', database.url]);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('it takes a time (06:00)')]);
  });
});
