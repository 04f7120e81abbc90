import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filterSql } from '../../source/database/filter-sql.ts';
import { isNames } from '../../source/domain/filter/filter.ts';
import { matches } from '../../source/domain/filter/matches.ts';
import { parseFilter } from '../../source/domain/filter/parse.ts';
import { type Facts, type Ids, only, resolveFilter } from '../../source/domain/filter/resolve.ts';
import { type Operation, phases, statuses } from '../../source/domain/operation.ts';
import { operation } from '../domain/build.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let rows: readonly Operation[];

const now = Date.UTC(2026, 10, 25, 12) / 1000;
const names = [
  'cases',
  'Cases',
  'case_files',
  'case%files',
  'CASE\\x',
  'ÄRGER',
  'ärger',
  'ΣΑΣ',
  'σας',
  'Kelvin',
  'a*b',
  "it's",
  'a"b',
  'i',
  'İ',
  'ß',
  '',
];
const texts = [
  ...names,
  'Foreign key violation: Key (case_id)=(1001)',
  '100% [done] ^$.|?+(){}',
  'two\nlines',
  '***:x',
];
const rowOf = fc.record({
  status: fc.constantFrom(...statuses),
  phase: fc.constantFrom(...phases),
  tableName: fc.constantFrom(...names),
  operation: fc.constantFrom(...texts),
  errorMessage: fc.option(fc.constantFrom(...texts)),
  workerId: fc.option(fc.integer({ min: -2, max: 5 })),
  startedAt: fc.option(fc.oneof(fc.integer({ min: now - 8000, max: now + 60 }), fc.constant(Number.POSITIVE_INFINITY))),
  completedAt: fc.option(fc.integer({ min: now - 8000, max: now })),
});

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  rows = fc
    .sample(fc.array(rowOf, { minLength: 400, maxLength: 400 }), { numRuns: 1, seed: 7 })
    .flatMap((all) => all.map((fields, index) => operation({ ...fields, id: index + 1 })));
  const timestamp = (at: number | null): string | null =>
    at === null ? null : Number.isFinite(at) ? new Date(at * 1000).toISOString().replace('Z', '') : 'infinity';
  for (const row of rows)
    await database.query(
      `INSERT INTO migration_control (id, phase, table_name, operation, status, error_message, worker_id, started_at, completed_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8::timestamp, $9::timestamp)`,
      [
        row.id,
        row.phase,
        row.tableName,
        row.operation,
        row.status,
        row.errorMessage,
        row.workerId,
        timestamp(row.startedAt),
        timestamp(row.completedAt),
      ],
    );
}, 120_000);
afterAll(() => database?.drop());

const some: Ids = only([3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377]);
const facts: Facts = {
  now,
  zone: undefined,
  is: (name) =>
    name === 'unresolved' ? { kind: 'failed-except', ids: some.ids } : name === 'stalled' ? some : only([]),
  ofKind: (test) =>
    rows.filter((row) => row.status === 'failed' && test(row.errorMessage ?? '', '23503')).map(({ id }) => id),
  actedOnBy: (test) => (test(['ops2']) ? some.ids : []),
};

async function both(text: string): Promise<{ memory: number[]; database: number[] }> {
  const parsed = parseFilter(text);
  if (parsed.kind === 'wrong') throw new Error(`${text}: ${parsed.problem}`);
  const filter = resolveFilter(parsed.filter, facts);
  const { sql, values } = filterSql(filter, 1);
  const found = await database.query<{ id: number }>(`SELECT id FROM migration_control WHERE ${sql} ORDER BY id`, [
    ...values,
  ]);
  return {
    memory: rows.filter((row) => matches(filter, row)).map(({ id }) => id),
    database: found.rows.map(({ id }) => id),
  };
}

describe('a filter selects the same operations in memory and in the database', () => {
  it.each([
    '',
    'status:failed',
    '!status:failed,paused',
    'phase:execution',
    'table:case',
    'table:CASE*',
    'table:case%',
    'table:*s',
    'table:*s*f*',
    'table:"case%files"',
    'table:=cases',
    'table:=""',
    'table:case_files',
    'table:\\',
    'table:ärger',
    'table:σας',
    'table:kelvin',
    'table:i',
    'table:İ',
    'worker:2',
    '!worker:2',
    'worker:none',
    '!worker:none',
    'worker:..1',
    'id:10..99',
    '!id:..50',
    'since:15m',
    '!since:15m',
    'since:11:00',
    'is:stalled',
    '!is:stalled',
    'is:unresolved',
    '!is:unresolved',
    'by:ops2',
    'kind:foreign',
    'kind:23503',
    'foreign',
    '!foreign',
    '"a*b"',
    'a*b',
    '"100% [done] ^$.|?+(){}"',
    'two*lines',
    '***',
    '"***:x"',
    "it's",
    '"a""b"',
    'is:stalled,unresolved status:failed worker:1.. table:*',
  ])('%s', async (text) => {
    const found = await both(text);
    expect(found.database).toEqual(found.memory);
    if (text !== '' && text !== '***') expect(found.memory.length).toBeLessThan(rows.length);
  });

  it('whatever the filter', async () => {
    const word = fc.oneof(fc.constantFrom(...texts), fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 4 }));
    const quoted = word.map((one) => `"${one.replaceAll('"', '""')}"`);
    const plain = word.filter((one) => one !== '' && !/[\s",!:=]/.test(one));
    const value = fc.oneof(
      quoted.filter((one) => one !== '""'),
      plain,
      plain.map((one) => `${one}*`),
      plain.map((one) => `*${one}*`),
    );
    const number = fc.integer({ min: -3, max: 400 });
    const term = fc.oneof(
      fc.subarray([...statuses], { minLength: 1 }).map((all) => `status:${all.join(',')}`),
      fc.subarray([...phases], { minLength: 1 }).map((all) => `phase:${all.join(',')}`),
      fc.array(value, { minLength: 1, maxLength: 3 }).map((all) => `table:${all.join(',')}`),
      word.map((one) => `table:="${one.replaceAll('"', '""')}"`),
      fc.tuple(number, fc.nat(200)).map(([from, by]) => `id:${from}..${from + by}`),
      fc.oneof(
        number.map((one) => `worker:${one}`),
        fc.constant('worker:none,3'),
      ),
      fc.integer({ min: 1, max: 150 }).map((minutes) => `since:${minutes}m`),
      fc.subarray([...isNames], { minLength: 1 }).map((all) => `is:${all.join(',')}`),
      value.map((one) => `kind:${one}`),
      fc.constantFrom('by:ops2', 'by:ops*', 'by:nobody'),
      value,
    );
    const text = fc
      .array(fc.tuple(fc.boolean(), term), { minLength: 1, maxLength: 4 })
      .map((terms) => terms.map(([negated, one]) => (negated ? `!${one}` : one)).join(' '))
      .filter((one) => parseFilter(one).kind === 'ok');
    await fc.assert(
      fc.asyncProperty(text, async (one) => {
        const found = await both(one);
        expect(found.database).toEqual(found.memory);
      }),
      { numRuns: 300 },
    );
  });
});
