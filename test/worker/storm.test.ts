import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';
import {
  type Act,
  type Change,
  changesOf,
  openStorm,
  prepareStorm,
  recordsOfEach,
  stormyOperator,
  stormyWorker,
} from './storm.ts';
import { allRows, type Row } from './table.ts';

const operations = 120;

let database: TestDatabase;
let rows: Row[];
let changes: Change[];
let journal: Act[];

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  await database.query(await readSql('options/audit.sql'));
  await prepareStorm(database, operations);
  const storm = openStorm(2);
  const workers = Array.from({ length: 8 }, (_, workerId) => stormyWorker(database, workerId + 1, storm));
  const operators = [41, 42].map((seed) => stormyOperator(database, seed, 90, storm));
  journal = (await Promise.all(operators)).flat();
  await Promise.all(workers);
  [rows, changes] = [await allRows(database), await changesOf(database)];
});
afterAll(() => database.drop());

it('has pauses, resumes, skips, failures and retries', () => {
  const moved = (to: string) =>
    journal.filter(({ move, outcome }) => outcome.kind === 'applied' && move.to === to).length;
  expect(moved('paused')).toBeGreaterThan(10);
  expect(moved('pending') + moved('running')).toBeGreaterThan(10);
  expect(moved('skipped')).toBeGreaterThan(0);
  expect(rows.length).toBeGreaterThan(operations);
  expect(changes.filter(({ was, is_now }) => was === 'running' && is_now === 'pending')).not.toEqual([]);
});

it('loses no operation: each has ended, and each completed one is complete', async () => {
  const works = Map.groupBy(rows, (row) => row.source_query);
  expect(works.size).toBe(operations);
  const { rows: done } = await database.query<{ work: string; records: number[] }>(
    'SELECT work, array_agg(record ORDER BY record) AS records FROM target GROUP BY work',
  );
  const recordsOf = new Map(done.map(({ work, records }) => [work, records]));
  for (const [work, own] of works) {
    expect(own.map(({ status }) => status)).not.toContain('running');
    // Each record once, and as many as the counters say.
    const counted = own.reduce((sum, row) => sum + (row.records_processed ?? 0), 0);
    expect(recordsOf.get(work ?? '') ?? []).toEqual(Array.from({ length: counted }, (_, at) => at + 1));
    if (own.some(({ status }) => status === 'completed')) expect(counted).toBe(recordsOfEach);
  }
});

it('never has two open attempts of one work', () => {
  for (const own of Map.groupBy(rows, (row) => row.source_query).values()) {
    // Each was started after the previous one had ended.
    for (const [at, row] of own.entries()) {
      const before = own[at - 1];
      if (before === undefined) continue;
      expect(['failed', 'skipped']).toContain(before.status);
      expect(row.operation).toMatch(/^retry_batch_\d+$/);
    }
  }
});

it('only operators pause, resume or skip', () => {
  const workers = changes.filter((change) => !change.by_operator && change.was !== change.is_now);
  const made = new Set(workers.map(({ was, is_now }) => `${was} -> ${is_now}`));
  expect([...made].sort()).toEqual([
    'pending -> running',
    'running -> completed',
    'running -> failed',
    'running -> pending',
  ]);
});

it('records every action in the audit with its result, and nothing else', async () => {
  const { rows: audited } = await database.query<Record<string, unknown>>(
    'SELECT operation_id::int AS id, from_status, to_status, outcome FROM migtop_audit ORDER BY migtop_audit.id',
  );
  const done = journal.map(({ move, outcome }) => ({
    id: move.id,
    from_status: move.from,
    to_status: move.to,
    outcome: outcome.kind === 'applied' ? 'applied' : outcome.kind,
  }));
  const key = (entry: object) => JSON.stringify(entry);
  expect(audited.map(key).sort()).toEqual(done.map(key).sort());
});

it('applies exactly the actions that operators were told, in that order', () => {
  const told = journal
    .filter(({ outcome }) => outcome.kind === 'applied')
    .map(({ move }) => step(move.id, move.from, move.to));
  const happened = changes.filter((change) => change.by_operator).map(({ id, was, is_now }) => step(id, was, is_now));
  expect(happened.sort()).toEqual(told.sort());
  expect(journal.filter(({ outcome }) => outcome.kind === 'gone' || outcome.kind === 'refused')).toEqual([]);
  for (const [id, own] of Map.groupBy(changes, (change) => change.id)) {
    for (const [at, change] of own.entries()) if (at > 0) expect(change.was).toBe(own[at - 1]?.is_now);
    expect(own.at(-1)?.is_now).toBe(rows.find((row) => row.id === id)?.status);
  }
});

it('counts at most one batch after a pause: the one that was running', () => {
  for (const own of Map.groupBy(changes, (change) => change.id).values()) {
    let counted = 0;
    for (const change of own) {
      if (change.was !== 'paused' || change.is_now !== 'paused') counted = 0;
      else if (change.counted) expect(++counted).toBe(1);
    }
  }
});

function step(id: number, from: string, to: string): string {
  return `${id}: ${from} -> ${to}`;
}
