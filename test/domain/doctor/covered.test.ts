import * as parser from 'pgsql-ast-parser';
import { expect, it } from 'vitest';
import { judgeCoverage } from '../../../source/domain/doctor/covered.ts';
import { type Finding, ofTables } from '../../../source/domain/doctor/finding.ts';
import { problemsOf, problemTitle } from '../../../source/domain/doctor/problems.ts';
import { createCoverage } from '../../../source/domain/source-ranges/coverage.ts';
import { createRangeReader } from '../../../source/domain/source-ranges/query-range.ts';

const reader = createRangeReader(parser);

/** The findings about ten completed batches, each odd one with another query. */
function findingsWith(odd: (batch: number) => string): readonly Finding[] {
  const coverage = createCoverage(reader);
  for (let batch = 0; batch < 10; batch++)
    coverage.add({
      id: batch + 1,
      tableName: 't4',
      status: 'completed',
      sourceQuery: batch % 2 === 0 ? `SELECT * FROM legacy.t4 ORDER BY id LIMIT 100 OFFSET ${batch * 100}` : odd(batch),
      recordsProcessed: 100,
    });
  return judgeCoverage('public.migration_control', coverage.coverage(), reader, true).findings;
}

it.each([
  [
    'cannot be compared',
    (batch: number) => `SELECT * FROM legacy.t4 WHERE id = ANY(ARRAY(SELECT id FROM todo WHERE part = ${batch}))`,
  ],
  [
    'are ranges of ids',
    (batch: number) => `SELECT * FROM legacy.t4 WHERE id > ${batch * 100} AND id <= ${batch * 100 + 100}`,
  ],
])('adds no work for a hole that operations may fill whose queries %s', (_, odd) => {
  const findings = findingsWith(odd);
  expect(findings.length).toBeGreaterThan(0);
  for (const { severity, sql, title, advice } of findings) {
    expect([severity, sql]).toEqual(['note', null]);
    expect(title).toContain('in no operation that can be compared');
    expect(advice).toContain('5 operations of the table read in another way');
  }
});

it('adds the work of a hole that no operation can fill', () => {
  const [finding] = findingsWith((batch) => `SELECT * FROM legacy.t4 ORDER BY id LIMIT 50 OFFSET ${batch * 100}`);
  expect(finding).toMatchObject({ severity: 'error', rowCount: 4 });
  expect(finding?.sql).toContain('INSERT INTO public.migration_control');
});

it('names the number of problems of one table, and of several tables', () => {
  const finding = (title: string, tableName: string): Finding => ({
    check: 'coverage',
    severity: 'error',
    title,
    ...ofTables([tableName]),
    rows: [],
    rowCount: 1,
    sql: null,
    advice: null,
  });
  const titlesOf = (...findings: Finding[]) => problemsOf(findings).map(problemTitle);
  expect(titlesOf(finding('a range', 't'), finding('another', 't'))).toEqual(['a range, and 1 more of this table']);
  expect(titlesOf(finding('a range', 't'), finding('another', 'u'))).toEqual([
    'ranges of 2 tables are in no operation',
  ]);
});
