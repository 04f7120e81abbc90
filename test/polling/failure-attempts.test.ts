import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attemptsOf } from '../../source/domain/lineage.ts';
import { emptyMark, readMark, writeMark } from '../../source/domain/mark.ts';
import type { Operation } from '../../source/domain/operation.ts';
import { createFailureIndex, type FailureIndex } from '../../source/polling/failure-index.ts';
import { createLedger } from '../../source/polling/ledger.ts';
import type { Ledger } from '../../source/polling/ledger-interface.ts';
import { usualLimits } from '../../source/polling/ledger-limits.ts';
import { usualSample } from '../../source/polling/samples.ts';
import { operation } from '../domain/build.ts';
import { type FakeDatabase, fakeDatabase, insertRow, step, updateRow, workOff } from '../support/fake-database.ts';

/** Attempts that stop being attempts: the failures that they resolved, or that were being retried, are judged again. */

interface Watched {
  readonly database: FakeDatabase;
  readonly ledger: Ledger;
  readonly index: FailureIndex;
}

/** With these the table counts as a large one, of which not all rows are kept. */
const large = { ...usualSample, fewRows: 3 };

/** A session that has just begun to watch. Most rows are more than two ids below the newest one, as in a large table. */
function watch(database: FakeDatabase, sample = large): Watched {
  const ledger = createLedger({ ...usualLimits, lateIds: 2, rangeRows: 6, sample });
  const watched = { database, ledger, index: createFailureIndex() };
  for (let polls = 0; polls < 3; polls++) poll(watched);
  return watched;
}

/** A poll, and what is read after it. */
function poll({ database, ledger, index }: Watched): void {
  database.now += 1;
  step(ledger, database);
  index.take(ledger.snapshot());
  const rowsOf = (ids: readonly number[]) => ids.flatMap((id) => database.rows.get(id) ?? []);
  for (let reading = index.next(); reading !== null; reading = index.next()) {
    if (reading.kind === 'attempts') index.takeAttempts(reading.ids, rowsOf(reading.ids));
    else if (reading.kind === 'doubted') index.takeDoubted(reading.ids, rowsOf(reading.ids));
    else if (reading.kind === 'failed') {
      const failed = [...database.rows.values()].filter(({ status }) => status === 'failed');
      ledger.dropFailed(
        index.takeListed(
          failed.sort((a, b) => a.id - b.id),
          null,
        ),
      );
    } else expect.fail(`a reading of the kind ${reading.kind}`);
  }
  workOff(ledger, database);
}

/** Polls until the whole table was counted again. */
function countAgain(watched: Watched): void {
  watched.database.now += 1000;
  for (let polls = 0; polls < 4; polls++) poll(watched);
}

/** @param except failures that are not compared: then the numbers of all failures are not compared either */
function judged({ index, database }: Watched, except: ReadonlySet<number> = new Set()): Record<string, unknown> {
  const { unresolved, resolved, isWhole } = index.triage();
  const failures = [...database.rows.values()]
    .filter(({ id, status }) => status === 'failed' && !except.has(id))
    .map(({ id }) => id);
  const one = (id: number) => {
    const failure = index.triage().of(id);
    return [id, failure?.resolution, failure?.openAttempt, failure?.resolvedAt];
  };
  const numbers = except.size === 0 ? { unresolved, resolved } : {};
  return { isWhole, ...numbers, failures: failures.sort((a, b) => a - b).map(one) };
}

/**
 * The failures of works in which a row repeats one with another source query, which `migtop/worker` never writes. No count of a large
 * table looks for the rows with the query of the repetition: only a session that saw these before knows them.
 */
function withTwoQueries({ rows }: FakeDatabase): Set<number> {
  const attempts = [...rows.values()].map((row) => ({ ...row, mark: readMark(row.validationQuery ?? null).mark }));
  const works = attemptsOf(attempts).filter((work) => new Set(work.map(({ sourceQuery }) => sourceQuery)).size > 1);
  return new Set(works.flat().flatMap(({ id, status }) => (status === 'failed' ? [id] : [])));
}

const query = (offset: number): string => `SELECT * FROM legacy.cases ORDER BY id LIMIT 50 OFFSET ${offset}`;

function row(id: number, fields: Partial<Operation>): Operation {
  const ends = fields.status === 'completed' || fields.status === 'failed' || fields.status === undefined;
  return operation({
    ...{ id, status: 'completed', startedAt: 100 * id, completedAt: ends ? 100 * id + 10 : null },
    ...{ recordsProcessed: 50, totalRecords: 2000, batchSize: 50, sourceQuery: query(50 * id), ...fields },
  });
}

function remove(database: FakeDatabase, id: number): void {
  const transaction = database.begin();
  transaction.remove(id);
  transaction.commit();
}

function move(database: FakeDatabase, from: number, to: number): void {
  const known = database.rows.get(from);
  if (known === undefined || database.rows.has(to)) return;
  const transaction = database.begin();
  transaction.remove(from);
  transaction.put({ ...known, id: to });
  transaction.commit();
}

/** Operation 1 failed, 3 repeats it; other batches follow. */
function retried(status: Operation['status'], sample = large): FakeDatabase {
  const database = fakeDatabase({ sample });
  while (database.nextId() < 12);
  insertRow(database, row(1, { status: 'failed', errorMessage: 'no parent' }));
  const id = status === 'completed' ? 3 : 12;
  insertRow(database, row(id, { status, operation: 'retry_batch_1', sourceQuery: query(50) }));
  for (const other of [2, 4, 5, 6, 7, 8, 9, 10, 11]) insertRow(database, row(other, {}));
  return database;
}

describe('a completed attempt that is none any more', () => {
  it.each<[string, (database: FakeDatabase) => void]>([
    ['is deleted', (database) => remove(database, 3)],
    ['has another source query', (database) => updateRow(database, 3, { sourceQuery: query(900) })],
    ['has no source query', (database) => updateRow(database, 3, { sourceQuery: null })],
    ['is of another table', (database) => updateRow(database, 3, { tableName: 'parties' })],
    ['is of another phase', (database) => updateRow(database, 3, { phase: 'validation' })],
    ['has failed', (database) => updateRow(database, 3, { status: 'failed' })],
    ['ended before the failure', (database) => updateRow(database, 3, { startedAt: 1, completedAt: 2 })],
    ['repeats another work than the failure', (database) => updateRow(database, 1, { sourceQuery: query(900) })],
  ])('does not resolve the failure once the table is counted again: it %s', (_, change) => {
    const watched = watch(retried('completed'));
    expect(watched.index.triage()).toMatchObject({ unresolved: 0, resolved: 1 });
    change(watched.database);
    poll(watched);
    countAgain(watched);
    expect(watched.index.triage()).toMatchObject({ resolved: 0 });
    expect(judged(watched)).toEqual(judged(watch(watched.database)));
  });

  it('is found at its new id', () => {
    const watched = watch(retried('completed'));
    move(watched.database, 3, 20);
    countAgain(watched);
    expect(watched.index.triage().of(1)?.resolution).toEqual({ kind: 'resolved', by: 20 });
  });
});

describe('a completed row that no total of a large table shows', () => {
  const marked = (repeats: number) => ({
    validationQuery: writeMark(null, { ...emptyMark, run: 'dispatch', repeats }),
  });

  it.each<[string, number, (database: FakeDatabase) => void]>([
    [
      'a completed attempt repeats it',
      3,
      (database) => {
        insertRow(database, row(12, { sourceQuery: query(50), ...marked(3) }));
        updateRow(database, 3, { sourceQuery: query(150) });
      },
    ],
    [
      'the failure repeats it, and got another query since',
      2,
      (database) => {
        updateRow(database, 3, { sourceQuery: query(900) });
        updateRow(database, 1, { ...marked(2), sourceQuery: query(150) });
      },
    ],
  ])('resolves a failure, also for a session that has just begun: %s', (_, by, change) => {
    const database = retried('completed');
    const watched = watch(database);
    change(database);
    countAgain(watched);
    const fresh = watch(database);
    expect(fresh.index.triage().of(1)?.resolution).toEqual({ kind: 'resolved', by });
    expect(judged(watched)).toEqual(judged(fresh));
  });
});

describe('a completed attempt at another failed work than before', () => {
  it.each<[string, (database: FakeDatabase) => void]>([
    ['had resolved a failure', () => {}],
    ['had resolved a failure that was deleted', (database) => remove(database, 1)],
  ])('resolves the failure of its new query from the next poll on: it %s', (_, change) => {
    const database = retried('running', usualSample);
    updateRow(database, 12, { status: 'completed', completedAt: 1250 });
    updateRow(database, 4, { status: 'failed' });
    const watched = watch(database, usualSample);
    expect(watched.index.triage()).toMatchObject({ unresolved: 1, resolved: 1 });
    change(database);
    poll(watched);
    updateRow(database, 12, { sourceQuery: query(200) });
    poll(watched);
    poll(watched);
    expect(watched.index.triage().of(4)?.resolution).toEqual({ kind: 'resolved', by: 12 });
    expect(judged(watched)).toEqual(judged(watch(database, usualSample)));
  });
});

describe.each(['running', 'pending'] as const)('a %s attempt that is none any more', (status) => {
  it.each<[string, (database: FakeDatabase) => void]>([
    ['is deleted', (database) => remove(database, 12)],
    ['has another source query', (database) => updateRow(database, 12, { sourceQuery: query(900) })],
    ['is of another table', (database) => updateRow(database, 12, { tableName: 'parties' })],
    ['has failed', (database) => updateRow(database, 12, { status: 'failed', completedAt: 1250 })],
  ])('does not retry the failure from the next poll on: it %s', (_, change) => {
    const watched = watch(retried(status));
    expect(watched.index.triage().of(1)?.openAttempt).toBe(12);
    change(watched.database);
    poll(watched);
    poll(watched);
    expect(watched.index.triage().of(1)?.openAttempt).toBe(undefined);
  });
});

type Change = (database: FakeDatabase) => void;

const ids = fc.integer({ min: 1, max: 24 });
const ranges = [query(50), query(100), query(150), null];
const marks = fc.option(ids).map((repeats) => ({
  validationQuery: repeats === null ? 'SELECT 1' : writeMark(null, { ...emptyMark, run: 'dispatch', repeats }),
}));

/** The row that a mark says another one repeats; null if it has none. */
const repeatedBy = ({ validationQuery }: Partial<Operation>): number | null =>
  readMark(validationQuery ?? null).mark?.repeats ?? null;

/** Whether a row may get these fields, or this id: a repeated row has a lower id than the one that repeats it (domain/works.ts). */
const mayHave = (id: number, fields: Partial<Operation>): boolean => (repeatedBy(fields) ?? 0) < id;
const mayMove = ({ rows }: FakeDatabase, from: number, to: number): boolean =>
  mayHave(to, rows.get(from) ?? {}) &&
  [...rows.values()].every((row) => ![from, to].includes(repeatedBy(row) ?? Number.NaN) || row.id > to);
const fieldsWith = (queries: readonly (string | null)[]): fc.Arbitrary<Partial<Operation>> =>
  fc.oneof(
    fc.constantFrom(...queries).map((sourceQuery) => ({ sourceQuery })),
    fc.constantFrom('cases', 'parties').map((tableName) => ({ tableName })),
    fc.constantFrom<Operation['phase'][]>('execution', 'mapping').map((phase) => ({ phase })),
    fc.constantFrom('batch_migration', 'retry_batch_1', 'retry_batch_migration').map((name) => ({ operation: name })),
    fc
      .constantFrom<Operation['status'][]>('failed', 'completed', 'running', 'pending', 'skipped', 'paused')
      .map((status) => ({ status, completedAt: status === 'running' || status === 'pending' ? null : 5000 })),
    fc.integer({ min: 1, max: 5000 }).map((completedAt) => ({ completedAt })),
    fc.constantFrom(0, 50, 70).map((recordsProcessed) => ({ recordsProcessed })),
    marks,
  );
const changesWith = (fields: fc.Arbitrary<Partial<Operation>>): fc.Arbitrary<Change> =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.tuple(ids, fields).map(
        ([id, changed]): Change =>
          (database) => {
            if (mayHave(id, changed)) updateRow(database, id, changed);
          },
      ),
    },
    {
      weight: 1,
      arbitrary: ids.map(
        (id): Change =>
          (database) =>
            remove(database, id),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(ids, ids).map(
        ([from, to]): Change =>
          (database) => {
            if (mayMove(database, from, to)) move(database, from, to);
          },
      ),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(ids, fc.array(fields)).map(
        ([id, given]): Change =>
          (database) => {
            const fields = Object.assign({}, ...given);
            if (!database.rows.has(id) && mayHave(id, fields)) insertRow(database, row(id, fields));
          },
      ),
    },
    {
      weight: 3,
      arbitrary: fc.constant<Change>((database) => {
        database.now += 40;
      }),
    },
  );

it.each([
  ['a large table', large, ranges],
  // A session that has just begun does not know all rows of a large table that have a query without a range.
  ['a small table', usualSample, [...ranges, 'SELECT * FROM legacy.cases']],
])(
  'judges every failure of %s as a session that has just begun, whatever changed, once it is counted again',
  (...[, sample, queries]) => {
    const changes = changesWith(fieldsWith(queries));
    fc.assert(
      fc.property(fc.array(fc.array(changes, { minLength: 1, maxLength: 4 }), { maxLength: 8 }), (steps) => {
        const database = retried('completed', sample);
        const watched = watch(database, sample);
        for (const step of steps) {
          for (const change of step) change(database);
          poll(watched);
        }
        countAgain(watched);
        const except = sample === large ? withTwoQueries(database) : new Set<number>();
        expect(judged(watched, except)).toEqual(judged(watch(database, sample), except));
      }),
      { numRuns: 200 },
    );
  },
);
