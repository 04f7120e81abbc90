import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { noticeDocument } from '../../source/presentation/notice-document.ts';
import { runCommand } from '../support/command.ts';
import { createDatabase } from '../support/database.ts';
import { target } from '../support/fixtures.ts';

const secret = /Smith|90210|AB12CD34|ann@/;

/** Errors and queries with values, as PostgreSQL and workers write them. */
const errors = [
  'ERROR: 23502: Failing row contains (1, Smith (jr), null).',
  'Schlüssel (name)=(Smith) existiert bereits (SQLSTATE 23505)',
  'null value in column "title" of relation "cases" violates not-null constraint\nDETAIL:  Failing row contains (17, Smith (jr)).',
  'invalid input syntax for type integer: "a "Smith" b"',
  'no such place (90210)',
  'account AB12CD34 is locked',
  `cannot read "${'x'.repeat(500)} Smith"`,
  'cannot tell ann@example.org',
  'no such place called "Smith',
];

it('no command prints a value with --redact, in a kind of failure, an error, a query or what a worker waits for', async () => {
  await using database = await createDatabase({ schema: true });
  await database.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, worker_id, error_message, source_query, started_at)
     SELECT 'execution', 'cases', 'batch', 'failed', 1, error, $$SELECT * FROM legacy.cases WHERE name = 'Smith'$$, localtimestamp
     FROM unnest($1::text[]) AS error`,
    [errors],
  );
  const {
    rows: [running],
  } = await database.query<{ id: number }>(
    "INSERT INTO migration_control (phase, table_name, operation, status, worker_id, started_at) VALUES ('execution', 'cases', 'batch', 'running', 7, localtimestamp) RETURNING id",
  );
  await database.query('CREATE TABLE cases (name text)');
  const blocker = await database.connect();
  await blocker.query("BEGIN; LOCK TABLE cases; SELECT 'Smith'");
  const worker = await database.connect();
  await worker.query(`SET application_name = 'migtop run=- worker=7 operation=${running?.id}'`);
  const waiting = worker.query("INSERT INTO cases VALUES ('Smith')").catch(() => {});
  await sleep(1500);

  const withValues = [
    ['status', '--sample', '0'],
    ['status', '--sample', '0', '--json'],
    ['export', '--format', 'csv'],
    ['export', '--format', 'ndjson'],
    ['handoff', '1'],
    ...[1, 2, Number(running?.id)].flatMap((id) => [
      ['show', String(id)],
      ['show', '--json', String(id)],
    ]),
  ];
  await Promise.all(
    withValues.map(async (command) => {
      const plain = await runCommand([...command, database.url]);
      expect(plain.stdout, command.join(' ')).toMatch(secret);
    }),
  );
  for (const command of [...withValues, ['doctor'], ['doctor', '--json']]) {
    const redacted = await runCommand([...command, '--redact', database.url]);
    expect(secret.exec(redacted.stdout)?.input, command.join(' ')).toBeUndefined();
    expect(redacted.stdout).not.toBe('');
  }
  await blocker.query('ROLLBACK');
  await waiting;
});

it('an event has no value in its kind of failure', () => {
  const what = {
    kind: 'new kind',
    failureKind: 'no such place called "Smith',
    sqlState: null,
    unresolved: 1,
    operationId: 1,
    phase: 'execution',
    tableName: 'cases',
    workerId: null,
  } as const;
  expect(JSON.stringify(noticeDocument({ number: 1, at: 0, what }, target))).toMatch(secret);
  expect(JSON.stringify(noticeDocument({ number: 1, at: 0, what }, target, true))).not.toMatch(secret);
});
