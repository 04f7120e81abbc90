import { describe, expect, it } from 'vitest';
import { summariseTables } from '../../source/domain/summary.ts';
import { tableTest, unappliedTerms } from '../../source/monitor/filter-views.ts';
import { initialState } from '../../source/monitor/initial-state.ts';
import { reduce } from '../../source/monitor/reduce.ts';
import { shown } from '../../source/monitor/state.ts';
import { bracketRows, junctionRows } from '../domain/build.ts';
import { snapshotOf, takenAt, target } from '../support/fixtures.ts';
import { totalsOf } from '../support/totals.ts';

const examples = [...bracketRows, ...junctionRows];
const tables = summariseTables(totalsOf(examples));

function namesFor(text: string): string[] {
  const window = { columns: 80, rows: 24 };
  const first = initialState({ target, readOnly: null, intervalSeconds: 1, window, nowMs: 0 });
  const polled = reduce(first, { kind: 'polled', snapshot: snapshotOf(examples, takenAt), atMs: 0, nextSeconds: 1 });
  const state = reduce(polled, { kind: 'filtered', filter: text });
  const observation = shown(state);
  if (observation === null) throw new Error('nothing was polled');
  return tables.filter(tableTest(state, observation)).map(({ tableName }) => tableName);
}

describe('tables that pass', () => {
  it.each([
    ['', ['brackets', 'case_file_relationships', 'cases']],
    ['status:failed', ['case_file_relationships']],
    ['!status:failed', ['brackets', 'cases']],
    ['status:failed,completed', ['brackets', 'case_file_relationships', 'cases']],
    ['status:pending', []],
    ['phase:validation', []],
    ['phase:execution table:case', ['case_file_relationships', 'cases']],
    ['table:=cases', ['cases']],
    ['cases', ['cases']],
    ['!cases', ['brackets', 'case_file_relationships']],
    ['kind:"foreign key"', ['case_file_relationships']],
    ['worker:99', ['brackets', 'case_file_relationships', 'cases']],
  ])('%j', (text, names) => {
    expect(namesFor(text)).toEqual(names);
  });
});

describe('terms that a view does not apply', () => {
  it.each([
    ['tables', 'table:cases worker:2 !since:15m status:failed', ['worker:2', '!since:15m']],
    ['activity', 'by:ops2 since:15m status:running is:stalled', ['status:running', 'is:stalled']],
    ['failures', 'by:ops2 since:15m status:failed is:unresolved', []],
  ] as const)('of %s, %j', (view, text, terms) => {
    expect(unappliedTerms(view, text)).toEqual(terms);
  });
});
